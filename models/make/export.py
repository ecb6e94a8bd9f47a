"""Turns a directory in Hugging Face's format into an ONNX model that ONNX Runtime serves."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import onnx

COMPANIONS = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]


def export_with_builder(source: Path, target: Path) -> None:
    """Runs onnxruntime-genai's model builder: float32, GroupQueryAttention, weights in model.onnx.data."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "onnxruntime_genai.models.builder"]
        command += ["-i", str(source), "-o", str(target), "-p", "fp32", "-e", "cpu", "-c", cache]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for name in COMPANIONS:
        shutil.copy(source / name, target / name)
    settings = target / "tokenizer_config.json"
    settings.write_text(settings.read_text().replace('"TokenizersBackend"', '"PreTrainedTokenizerFast"'))  # known to older readers too


def inline_weights(directory: Path) -> None:
    """Moves the weights from model.onnx.data into model.onnx."""
    model = onnx.load(directory / "model.onnx")
    (directory / "model.onnx.data").unlink(missing_ok=True)
    onnx.save(model, directory / "model.onnx")
