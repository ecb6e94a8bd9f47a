"""Exports the last checkpoint into a model directory.

    python publish.py WORK MODEL
"""

import shutil
import sys
import tempfile
from pathlib import Path

from transformers import PreTrainedTokenizerFast

from evaluate import load
from export import export_with_builder, inline_weights
from model import for_transformers


def publish(work: Path, model: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        for_transformers(load(work)).save_pretrained(source)
        PreTrainedTokenizerFast.from_pretrained(work / "tokenizer").save_pretrained(source)
        export_with_builder(source, target)
        inline_weights(target)
        model.mkdir(parents=True, exist_ok=True)
        for file in target.iterdir():
            shutil.copy(file, model / file.name)


if __name__ == "__main__":
    publish(Path(sys.argv[1]), Path(sys.argv[2]))
