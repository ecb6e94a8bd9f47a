"""Trains demo-embed: mean pooling, and the cosines of a batch's pairs against each other (InfoNCE).

    python -m encoders.train_embed WORK [STEPS]
"""

import json
import math
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import BertModel, PreTrainedTokenizerFast

from corpus.draw import Draw

from . import pairs
from .model import configuration
from .schedule import batch_of, optimizer_of, rate_at

STEPS, PAIRS, RATE, TEMPERATURE = 700, 96, 2e-3, 0.05


def vectors(model: BertModel, inputs: dict) -> torch.Tensor:
    """The mean of the tokens' last states, at length 1."""
    mask = inputs["attention_mask"].unsqueeze(-1).float()
    states = model(**inputs).last_hidden_state.float()
    return F.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)


def vectors_of(model: BertModel, tokenizer: PreTrainedTokenizerFast, texts: list[str], stretch: torch.Generator | None = None) -> torch.Tensor:
    """The texts' vectors, computed in four batches by length, so that little is padding."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    size = math.ceil(len(texts) / 4)
    parts = [vectors(model, batch_of(tokenizer, [texts[index] for index in order[at : at + size]], stretch=stretch)) for at in range(0, len(texts), size)]
    return torch.cat(parts)[torch.tensor(order).argsort()]


def loss_of(model: BertModel, tokenizer: PreTrainedTokenizerFast, batch: list[pairs.Pair], stretch: torch.Generator | None) -> torch.Tensor:
    """How badly the second texts are told from each other by the first ones, and the other way round."""
    states = vectors_of(model, tokenizer, [pair.first for pair in batch] + [pair.second for pair in batch], stretch)
    first, second = states.chunk(2)
    scores = first @ second.T / TEMPERATURE
    no_negatives = torch.tensor([
        [one is not other and (one.group == other.group or bool(one.topic) and one.topic == other.topic and (one.broad or other.broad)) for other in batch]
        for one in batch
    ])
    scores = scores.masked_fill(no_negatives, -1e4)
    right = torch.arange(len(batch))
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2


def train(work: Path, steps: int) -> None:
    torch.manual_seed(0)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(work / "tokenizer")
    model = BertModel(configuration(len(tokenizer), attn_implementation="eager"), add_pooling_layer=False)
    optimizer = optimizer_of(model, RATE)
    stretch = torch.Generator().manual_seed(0)
    began, tokens, recent = time.time(), 0, 0.0
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * rate_at(step, steps)
        batch = pairs.batch(Draw(f"embed {step}"), PAIRS)
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(model, tokenizer, batch, stretch if step % 6 == 0 else None)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent = recent * 0.98 + loss.item() * 0.02 if step else loss.item()
        if step % 50 == 49 or step == steps - 1:
            line = f"step {step + 1} loss {recent:.4f} minutes {(time.time() - began) / 60:.1f}"
            print(line, flush=True)
            model.save_pretrained(work / "embed")
    (work / "embed-training.json").write_text(json.dumps({"steps": steps, "pairs": steps * PAIRS, "minutes": (time.time() - began) / 60, "parameters": sum(map(torch.Tensor.numel, model.parameters())) / 1e6, "last": line}))


if __name__ == "__main__":
    train(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else STEPS)
