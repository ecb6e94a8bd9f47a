"""Writes logprobs.golden.json: how likely transformers holds each token of a text, and which three it holds likeliest.

    pip install -r models/make/requirements.txt
    python spec/servables/llm/logprobs_golden.py
"""

import json
import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "models" / "make"))
from fixtures import FIXTURES, tiny_model  # noqa: E402

model = tiny_model("llama")
generations = json.loads((FIXTURES / "tiny-llama" / "golden.json").read_text())["generations"]
rows = []
for generation in generations:
    tokens = generation["prompt"] + generation["tokens"]
    with torch.no_grad():
        logprobs = model(torch.tensor([tokens])).logits[0, :-1].double().log_softmax(-1)
    told = [round(float(row[token]), 6) for row, token in zip(logprobs, tokens[1:])]
    rows.append({"tokens": tokens, "prompt_length": len(generation["prompt"]), "logprobs": told,
                 "likeliest": logprobs.topk(3).indices.tolist()})
text = '{\n  "made_by": "python spec/servables/llm/logprobs_golden.py",\n  "texts": [\n    '
(HERE / "logprobs.golden.json").write_text(text + ",\n    ".join(map(json.dumps, rows)) + "\n  ]\n}\n")
