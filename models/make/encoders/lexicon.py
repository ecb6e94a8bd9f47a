"""What the encoders are told of English: topics with their words, sayings in several wordings, synonyms, countries.

A topic in `lexicon/*.txt` begins with "# name". Its lines: "n:", "v:", "a:" nouns, verbs, adjectives ("_" for a space);
"=" groups of words and phrases that mean the same; "-" pairs that mean the opposite; any other line is a saying, its wordings
parted by "|", and its answers behind "=>".
"""

import zlib
from dataclasses import dataclass, field
from pathlib import Path

from corpus import knowledge, words
from corpus.draw import article

FOLDER = Path(__file__).parent / "lexicon"

# Topics whose sayings no model is trained on; their words are.
HELD_OUT_TOPICS = ("dentist and teeth", "ships and boats", "insects", "taxes and insurance", "photography", "construction", "drinks", "post and letters")


@dataclass
class Topic:
    name: str
    nouns: list[str] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    adjectives: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Saying:
    """One thing that people say or ask. Wordings are patterns for `Draw.phrase`: those with "~" are kept for evaluation."""

    name: str
    topic: str
    wordings: tuple[str, ...]
    answers: tuple[str, ...] = ()

    @property
    def trained(self) -> list[str]:
        return [wording for wording in self.wordings if wording[0] != "~"]

    @property
    def kept(self) -> list[str]:
        return [wording[1:] for wording in self.wordings if wording[0] == "~"]


def _parts(text: str, mark: str) -> list[str]:
    return [part.strip() for part in text.split(mark) if part.strip()]


def _keep_some(wordings: list[str]) -> tuple[str, ...]:
    """One wording in six is kept for evaluation, of sayings with three or more, and never more than one of a saying."""
    drawn = [wording for wording in wordings if zlib.crc32(wording.encode()) % 6 == 0][:1] if len(wordings) > 2 else []
    return tuple("~" + wording if wording in drawn else wording for wording in wordings)


def _read() -> tuple[list[Topic], list[Saying], list[list[str]], list[tuple[str, str]]]:
    topics, sayings, synonyms, opposites = [], [], [], []
    for file in ("technology", "home", "nature", "life", "world", "more", "synonyms", "sentences"):
        topic = None
        for line in (FOLDER / f"{file}.txt").read_text().splitlines():
            kind, _, rest = line.partition(" ")
            if not line or (kind == "#" and file in ("synonyms", "sentences")):
                continue
            if kind == "#":
                topic = Topic(rest)
                topics.append(topic)
            elif kind in ("n:", "v:", "a:"):
                setattr(topic, {"n:": "nouns", "v:": "verbs", "a:": "adjectives"}[kind], [word.replace("_", " ") for word in rest.split()])
            elif kind == "=":
                synonyms += [_parts(group, ",") for group in rest.split(";")]
            elif kind == "-":
                opposites += [tuple(_parts(pair, ",")) for pair in rest.split(";")]
            else:
                said, _, answers = line.partition("=>")
                wordings = _parts(said, "|")
                name = topic.name if topic else "everyday"
                kept = tuple(wordings) if name in HELD_OUT_TOPICS else _keep_some(wordings)
                sayings.append(Saying(wordings[0], name, kept, tuple(_parts(answers, "|"))))
    return topics, sayings, synonyms, opposites


def _known_to_the_chat_model() -> list[Saying]:
    """What demo-chat knows by heart, as sayings."""
    definitions = [(name, name if name in knowledge.UNCOUNTABLE else article(name), text, "model serving") for name, text in knowledge.CONCEPTS.items()]
    definitions += [(name, name if name in knowledge.MASS_NOUNS else article(name), text, "definitions") for name, text in knowledge.NOUNS.items()]
    asked = [pattern for pattern in knowledge.CONCEPT_QUESTIONS if "{many}" not in pattern]
    sayings = [
        Saying(name, topic, tuple(pattern.replace("{a}", a).replace("{bare}", name) for pattern in asked), (text,))
        for name, a, text, topic in definitions if len(text) < 400
    ]
    for topic, table in (("model serving", knowledge.SERVER_QUESTIONS), ("facts", knowledge.FACTS)):
        sayings += [Saying(answer, topic, tuple(patterns), (answer,)) for patterns, answer in table]
    return sayings


def _table(name: str) -> list[list[str]]:
    return [_parts(line, ";") for line in (FOLDER / f"{name}.txt").read_text().splitlines() if line and line[0] != "#"]


TOPICS, _OWN_SAYINGS, SYNONYMS, OPPOSITES = _read()
SAYINGS = _OWN_SAYINGS + _known_to_the_chat_model()
TRAINED_SAYINGS = [saying for saying in SAYINGS if len(saying.trained) + len(saying.answers) > 1 and saying.topic not in HELD_OUT_TOPICS]
NEW_SAYINGS = [saying for saying in SAYINGS if saying.topic in HELD_OUT_TOPICS]
COUNTRIES, STATES = _table("countries"), _table("states")
CLUSTERS = [_parts(line, ",") for line in (FOLDER / "clusters.txt").read_text().splitlines() if line[0] != "#"]

# Each word and the phrases that can stand for it.
ALIKE: dict[str, list[str]] = {}
for _group in SYNONYMS:
    for _phrase in _group:
        ALIKE.setdefault(_phrase.lower(), []).extend(other for other in _group if other != _phrase)

# Words that the tokenizer should keep whole.
WORDS = sorted({
    word.lower()
    for text in [
        *words.COMMON, *words.NAMES, *words.CITIES, *words.COLOURS, *words.ANIMALS, *words.FOODS, *words.JOBS, *words.THINGS, *words.ROOMS,
        *words.MONTHS, *words.DAYS, *words.NUMBER_WORDS,
        *[word for topic in TOPICS for word in [*topic.nouns, *topic.verbs, *topic.adjectives, topic.name]],
        *[phrase for group in SYNONYMS + CLUSTERS for phrase in group],
        *[cell for row in COUNTRIES + STATES for cell in row],
    ]
    for word in text.replace("-", " ").split()
})
