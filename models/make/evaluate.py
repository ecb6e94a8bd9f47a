"""Measures the model, skill by skill, on dialogues it has not seen.

    python evaluate.py WORK [EXAMPLES]

An example counts as right if greedy decoding gives its answers to the letter: the last answer, or, where tools are
called, every answer. Names, cities and made-up words are unseen in all examples; the questions' wording is either one of
those trained or an unseen one. Writes WORK/accuracy.json.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast

import corpus
from data import START, encode
from model import ChatModel


def load(work: Path) -> ChatModel:
    """The model of the last checkpoint."""
    model = ChatModel()
    model.load_state_dict(torch.load(work / "checkpoint.pt")["model"])
    return model.eval()


@torch.no_grad()
def right(model: ChatModel, ids: list[int], wanted: list[bool]) -> bool:
    """Whether each wanted token is the likeliest after those before it; then greedy decoding gives just them."""
    row, mask = torch.tensor([ids]), torch.tensor([wanted])
    return bool((model([row[:, :-1]], [mask[:, 1:]]).argmax(-1) == row[:, 1:][mask[:, 1:]]).all())


def last_answer(ids: list[int], mask: list[bool]) -> list[bool]:
    """The mask with only the last message left in it."""
    begin = max(index for index, token in enumerate(ids) if token == START)
    return [learned and index > begin for index, learned in enumerate(mask)]


def accuracy(model: ChatModel, tokenizer: PreTrainedTokenizerFast, skill: str, new_phrasings: bool, count: int) -> float:
    """The percentage of right examples."""
    examples = [corpus.dialogue(skill, f"evaluation {index}", new_phrasings, new_values=True) for index in range(count)]
    results = []
    for example, (ids, mask) in zip(examples, encode(tokenizer, examples)):
        results.append(right(model, ids, mask if example["tools"] else last_answer(ids, mask)))
    return 100 * sum(results) / count


def evaluate(work: Path, count: int) -> None:
    model, tokenizer = load(work), PreTrainedTokenizerFast.from_pretrained(work / "tokenizer")
    table = {}
    for skill in corpus.SKILLS:
        if skill in corpus.NOT_MEASURED:
            continue
        table[skill] = [accuracy(model, tokenizer, skill, new_phrasings, count) for new_phrasings in (False, True)]
        print(f"{skill:14} {table[skill][0]:6.1f} {table[skill][1]:6.1f}", flush=True)
    means = [sum(column) / len(column) for column in zip(*table.values())]
    print(f"{'average':14} {means[0]:6.1f} {means[1]:6.1f}")
    (work / "accuracy.json").write_text(json.dumps({"examples": count, "skills": table}, indent=1))


if __name__ == "__main__":
    evaluate(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
