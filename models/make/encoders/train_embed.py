"""Trains demo-embed: mean pooling, and the cosines of a batch's pairs against each other (InfoNCE).

    python -m encoders.train_embed WORK [STEPS]
"""

import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import BertModel, PreTrainedTokenizerFast

from corpus.draw import Draw

from . import pairs
from .model import configuration
from .schedule import batch_of, learn

STEPS, PAIRS, RATE, TEMPERATURE = 3000, 96, 2e-3, 0.05


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
    figures = learn(
        model, work / "embed", RATE, steps, lambda step, stretch: loss_of(model, tokenizer, pairs.batch(Draw(f"embed {step}"), PAIRS), stretch)
    )
    (work / "embed-training.json").write_text(json.dumps(figures | {"pairs": steps * PAIRS}))


if __name__ == "__main__":
    train(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else STEPS)
