"""Encodes the training examples.

    python data.py WORK [EXAMPLES] [SEED]
"""

import sys
from pathlib import Path
from random import Random

import numpy
from transformers import PreTrainedTokenizerFast

import corpus
from render import render

START, END = 1, 2  # <|im_start|>, <|im_end|>


def answer_mask(ids: list[int], assistant: int) -> list[bool]:
    """True for the tokens of assistant messages, with their end token: those are learned."""
    mask, inside = [False] * len(ids), False
    for index, token in enumerate(ids):
        if inside:
            mask[index] = True
            inside = token != END
        elif token == assistant and ids[index - 1] == START:
            inside = None  # the line break after the role
        elif inside is None:
            inside = True
    return mask


def cut(text: str, random: Random) -> list[str]:
    """A plain text in one or two parts, cut after a punctuation mark: prompts end there, and the tokens then differ."""
    places = [index + 1 for index in range(len(text) - 1) if text[index] in ",.:=" and text[index + 1] == " "]
    place = random.choice(places) if places and random.random() < 0.4 else len(text)
    return [text[:place], text[place:]]


def encode(tokenizer: PreTrainedTokenizerFast, examples: list[dict]) -> list[tuple[list[int], list[bool]]]:
    """Token ids and masks of what is learned: the answers of a dialogue; all of a plain text but its prompt."""
    assistant = tokenizer.convert_tokens_to_ids("assistant")
    random = Random(3)
    parts = [[example["prompt"], render(example)[len(example["prompt"]) :]] if "prompt" in example else cut(render(example), random) if "text" in example else [render(example), ""] for example in examples]
    encoded = tokenizer.backend_tokenizer.encode_batch([part for both in parts for part in both], add_special_tokens=False)
    result = []
    for example, first, second in zip(examples, encoded[0::2], encoded[1::2]):
        ids = first.ids + second.ids
        mask = answer_mask(ids, assistant) if "messages" in example else [index >= len(first.ids) or "prompt" not in example for index in range(len(ids))]
        result.append((ids, mask))
    return result


def prepare(work: Path, count: int, seed: int) -> None:
    """Writes WORK/examples.npz: all ids in a row, where each example starts, and the masks."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(work / "tokenizer")
    ids, masks, lengths, tokens_of = [], [], [], {}
    stream = list(corpus.training_examples(count, seed))
    for first in range(0, count, 10000):
        batch = stream[first : first + 10000]
        for (skill, _), (row, mask) in zip(batch, encode(tokenizer, [example for _, example in batch])):
            ids.append(numpy.array(row, numpy.uint16))
            masks.append(numpy.array(mask))
            lengths.append(len(row))
            tokens_of.setdefault(skill, []).append(len(row))
    starts = numpy.concatenate([[0], numpy.cumsum(lengths)])
    numpy.savez(work / "examples.npz", ids=numpy.concatenate(ids), masks=numpy.concatenate(masks), starts=starts)
    for skill, counts in tokens_of.items():
        print(f"{skill:14} {len(counts):7} examples, {numpy.mean(counts):6.1f} tokens on average, {100 * sum(counts) / starts[-1]:5.1f} % of all")
    print(f"{count} examples, {starts[-1]} tokens, {numpy.mean(numpy.concatenate(masks)):.2f} learned, longest {max(lengths)}")


if __name__ == "__main__":
    count, seed = (int(given) for given in sys.argv[2:] + ["300000", "2"][len(sys.argv) - 2 :])
    prepare(Path(sys.argv[1]), count, seed)
