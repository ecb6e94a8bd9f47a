"""Exports the trained models, in the layouts of sentence-transformers and optimum.

    python -m encoders.publish WORK MODELS [embed|rerank]
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from optimum.exporters.onnx import main_export
from sentence_transformers import SentenceTransformer, models
from transformers import BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

from .model import HIDDEN
from .tokenizer import LENGTH


def publish(work: Path, target: Path, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, exported, sentences = (Path(folder) / name for name in ("source", "exported", "sentences"))
        model = BertModel.from_pretrained(work / kind) if kind == "embed" else BertForSequenceClassification.from_pretrained(work / kind)
        model.eval().save_pretrained(source)
        PreTrainedTokenizerFast.from_pretrained(work / "tokenizer").save_pretrained(source)
        task = "feature-extraction" if kind == "embed" else "text-classification"
        main_export(str(source), exported, task=task, library_name="transformers", do_validation=False)
        (target / "onnx").mkdir(parents=True, exist_ok=True)
        shutil.copy(exported / "model.onnx", target / "onnx/model.onnx")
        for file in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            shutil.copy(exported / file, target / file)
        if kind == "embed":
            modules = [models.Transformer(str(source), max_seq_length=LENGTH), models.Pooling(HIDDEN, pooling_mode="mean"), models.Normalize()]
            SentenceTransformer(modules=modules, device="cpu").save(str(sentences), create_model_card=False)
            for file in ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"):
                shutil.copy(sentences / file, target / file)
            shutil.copytree(sentences / "1_Pooling", target / "1_Pooling", dirs_exist_ok=True)
        size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
        print(json.dumps({"model": target.name, "megabytes": round(size / 1e6, 2)}))


if __name__ == "__main__":
    for kind in sys.argv[3:] or ("embed", "rerank"):
        publish(Path(sys.argv[1]), Path(sys.argv[2]) / f"demo-{kind}", kind)
