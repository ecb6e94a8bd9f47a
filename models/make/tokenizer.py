"""The tokenizer: a byte-level BPE of 3072 tokens, trained on the corpus.

A word is one piece wherever it stands: the space before it is not part of it. A small model learns to copy words much
sooner that way, because the word in a question and the word in the answer are the same token. Every digit is a token.

    python tokenizer.py WORK
"""

import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

import corpus
from render import TEMPLATE, render

VOCABULARY = 3072
CONTEXT = 2048
SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TOOL_TOKENS = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]

# Pieces of JSON that every description of a function repeats: one token each, so that tools cost little of the context.
JSON_PIECES = [
    '{"name": "', '", "description": "', ', "description": "', '"parameters": {', '"type": "object"', '"properties": {', '": {"type": "string"',
    '": {"type": "number"', '": {"type": "integer"', '"required": [', '"additionalProperties": false', '"strict": true',
    '"$schema": "http://json-schema.org/draft-07/schema#"', '"enum": ["celsius", "fahrenheit"]', '", "arguments": {"',
]

WORDS = r"\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+ ?|\s*[\r\n]+|\s+"


def train(examples: int = 60000) -> PreTrainedTokenizerFast:
    """Learns the merges from rendered examples, and wraps the result with the chat template."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(TOOL_TOKENS) - len(JSON_PIECES), special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )

    def texts():
        for _, example in corpus.training_examples(examples, seed=1):
            text = render(example)
            for piece in SPECIAL_TOKENS + TOOL_TOKENS + JSON_PIECES:
                text = text.replace(piece, "\n")
            yield text
        yield "\nsystem\nuser\nassistant\ntool\n" * 1000

    tokenizer.train_from_iterator(texts(), trainer)
    tokenizer.add_tokens([AddedToken(piece, normalized=False, special=False) for piece in TOOL_TOKENS + JSON_PIECES])
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|endoftext|>", eos_token="<|im_end|>", pad_token="<|endoftext|>",
        model_max_length=CONTEXT, clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = TEMPLATE.read_text()
    assert len(wrapped) == VOCABULARY
    return wrapped


if __name__ == "__main__":
    train().save_pretrained(Path(sys.argv[1]) / "tokenizer")
