"""Makes, for the peers of `npm run bench -- llm`, the model of `make_model.py`: the same shape, the same random weights.

    python spec/bench/llm/make_peers.py TARGET      # with the packages of requirements.txt; 10 minutes, 10 GB of memory

TARGET is `peers` in the folder that `make_model.py` made. Writes openvino-int8, openvino-int4 (groups of 32, symmetric),
q4_0.gguf, and transformers, which is that folder's own file under the names that transformers.js looks for.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import numpy
import onnx
from gguf.quants import quantize
from safetensors import safe_open

sys.path.append(str(Path(__file__).parent.parent))
from make_model import save_source  # noqa: E402

OPENVINO = {"openvino-int8": ["int8"], "openvino-int4": ["int4", "--ratio", "1.0", "--group-size", "32", "--sym"]}

# Hugging Face's names of a layer's tensors, and llama.cpp's.
LAYER = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def gguf_name(name: str) -> str:
    """`model.layers.3.mlp.up_proj.weight` → `blk.3.ffn_up.weight`."""
    if not name.startswith("model.layers."):
        return {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}[name]
    index, rest = name.removeprefix("model.layers.").split(".", 1)
    module, kind = rest.rsplit(".", 1)
    return f"blk.{index}.{LAYER[module]}.{kind}"


def write_gguf(source: Path, target: Path) -> None:
    """Matrices as Q4_0 (the embedding, which is the head too, as Q8_0: llama.cpp's own choice for tied ones is Q6_K), the rest as float32."""
    config = json.loads((source / "config.json").read_text())
    writer = gguf.GGUFWriter(target, "qwen2")
    writer.add_name("bench")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(1e6)
    vocabulary = json.loads((source / "tokenizer.json").read_text())["model"]
    tokens = sorted(vocabulary["vocab"], key=vocabulary["vocab"].get)
    tokens += [f"[unused{index}]" for index in range(len(tokens), config["vocab_size"])]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    writer.add_token_merges([" ".join(merge) for merge in vocabulary["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    with safe_open(source / "model.safetensors", "np") as tensors:
        for name in tensors.keys():
            if name == "lm_head.weight":
                continue
            value = tensors.get_tensor(name).astype(numpy.float32)
            kind = gguf.GGMLQuantizationType.F32
            if value.ndim == 2:
                kind = gguf.GGMLQuantizationType.Q8_0 if "embed" in name else gguf.GGMLQuantizationType.Q4_0
                value = quantize(value, kind)
            writer.add_tensor(gguf_name(name), value, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def copy_for_transformers(model: Path, target: Path) -> None:
    """transformers.js takes the shape of an empty cache from the file, which has to name the size of a head."""
    (target / "onnx").mkdir(parents=True, exist_ok=True)
    for name in ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"]:
        shutil.copy(model / name, target / name)
    config = json.loads((model / "config.json").read_text())
    file = onnx.load(model / "model.onnx", load_external_data=False)
    for value in [*file.graph.input, *file.graph.output]:
        if value.name.startswith(("past_key_values.", "present.")):
            value.type.tensor_type.shape.dim[3].dim_value = config["hidden_size"] // config["num_attention_heads"]
    onnx.save(file, target / "onnx/model_q4.onnx")
    data = target / "onnx/model.onnx.data"
    data.unlink(missing_ok=True)
    data.hardlink_to(model / "model.onnx.data")


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    copy_for_transformers(target.parent, target / "transformers")
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch)
        save_source(source)
        write_gguf(source, target / "q4_0.gguf")
        for name, weights in OPENVINO.items():
            command = [str(Path(sys.executable).parent / "optimum-cli"), "export", "openvino", "-m", str(source)]
            command += ["--task", "text-generation-with-past", "--weight-format", *weights, str(target / name)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
