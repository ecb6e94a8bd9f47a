"""Writes sampling.golden.json: what transformers' warpers leave of some logits, as probabilities.

    pip install torch transformers
    python spec/servables/llm/sampling_golden.py
"""

import json
from pathlib import Path

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

VOCABULARY = 24
LOGITS = {
    "random": torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(1)) * 3,
    "flat": torch.zeros(VOCABULARY),
    "ties": torch.tensor([float(index // 4) for index in range(VOCABULARY)]),
    "banned": torch.tensor([float("-inf") if index % 3 else index / 4 for index in range(VOCABULARY)]),
}
SAMPLINGS = [
    {"temperature": temperature, "top_k": top_k, "top_p": top_p, "min_p": min_p}
    for temperature in (0.5, 1.7)
    for top_k in (0, 1, 5, 100)
    for top_p in (1.0, 0.9, 0.3)
    for min_p in (0.0, 0.05, 0.5)
]

config = LlamaConfig(vocab_size=VOCABULARY, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1)
model = LlamaForCausalLM(config)


def probabilities(logits, sampling):
    generation = GenerationConfig(do_sample=True, **sampling)
    warpers = model._get_logits_processor(
        generation, input_ids_seq_length=1, encoder_input_ids=None, prefix_allowed_tokens_fn=None, logits_processor=[]
    )
    scores = warpers(torch.zeros((1, 1), dtype=torch.long), logits[None].double().clone())
    return [round(value, 12) for value in torch.softmax(scores[0], -1).tolist()]


# Where the logits are tied at the edge of the nucleus, which of them stay is chance: those cases are left out.
cases = [
    {"logits": name, **sampling, "probabilities": probabilities(logits, sampling)}
    for name, logits in LOGITS.items()
    for sampling in SAMPLINGS
    if name in ("random", "banned") or sampling["top_p"] == 1.0
]
table = {
    "made_by": "python spec/servables/llm/sampling_golden.py",
    "logits": {name: ["-inf" if value == float("-inf") else value for value in logits.tolist()] for name, logits in LOGITS.items()},
    "cases": cases,
}
text = "{\n" + f'  "made_by": {json.dumps(table["made_by"])},\n  "logits": {json.dumps(table["logits"])},\n  "cases": [\n    '
text += ",\n    ".join(json.dumps(case) for case in cases) + "\n  ]\n}\n"
(Path(__file__).parent / "sampling.golden.json").write_text(text)
