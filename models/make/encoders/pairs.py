"""Pairs of texts that mean nearly the same, for the embedding model. Each kind gives a block of pairs, which are each other's negatives."""

from dataclasses import dataclass

from corpus import words
from corpus.draw import Draw

from .lexicon import CLUSTERS, OPPOSITES, SYNONYMS, TOPICS, TRAINED_SAYINGS
from .texts import TOPICAL, about, answer, places, subjects, varied, wording


@dataclass(frozen=True)
class Pair:
    """Pairs of one group are no negatives of each other. Those with `broad` say only what they are about: nothing of that topic is."""

    first: str
    second: str
    group: str
    topic: str = ""
    broad: bool = False


def sayings(draw: Draw, count: int) -> list[Pair]:
    """Two wordings of a saying, or one and an answer; half of the block from few topics, so that negatives are hard."""
    chosen = draw.sample(TRAINED_SAYINGS, count // 2)
    topics = {saying.topic for saying in chosen[:4]}
    near = [saying for saying in TRAINED_SAYINGS if saying.topic in topics and saying not in chosen]
    chosen += draw.sample(near, min(count // 2, len(near)))
    pairs = []
    for saying in chosen:
        first = wording(draw, saying)
        if saying.answers and (len(saying.trained) == 1 or draw.chance(0.4)):
            second = answer(draw, saying)
        else:
            second = varied(draw, draw.phrase([other for other in saying.trained if other != first] or saying.trained))
        pairs.append(Pair(first, second, saying.name, saying.topic))
    return pairs


def topics(draw: Draw, count: int) -> list[Pair]:
    """Two sentences about a topic, of different words mostly, or one and a saying of that topic. The block may share its frames."""
    pairs = []
    frames = [draw.pick(TOPICAL), draw.pick(TOPICAL)] if draw.chance(0.6) else [None, None]
    for topic in draw.sample(TOPICS, min(count, len(TOPICS))):
        said = [saying for saying in TRAINED_SAYINGS if saying.topic == topic.name]
        second = wording(draw, draw.pick(said)) if said and draw.chance(0.3) else about(draw, topic, frames[1])
        pairs.append(Pair(about(draw, topic, frames[0]), second, topic.name, topic.name, broad=True))
    return pairs


WORD_FRAMES = [
    "{w}", "{w}", "{w}", "What does {w} mean?", "the word {w}", "Tell me about {w}.", "something about {w}", "We talked about it: {w}.", "{w}, of course", "it was called {w}",
    "They say {w} here.", "the meaning of {w}", "I thought of {w} again.", "{w} is all I heard", "more on {w}", "only {w}", "very {w}", "to {w}", "a {w}", "the {w}",
]


def synonyms(draw: Draw, count: int) -> list[Pair]:
    """Words that mean the same, alone or in a frame that the whole block shares; opposites stand beside each other as negatives."""
    first_frame, second_frame = draw.pick(WORD_FRAMES), draw.pick(WORD_FRAMES)
    chosen = draw.sample(SYNONYMS, count * 3 // 4)
    pairs = []
    for group in chosen:
        one, other = draw.sample(group, 2) if len(group) > 1 else (group[0], group[0])
        pairs.append(Pair(first_frame.format(w=one), second_frame.format(w=other), group[0]))
    seen = {word for group in chosen for word in group}
    for pair in draw.sample(OPPOSITES, count // 8):
        if not seen & set(pair):
            pairs += [Pair(first_frame.format(w=word), second_frame.format(w=word), word) for word in pair]
    return pairs


CLUSTER_FRAMES = [
    "{x}", "{x}", "{x} and {y}", "{x} {y}", "the {x} and the {y}", "a {x} with {y}", "something with {x}", "It is about {x} and {y}.", "Where is the {x}?", "I thought of the {x}.",
    "The {x} is here.", "We saw {x} and {y}.", "What is {x}?", "more about {x}, {y}", "Do you like {x}?", "The {x} was new, the {y} was not.", "my {x}", "they had {x} yesterday", "How does {x} work?",
]


def clusters(draw: Draw, count: int) -> list[Pair]:
    """Different words that go together, in frames that the block may share."""
    frames = [draw.pick(CLUSTER_FRAMES), draw.pick(CLUSTER_FRAMES)] if draw.chance(0.6) else None
    pairs = []
    for cluster in draw.sample(CLUSTERS, count):
        w, x, y, z = draw.sample(cluster, 4)
        first, second = frames or (draw.pick(CLUSTER_FRAMES), draw.pick(CLUSTER_FRAMES))
        pairs.append(Pair(first.format(x=w, y=x), second.format(x=y, y=z), cluster[0]))
    return pairs


def countries(draw: Draw, count: int) -> list[Pair]:
    """A question and a statement about a country, or two statements; several relations of each country."""
    pairs = []
    for place in places(draw, max(count // 4, 2)):
        for kind in draw.sample(place.table, min(4, len(place.table))):
            first = place.question(draw, kind) if draw.chance(0.75) else place.statement(draw, kind)
            second = place.statement(draw, kind) if draw.chance(0.8) else place.question(draw, kind)
            pairs.append(Pair(varied(draw, first, 0.15), second, f"{place.name} {kind}", "countries"))
    return pairs


def small_worlds(draw: Draw, count: int) -> list[Pair]:
    """A question and the statement that answers it, among others of the same subjects."""
    pairs = []
    for subject in subjects(draw, max(count // 4, 2)):
        for kind in draw.sample(subject.table, 4):
            first = subject.question(draw, kind) if draw.chance(0.75) else subject.statement(draw, kind)
            second = subject.statement(draw, kind)
            if draw.chance(0.15):
                second += " " + subject.statement(draw, draw.pick(list(subject.table)))
            pairs.append(Pair(first, second, f"{subject.name} {kind}"))
    return pairs


COPY_FRAMES = ["{w}", "What do you know about {w}?", "{w} and more", "Where can I find {w}?", "I read about {w} in a book.", "How does {w} work?", "a page on {w}", "{w} was mentioned yesterday.",
               "We bought {w}.", "{w} is new here", "search for {w}", "Who is {w}?", "This document describes {w}.", "My question is about {w}.", "the {w} problem", "{w} does not work"]


def shared_words(draw: Draw, count: int) -> list[Pair]:
    """Two texts that share one or two words, made up or rare, in different frames."""
    pairs = []
    frames = [draw.pick(COPY_FRAMES) for _ in range(4)]
    for _ in range(count):
        chosen = " ".join(draw.made_up(draw.chance(0.5)) if draw.chance(0.5) else draw.pick(words.COMMON) for _ in range(draw.number(1, 2)))
        second = " ".join(reversed(chosen.split(" "))) if draw.chance(0.2) else chosen
        pairs.append(Pair(draw.pick(frames).format(w=chosen), draw.pick(frames).format(w=second), chosen))
    return pairs


def sentences(draw: Draw, count: int) -> list[Pair]:
    """A sentence, and the same with other words, fewer words or in another order."""
    pairs = []
    for _ in range(count):
        text = draw.sentence()
        parts = [word for word in text.split(" ") if not draw.chance(0.25)] or [text]
        if draw.chance(0.3):
            draw.random.shuffle(parts)
        pairs.append(Pair(text, varied(draw, " ".join(parts)), text))
    return pairs


# Each kind, and how often it is drawn.
KINDS = {sayings: 10, topics: 6, clusters: 3, synonyms: 3, countries: 2.5, small_worlds: 2.5, shared_words: 1.5, sentences: 1.0}


def batch(draw: Draw, size: int) -> list[Pair]:
    """Four blocks of pairs."""
    kinds = draw.random.choices(list(KINDS), list(KINDS.values()), k=4)
    return [pair for kind in kinds for pair in kind(draw, size // 4)]
