"""Random choices for one dialogue, kept apart for training and for evaluation."""

import random
import re
import zlib

from . import words
from .spelling import spelled

Message = dict[str, object]

OPENINGS = ["hi", "hello", "hey", "ok", "now", "so", "well", "please", "next", "and now", "quick question", "one more thing", "a question", "tell me", "also", "another question", "excuse me", "sorry", "hello again", "good", "thanks"]

SMALL_WORDS = ["a", "an", "the", "is", "are", "do", "does", "of", "to", "please", "can", "me", "am"]


def held_out(value: object) -> bool:
    """Whether a value (a name, a city, a made-up word) is kept for evaluation: one in ten is."""
    return zlib.crc32(str(value).encode()) % 10 == 0


class Draw:
    """Picks phrasings and values.

    Phrasings are patterns such as "[please |]say {text}[.|]": one of each bracket's alternatives is taken, then the
    fields are filled. A pattern that starts with "~" is used in evaluation only.
    """

    def __init__(self, seed: str, new_phrasings: bool = False, new_values: bool = False):
        self.random = random.Random(seed)
        self.new_phrasings = new_phrasings
        self.new_values = new_values

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, items):
        return items[int(self.random.random() * len(items))]

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.random.random() * (high - low + 1))

    def sample(self, items, count: int) -> list:
        return self.random.sample(list(items), count)

    def phrase(self, patterns: list[str], **fields: object) -> str:
        """A user's wording: sometimes with an opening, without its capital, or without its last full stop or question mark."""
        new = [pattern for pattern in patterns if pattern[0] == "~"]
        if self.new_phrasings and new:
            pattern = self.pick(new)[1:]
        else:
            pattern = self.pick([pattern for pattern in patterns if pattern[0] != "~"])
        while bracket := re.search(r"\[([^\[\]]*)\]", pattern):
            pattern = pattern[: bracket.start()] + self.pick(bracket[1].split("|")) + pattern[bracket.end():]
        if pattern.startswith("what is ") and self.chance(0.15):
            pattern = self.pick(["what's ", "what's ", "whats "]) + pattern[len("what is "):]
        if " " in pattern and pattern[0].islower() and self.chance(0.08):
            pattern = self.pick(OPENINGS) + self.pick(["", ",", ",", ":", "."]) + " " + pattern
        if pattern[0] != "{" and self.chance(0.75):
            pattern = pattern[0].upper() + pattern[1:]
        if pattern[-1] in "?." and self.chance(0.2):
            pattern = pattern[:-1]
        elif pattern[-1] == "?" and self.chance(0.04):
            pattern += self.pick([" Thanks!", " Thank you.", " Please.", "?", " I want to know."])
        if not fields and self.chance(0.1):
            pattern = pattern.lower()
        if not fields and not self.new_phrasings and self.chance(0.12):
            pattern = self.shortened(pattern)
        return pattern.format(**fields)

    def shortened(self, question: str) -> str:
        """The question without one of its small words, as people in a hurry write."""
        parts = question.split(" ")
        small = [index for index, part in enumerate(parts) if part.lower() in SMALL_WORDS]
        if len(parts) > 3 and small:
            parts.pop(self.pick(small))
        return " ".join(parts)

    def value(self, items: list):
        """One of the items, from the side of the split that is asked for, if that side has any."""
        side = [item for item in items if held_out(item) == self.new_values]
        return self.pick(side or items)

    def made_up(self, capital: bool = True) -> str:
        """A word nobody has seen: of one to three syllables, such as Torlame, or spelled as English words are, such as Brestion."""
        while True:
            if self.chance(0.5):
                word = spelled(self.pick, capital)
            else:
                word = "".join(self.pick(words.ONSETS) + self.pick(words.VOWELS) for _ in range(self.pick([1, 2, 2, 3])))
                word += self.pick(words.CODAS) if len(word) < 4 or self.chance(0.6) else ""
            if held_out(word) == self.new_values:
                return word.capitalize() if capital else word

    def name(self) -> str:
        """A first name, sometimes with a family name."""
        first = self.made_up() if self.new_values or self.chance(0.35) else self.value(words.NAMES)
        return f"{first} {self.made_up()}" if self.chance(0.1) else first

    def city(self) -> str:
        return self.made_up() if self.chance(0.2) else self.value(words.CITIES)

    def colour(self) -> str:
        return self.pick(words.COLOURS)

    def word(self) -> str:
        """A word, common mostly, sometimes with an ending or made up."""
        kind = self.number(1, 20)
        if kind <= 3:
            return self.made_up(self.chance(0.3))
        if kind <= 5:
            return self.pick(words.COMMON) + self.pick(["s", "ed", "ing", "er", "ly", "est", "ness"])
        return self.pick(self.pick([words.COMMON] * 6 + [words.THINGS, words.ANIMALS, words.FOODS, words.NAMES]))

    def text(self, low: int, high: int) -> str:
        """A row of words."""
        return " ".join(self.word() for _ in range(self.number(low, high)))

    def sentence(self) -> str:
        """A sentence that could be said, such as The old teacher reads a book at noon."""
        who = self.pick([self.name(), "I", "we", "they", "you", f"the {self.pick(words.ADJECTIVES)} {self.pick(words.ANIMALS)}", f"my {self.pick(words.JOBS)}", f"the {self.pick(words.JOBS)}", f"{self.pick(words.ADJECTIVES)} {self.pick(words.ANIMALS)}s", f"the {self.pick(words.THINGS)}"])
        what = self.pick([f"the {self.pick(words.ADJECTIVES)} {self.pick(words.THINGS)}", self.pick(words.FOODS), f"a {self.pick(words.THINGS)}", self.name(), f"{self.pick(words.ADJECTIVES)} {self.pick(words.FOODS)}", "it", f"two {self.pick(words.THINGS)}s", f"{self.number(2, 99)} {self.pick(words.ANIMALS)}s"])
        verb = self.pick(words.VERBS)
        verb += "s" if who[-1] != "s" and who not in ("I", "we", "they", "you") else ""
        where = self.pick(["", "", " today", " tomorrow", " at noon", " at night", " every day", f" in {self.city()}", f" on {self.pick(words.DAYS)}", f" in the {self.pick(words.ROOMS)}", " again", " now", f" with {self.name()}", f" for {self.name()}"])
        return f"{who} {verb} {what}{where}"


def turn(question: str, answer: str) -> list[Message]:
    """One question and its answer."""
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def article(noun: str) -> str:
    """The noun with "a" or "an"."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def listing(items: list[str]) -> str:
    """The items with commas, and "and" before the last."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def sentence(text: str) -> str:
    """The text with a capital and, from two words on, a full stop."""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" or " " not in text else text + "."
