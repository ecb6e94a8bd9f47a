"""Exports the last checkpoint into a model directory.

    python publish.py WORK MODEL
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from transformers import PreTrainedTokenizerFast

from evaluate import load
from export import export_with_builder, inline_weights
from model import for_transformers


# Greedy unless a request says otherwise: so small a model is at its best there. transformers leaves out what is its default.
GENERATION = {"bos_token_id": 0, "eos_token_id": [2, 0], "pad_token_id": 0, "do_sample": False}


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
        (model / "generation_config.json").write_text(json.dumps(GENERATION, indent=2) + "\n")


if __name__ == "__main__":
    publish(Path(sys.argv[1]), Path(sys.argv[2]))
