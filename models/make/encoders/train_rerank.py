"""Trains demo-rerank, a cross-encoder that begins as the embedding model: each document's grade, and the best of a list.

    python -m encoders.train_rerank WORK [STEPS]
"""

import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

from corpus.draw import Draw

from . import rankings
from .model import configuration
from .schedule import batch_of, learn

STEPS, QUERIES, RATE = 4000, 12, 1e-3


def begin(work: Path, vocabulary: int) -> BertForSequenceClassification:
    """The embedding model with a head. Two heads of the first layer are set to look for the same word; training goes on from there."""
    model = BertForSequenceClassification(configuration(vocabulary, num_labels=1, attn_implementation="eager"))
    trained = BertModel.from_pretrained(work / "embed", add_pooling_layer=False)
    model.bert.load_state_dict(trained.state_dict(), strict=False)
    attention = model.bert.encoder.layer[0].attention.self
    with torch.no_grad():
        for head in (0, 1):
            rows = slice(head * attention.attention_head_size, (head + 1) * attention.attention_head_size)
            same = torch.linalg.qr(torch.randn(attention.query.in_features, attention.attention_head_size)).Q.T
            for part in (attention.query, attention.key):
                part.weight[rows], part.bias[rows] = same, 0.0
        kinds = model.bert.embeddings.token_type_embeddings.weight
        kinds[1] = kinds[0] + 0.15 * torch.randn(kinds.shape[1])
    return model


def scores_of(model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerFast, couples: list[tuple[str, str]], stretch: torch.Generator | None = None) -> torch.Tensor:
    """The logit of each query and document, computed in four batches by length."""
    order = sorted(range(len(couples)), key=lambda index: sum(map(len, couples[index])))
    size = math.ceil(len(couples) / 4)
    parts = [order[at : at + size] for at in range(0, len(couples), size)]
    inputs = [batch_of(tokenizer, [couples[index][0] for index in part], [couples[index][1] for index in part], stretch) for part in parts]
    return torch.cat([model(**each).logits.float().squeeze(-1) for each in inputs])[torch.tensor(order).argsort()]


def loss_of(model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerFast, batch: list[rankings.Ranking], stretch: torch.Generator | None) -> torch.Tensor:
    couples = [(ranking.query, text) for ranking in batch for text, _ in ranking.documents]
    scores = scores_of(model, tokenizer, couples, stretch).view(len(batch), -1)
    grades = torch.tensor([[grade for _, grade in ranking.documents] for ranking in batch])
    shares = grades**2 / (grades**2).sum(1, keepdim=True)
    return F.binary_cross_entropy_with_logits(scores, grades) + 0.3 * F.cross_entropy(scores, shares)


def train(work: Path, steps: int) -> None:
    torch.manual_seed(0)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(work / "tokenizer")
    model = begin(work, len(tokenizer))
    figures = learn(
        model, work / "rerank", RATE, steps, lambda step, stretch: loss_of(model, tokenizer, rankings.batch(Draw(f"rerank {step}"), QUERIES), stretch)
    )
    (work / "rerank-training.json").write_text(json.dumps(figures | {"pairs": steps * QUERIES * rankings.DOCUMENTS}))


if __name__ == "__main__":
    train(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else STEPS)
