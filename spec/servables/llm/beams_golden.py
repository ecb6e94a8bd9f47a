"""Writes beams.golden.json: what transformers' beam search answers, by model, prompt and parameters.

    pip install -r models/make/requirements.txt
    python spec/servables/llm/beams_golden.py
"""

import json
import sys
from pathlib import Path

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "models" / "make"))
from fixtures import FIXTURES, tiny_model  # noqa: E402

NEW_TOKENS = 20
# End tokens are rare in random models: with a bias, answers of many lengths compete.
ENDING = {"logit_bias": [[2, 3.5]]}
SEARCHES = [
    {"beams": 2, "answers": 1},
    {"beams": 4, "answers": 4},
    {"beams": 8, "answers": 3, "length_penalty": 0.0},
    {"beams": 2, "answers": 2, **ENDING},
    {"beams": 4, "answers": 4, **ENDING},
    {"beams": 4, "answers": 4, "early_stopping": True, **ENDING},
    {"beams": 4, "answers": 4, "early_stopping": "never", **ENDING},
    {"beams": 4, "answers": 4, "length_penalty": 2.0, **ENDING},
    {"beams": 4, "answers": 4, "length_penalty": 2.0, "early_stopping": "never", **ENDING},
    {"beams": 4, "answers": 4, "length_penalty": 0.0, **ENDING},
    {"beams": 3, "answers": 3, "length_penalty": -1.0, **ENDING},
    {"beams": 3, "answers": 3, "length_penalty": -1.0, "early_stopping": "never", **ENDING},
    {"beams": 5, "answers": 2, "end_tokens": [0, 2, 20, 30, 40], **ENDING},
    {"beams": 4, "answers": 4, "min_tokens": 6, **ENDING},
    {"beams": 4, "answers": 4, "repetition_penalty": 1.3, **ENDING},
    {"beams": 3, "answers": 3, "bad_words": [[2], [40], [41, 42]], "repetition_penalty": 0.8},
]


def answers(model, prompt, search):
    options = {"length_penalty": search.get("length_penalty", 1.0), "early_stopping": search.get("early_stopping", False)}
    if "logit_bias" in search:
        options["sequence_bias"] = [[[token], bias] for token, bias in search["logit_bias"]]
    if "min_tokens" in search:
        options["min_new_tokens"] = search["min_tokens"]
    if "repetition_penalty" in search:
        options["repetition_penalty"] = search["repetition_penalty"]
    if "bad_words" in search:
        options["bad_words_ids"] = search["bad_words"]
    ends = search.get("end_tokens", [0, 2])
    ids = torch.tensor([prompt])
    found = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW_TOKENS, pad_token_id=0, eos_token_id=ends,
        num_beams=search["beams"], num_return_sequences=search["answers"], **options)
    rows = []
    for row in found[:, len(prompt):].tolist():
        end = next((index for index, token in enumerate(row) if token in ends), None)
        rows.append({"tokens": row[:end], "finish": "length" if end is None else "stop"})
    return rows


cases = []
for name in ("llama", "qwen2"):
    model = tiny_model(name)
    for generation in json.loads((FIXTURES / f"tiny-{name}" / "golden.json").read_text())["generations"]:
        for search in SEARCHES:
            cases.append({"model": f"tiny-{name}", "prompt": generation["prompt"], **search,
                          "expected": answers(model, generation["prompt"], search)})
text = f'{{\n  "made_by": "python spec/servables/llm/beams_golden.py",\n  "new_tokens": {NEW_TOKENS},\n  "searches": [\n    '
(HERE / "beams.golden.json").write_text(text + ",\n    ".join(map(json.dumps, cases)) + "\n  ]\n}\n")
