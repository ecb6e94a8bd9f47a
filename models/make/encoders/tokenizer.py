"""The tokenizer of both models: WordPiece in small letters, trained on the corpus and its word lists.

    python -m encoders.tokenizer WORK
"""

import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors, trainers
from tokenizers.models import WordPiece
from transformers import PreTrainedTokenizerFast

from corpus.draw import Draw

from . import pairs
from .lexicon import WORDS
from .texts import gerund, plural

VOCABULARY = 7680
LENGTH = 256
MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def train() -> PreTrainedTokenizerFast:
    corpus = [text for seed in range(400) for pair in pairs.batch(Draw(f"tokenizer {seed}"), 128) for text in (pair.first, pair.second)]
    draw = Draw("tokenizer words")
    made_up = [draw.made_up() for _ in range(8000)]  # so that there are pieces for words that nobody has seen
    whole = [form for word in WORDS for form in [word] * 40 + [plural(word), gerund(word)]]
    tokenizer = Tokenizer(WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    alphabet = [chr(code) for code in [*range(33, 127), *range(161, 256)]]
    tokenizer.train_from_iterator(
        [*corpus, *made_up, *whole], trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=MARKS, initial_alphabet=alphabet, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=LENGTH, padding_side="right", model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")


if __name__ == "__main__":
    train().save_pretrained(Path(sys.argv[1]) / "tokenizer")
