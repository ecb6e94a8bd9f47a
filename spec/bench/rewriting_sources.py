"""Makes what `rewriting-quality.ts` compares: a model's float file, the same quantized by ONNX Runtime's own tools, and token ids.

    python spec/bench/rewriting_sources.py TARGET [EXAMPLES]      # with the packages of models/make/requirements.txt

The model is the demo chat model; the ids are dialogues of `models/make` with wordings, names and cities not trained on.
Writes TARGET/{float,dynamic_int8,int4}/model.onnx and TARGET/examples.json.
"""

import json
import shutil
import sys
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/demo-chat"
sys.path.insert(0, str(ROOT / "models/make"))


def save_models(target: Path) -> None:
    source = MODEL / "model.onnx"
    for name in ["float", "dynamic_int8", "int4"]:
        (target / name).mkdir(parents=True, exist_ok=True)
        shutil.copy(MODEL / "config.json", target / name)
    shutil.copy(source, target / "float/model.onnx")
    quantize_dynamic(source, target / "dynamic_int8/model.onnx", weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])
    config = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, accuracy_level=4)
    quantizer = MatMulNBitsQuantizer(onnx.load(source), algo_config=config)
    quantizer.process()
    onnx.save(quantizer.model.model, target / "int4/model.onnx")


def save_examples(target: Path, count: int) -> None:
    """Each example's ids, and which of them the model is to say."""
    import corpus
    from data import encode
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(MODEL)
    skills = [skill for skill in corpus.SKILLS if skill != "plain text"]
    dialogues = [corpus.dialogue(skills[index % len(skills)], f"rewriting {index}", True, new_values=True) for index in range(count)]
    encoded = encode(tokenizer, dialogues)
    (target / "examples.json").write_text(json.dumps([{"ids": ids, "answer": mask} for ids, mask in encoded]))


if __name__ == "__main__":
    save_models(Path(sys.argv[1]))
    save_examples(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200)
