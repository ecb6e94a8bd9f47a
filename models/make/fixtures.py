"""Makes the tiny models under spec/fixtures/models: random weights in real architectures, for tests.

    python fixtures.py [--optimum PYTHON]

Each language model has 2 layers, hidden size 64, a byte-level BPE vocabulary of 512 and a context of 256 tokens.
Beside it lies golden.json: prompts as token ids with the 32 tokens that transformers picks greedily, and
conversations with the text and token ids that transformers' chat template makes of them.
`--optimum` names a Python with requirements-optimum.txt installed; without it tiny-llama-optimum is left as it is.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import ByteLevel as ByteLevelProcessor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from export import export_with_builder, inline_weights
from tokenizer import SPECIAL_TOKENS, TOOL_TOKENS

HERE = Path(__file__).parent
FIXTURES = HERE.parent.parent / "spec" / "fixtures" / "models"
VOCABULARY = 512
CONTEXT = 256
NEW_TOKENS = 32
MADE_BY = "python models/make/fixtures.py"

TEXT = """The model server reads a graph file, checks every node, and answers requests over HTTP.
A calculator takes packets from its input streams and sends packets to its output streams.
Once upon a time there was a small river, and beside the river stood a house with a green door.
What is the weather in Paris today? The weather in Paris is sunny, 21 degrees. How much is 2 + 2? It is 4.
{"name": "get_weather", "arguments": {"city": "Paris", "unit": "celsius"}}
system user assistant tool Hello, how are you? I am fine, thank you. Say this is a test. This is a test.
"""

PROMPTS = [
    "Hello, how are you?",
    "The weather in Paris",
    "Once upon a time there was a small river",
    "2 + 2 =",
    "Grüße, 世界! 🙂",
    "A calculator takes packets from its input streams and sends packets to its output streams. " * 2,
]

WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
            "required": ["city"],
        },
    },
}
WEATHER_CALL = {"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Zürich <1>"}}}

CONVERSATIONS = [
    {"messages": [{"role": "user", "content": "Hello"}]},
    {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "  Hello  "},
            {"role": "assistant", "content": "Hi."},
            {"role": "user", "content": "Bye & \"good\" luck"},
        ]
    },
    {"messages": [{"role": "user", "content": "Weather in Paris?"}], "tools": [WEATHER_TOOL]},
    {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather in Zürich and here?"},
            {"role": "assistant", "content": None, "tool_calls": [WEATHER_CALL, WEATHER_CALL]},
            {"role": "tool", "content": "{\"degrees\": 21}"},
            {"role": "tool", "content": "{\"degrees\": 22}"},
            {"role": "assistant", "content": "21 and 22."},
            {"role": "user", "content": "Thanks"},
        ],
        "tools": [WEATHER_TOOL],
    },
]


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE of 512 tokens, the special tokens first and the tool tags last."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = ByteLevelProcessor(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(TOOL_TOKENS),
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT] * 8, trainer)
    tokenizer.add_tokens(TOOL_TOKENS)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|endoftext|>", eos_token="<|im_end|>", pad_token="<|endoftext|>",
        model_max_length=CONTEXT, clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = (HERE / "chat_template.jinja").read_text()
    assert len(wrapped) <= VOCABULARY
    return wrapped


def tiny_model(architecture: str) -> torch.nn.Module:
    """A model with random weights, large enough that greedy choices are clear and varied."""
    torch.manual_seed(7)
    shape = dict(
        vocab_size=VOCABULARY, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=CONTEXT,
        bos_token_id=0, eos_token_id=2, pad_token_id=0, initializer_range=0.15,
    )
    if architecture == "llama":
        model = LlamaForCausalLM(LlamaConfig(**shape, tie_word_embeddings=False))
    else:
        model = Qwen2ForCausalLM(Qwen2Config(**shape, tie_word_embeddings=True, layer_types=["full_attention"] * 2))
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.15)
    model.generation_config.eos_token_id = [2, 0]
    return model.float().eval()


def greedy(model: torch.nn.Module, prompt: list[int]) -> dict:
    """The greedy continuation: up to 32 token ids, ended early by an end token, which is included."""
    ids, margins = list(prompt), []
    with torch.no_grad():
        while len(ids) < len(prompt) + NEW_TOKENS and (len(ids) == len(prompt) or ids[-1] not in (0, 2)):
            logits = model(torch.tensor([ids])).logits[0, -1]
            best = logits.topk(2).values
            margins.append(float(best[0] - best[1]))
            ids.append(int(logits.argmax()))
    tokens = ids[len(prompt):]
    return {
        "prompt": prompt,
        "tokens": tokens,
        "finish_reason": "stop" if tokens[-1] in (0, 2) else "length",
        "smallest_margin": round(min(margins), 4),
    }


def golden(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast) -> dict:
    """What transformers answers: greedy tokens, and rendered conversations."""
    generations = []
    for text in PROMPTS:
        answer = greedy(model, tokenizer.encode(text, add_special_tokens=False))
        generations.append({"text": text, **answer, "answer": tokenizer.decode(answer["tokens"])})
    conversations = []
    for conversation in CONVERSATIONS:
        rendered = tokenizer.apply_chat_template(
            conversation["messages"], tools=conversation.get("tools"), tokenize=False, add_generation_prompt=True)
        ids = tokenizer.encode(rendered, add_special_tokens=False)
        conversations.append({**conversation, "text": rendered, "tokens": ids})
    return {"made_by": MADE_BY, "new_tokens": NEW_TOKENS, "generations": generations, "conversations": conversations}


def write_golden(directory: Path, content: dict) -> None:
    """Writes golden.json, one generation or conversation a line."""
    lines = [f'  "made_by": {json.dumps(content["made_by"])},', f'  "new_tokens": {content["new_tokens"]},']
    for key in ("generations", "conversations"):
        rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in content[key])
        lines.append(f'  "{key}": [\n{rows}\n  ]' + ("," if key == "generations" else ""))
    (directory / "golden.json").write_text("{\n" + "\n".join(lines) + "\n}\n")


def fresh(name: str) -> Path:
    """An empty directory under the fixtures."""
    directory = FIXTURES / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def make_language_models(optimum_python: str | None) -> None:
    """tiny-llama and tiny-qwen2, and tiny-llama again in the other layouts found in the wild."""
    tokenizer = tiny_tokenizer()
    for architecture in ("llama", "qwen2"):
        model = tiny_model(architecture)
        answers = golden(model, tokenizer)
        with tempfile.TemporaryDirectory() as folder:
            source, exported = Path(folder) / "source", Path(folder) / "exported"
            model.save_pretrained(source)
            tokenizer.save_pretrained(source)
            export_with_builder(source, exported)
            directory = fresh(f"tiny-{architecture}")
            shutil.copytree(exported, directory, dirs_exist_ok=True)
            inline_weights(directory)
            write_golden(directory, answers)
            if architecture == "llama":
                directory = fresh("tiny-llama-external")
                shutil.copytree(exported, directory, dirs_exist_ok=True)
                write_golden(directory, answers)

                directory = fresh("tiny-llama-subfolder")
                shutil.copytree(FIXTURES / "tiny-llama", directory, dirs_exist_ok=True)
                (directory / "genai_config.json").unlink()
                (directory / "onnx").mkdir()
                (directory / "model.onnx").rename(directory / "onnx" / "model.onnx")
                if optimum_python:
                    directory = fresh("tiny-llama-optimum")
                    export_with_optimum(optimum_python, source, directory)
                    write_golden(directory, answers)


def export_with_optimum(python: str, source: Path, directory: Path) -> None:
    """The plain export: attention spelled out, past keys and values concatenated, position_ids as an input."""
    command = Path(python).parent / "optimum-cli"
    with tempfile.TemporaryDirectory() as folder:
        old_style = Path(folder) / "source"
        shutil.copytree(source, old_style)
        config = json.loads((old_style / "config.json").read_text())
        config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
        config["torch_dtype"] = config.pop("dtype")
        (old_style / "config.json").write_text(json.dumps(config, indent=2))
        tokenizer_config = json.loads((old_style / "tokenizer_config.json").read_text())
        tokenizer_config["tokenizer_class"] = "PreTrainedTokenizerFast"
        (old_style / "tokenizer_config.json").write_text(json.dumps(tokenizer_config, indent=2))
        task = "text-generation-with-past"
        subprocess.run([command, "export", "onnx", "-m", old_style, "--task", task, directory], check=True)


def value(name: str, kind: int, shape: list) -> onnx.ValueInfoProto:
    """A graph input or output: its name, element type and shape (strings are free dimensions)."""
    return helper.make_tensor_value_info(name, kind, shape)


def save_graph(name: str, nodes: list, inputs: list, outputs: list, constants: list = []) -> None:
    """Writes spec/fixtures/models/ops/<name>.onnx, checked."""
    graph = helper.make_graph(nodes, name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10, producer_name="fixtures.py")
    onnx.checker.check_model(model)
    onnx.save(model, FIXTURES / "ops" / f"{name}.onnx")


def make_ops() -> None:
    """Graphs of one operation, for the specs of the ONNX Runtime binding."""
    fresh("ops")
    real = TensorProto.FLOAT

    # z = x + y
    save_graph("add", [helper.make_node("Add", ["x", "y"], ["z"])],
               [value("x", real, ["N"]), value("y", real, ["N"])], [value("z", real, ["N"])])

    # y = x multiplied by itself `times` times, clipped to [-1, 1] after each product; with N 256, 10000 times take about 2 s
    body = helper.make_graph(
        [helper.make_node("MatMul", ["state", "x"], ["product"]),
         helper.make_node("Clip", ["product", "low", "high"], ["next"]),
         helper.make_node("Identity", ["go_on"], ["still"])],
        "body",
        [value("step", TensorProto.INT64, []), value("go_on", TensorProto.BOOL, []), value("state", real, None)],
        [value("still", TensorProto.BOOL, []), value("next", real, None)],
    )
    limits = [helper.make_tensor("low", real, [], [-1.0]), helper.make_tensor("high", real, [], [1.0]),
              helper.make_tensor("true", TensorProto.BOOL, [], [True])]
    save_graph("matmul", [helper.make_node("Loop", ["times", "true", "x"], ["y"], body=body)],
               [value("x", real, ["N", "N"]), value("times", TensorProto.INT64, [])], [value("y", real, ["N", "N"])], limits)

    # out_T = in_T for each type T
    kinds = {"float32": real, "float16": TensorProto.FLOAT16, "bfloat16": TensorProto.BFLOAT16, "int64": TensorProto.INT64,
             "int32": TensorProto.INT32, "uint8": TensorProto.UINT8, "bool": TensorProto.BOOL}
    save_graph("types", [helper.make_node("Identity", [f"in_{name}"], [f"out_{name}"]) for name in kinds],
               [value(f"in_{name}", kind, ["N"]) for name, kind in kinds.items()],
               [value(f"out_{name}", kind, ["N"]) for name, kind in kinds.items()])

    # Loads, and fails when run unless x has 6 elements: they are reshaped to [2, 3]
    save_graph("throws", [helper.make_node("Reshape", ["x", "shape"], ["y"])], [value("x", real, ["N"])],
               [value("y", real, [2, 3])], [helper.make_tensor("shape", TensorProto.INT64, [2], [2, 3])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--optimum", help="the Python of a virtual environment with optimum-onnx")
    arguments = parser.parse_args()
    FIXTURES.mkdir(parents=True, exist_ok=True)
    make_ops()
    make_language_models(arguments.optimum)
