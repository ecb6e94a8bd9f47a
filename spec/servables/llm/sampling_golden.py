"""Writes sampling.golden.json: what transformers' warpers leave of some logits, as probabilities, and what its processors make
of some logits behind some text.

    pip install torch transformers
    python spec/servables/llm/sampling_golden.py
"""

import json
from pathlib import Path

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM
from transformers.generation import logits_process as processors

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
] + [
    {"temperature": temperature, "top_k": top_k, "top_p": top_p, "min_p": min_p, "typical_p": typical_p}
    for temperature in (0.5, 1.7)
    for top_k in (0, 5)
    for top_p in (1.0, 0.9)
    for min_p in (0.0, 0.05)
    for typical_p in (0.2, 0.6, 0.95)
]
PROMPT = [3, 9, 23, 3, 5, 1]
ANSWERS = [[], [10], [10, 5, 7], [7, 5, 7, 7, 9, 5]]
ADJUSTMENTS = [
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.7},
    {"logit_bias": [[10, -2.5], [23, 4.0], [3, 100.0]]},
    {"logit_bias": [[10, -8.0], [23, -9.5]], "repetition_penalty": 1.5},
    {"bad_words": [[23], [5, 7, 10], [1, 9], [10, 5, 7, 23], [3, 5, 1, 2], [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]]},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"no_repeat_ngram_size": 3},
    {"no_repeat_ngram_size": 9},
    {"min_tokens": 2},
    {"allowed_tokens": [1, 5, 9, 23]},
    {"repetition_penalty": 1.2, "bad_words": [[7, 9]], "min_tokens": 4, "allowed_tokens": [1, 2, 3, 4, 9], "logit_bias": [[4, 3.0]]},
]
END_TOKENS = [2, 4]

config = LlamaConfig(vocab_size=VOCABULARY, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=1)
model = LlamaForCausalLM(config)


def probabilities(logits, sampling):
    generation = GenerationConfig(do_sample=True, **sampling)
    warpers = model._get_logits_processor(
        generation, input_ids_seq_length=1, encoder_input_ids=None, prefix_allowed_tokens_fn=None, logits_processor=[]
    )
    scores = warpers(torch.zeros((1, 1), dtype=torch.long), logits[None].double().clone())
    return [round(value, 12) for value in torch.softmax(scores[0], -1).tolist()]


def adjusted(logits, adjustment, answer):
    chain = []
    if "logit_bias" in adjustment:
        chain.append(processors.SequenceBiasLogitsProcessor([[[token], bias] for token, bias in adjustment["logit_bias"]]))
    if "repetition_penalty" in adjustment:
        chain.append(processors.RepetitionPenaltyLogitsProcessor(adjustment["repetition_penalty"]))
    if "no_repeat_ngram_size" in adjustment:
        chain.append(processors.NoRepeatNGramLogitsProcessor(adjustment["no_repeat_ngram_size"]))
    if "bad_words" in adjustment:
        chain.append(processors.NoBadWordsLogitsProcessor(adjustment["bad_words"]))
    if "min_tokens" in adjustment:
        chain.append(processors.MinNewTokensLengthLogitsProcessor(len(PROMPT), adjustment["min_tokens"], END_TOKENS))
    if "allowed_tokens" in adjustment:
        chain.append(processors.PrefixConstrainedLogitsProcessor(lambda *_: adjustment["allowed_tokens"], 1))
    scores = logits[None].clone()
    for processor in chain:
        scores = processor(torch.tensor([PROMPT + answer]), scores)
    return ["-inf" if value == float("-inf") else value for value in scores[0].tolist()]


# Where the logits are tied at the edge of the nucleus, which of them stay is chance: those cases are left out.
cases = [
    {"logits": name, **sampling, "probabilities": probabilities(logits, sampling)}
    for name, logits in LOGITS.items()
    for sampling in SAMPLINGS
    if name in ("random", "banned") or sampling["top_p"] == 1.0
]
adjustments = [
    {"logits": name, "answer": answer, **adjustment, "adjusted": adjusted(LOGITS[name], adjustment, answer)}
    for name in ("random", "banned")
    for adjustment in ADJUSTMENTS
    for answer in ANSWERS
]
table = {
    "made_by": "python spec/servables/llm/sampling_golden.py",
    "logits": {name: ["-inf" if value == float("-inf") else value for value in logits.tolist()] for name, logits in LOGITS.items()},
    "cases": cases,
}
text = "{\n" + f'  "made_by": {json.dumps(table["made_by"])},\n  "logits": {json.dumps(table["logits"])},\n  "cases": [\n    '
text += ",\n    ".join(json.dumps(case) for case in cases) + f'\n  ],\n  "prompt": {PROMPT},\n  "end_tokens": {END_TOKENS},\n  "adjustments": [\n    '
text += ",\n    ".join(json.dumps(case) for case in adjustments) + "\n  ]\n}\n"
(Path(__file__).parent / "sampling.golden.json").write_text(text)
