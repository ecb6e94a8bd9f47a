"""Queries with documents that answer them more or less, for the reranker."""

import re
from dataclasses import dataclass

from corpus import words
from corpus.draw import Draw

from .lexicon import CLUSTERS, OPPOSITES, SYNONYMS, TOPICS, TRAINED_SAYINGS, Saying
from .pairs import COPY_FRAMES
from .texts import about, answer, places, subjects, varied, wording

# How well a document answers: 1 answers, 0 has nothing to do with it.
ANSWERS, SAME_MEANING, SAME_TOPIC, SAME_WORD, UNRELATED = 1.0, 0.85, 0.12, 0.04, 0.0
DOCUMENTS = 8

BY_TOPIC: dict[str, list[Saying]] = {}
for _saying in TRAINED_SAYINGS:
    BY_TOPIC.setdefault(_saying.topic, []).append(_saying)
TOPIC = {topic.name: topic for topic in TOPICS}
ANSWERED = [saying for saying in TRAINED_SAYINGS if saying.answers]
REWORDED = [saying for saying in TRAINED_SAYINGS if len(saying.trained) > 1]

_SMALL = set("what which where when who how why is are was were do does did the a an of in on at to for with my your i you we it can could should be not no and or that this there me".split())


@dataclass(frozen=True)
class Ranking:
    query: str
    documents: list[tuple[str, float]]


def said(draw: Draw, saying: Saying) -> str:
    """Something that a document says about the saying's matter: its answer, or the saying itself."""
    return answer(draw, saying) if saying.answers and draw.chance(0.8) else wording(draw, saying) if saying.trained else answer(draw, saying)


def unrelated(draw: Draw) -> str:
    """Any text."""
    kind = draw.number(1, 10)
    if kind <= 6:
        return said(draw, draw.pick(TRAINED_SAYINGS))
    if kind <= 8:
        return about(draw, draw.pick(TOPICS))
    if kind == 9:
        place = places(draw, 1)[0]
        return place.statement(draw, draw.pick(list(place.table)))
    return draw.sentence()


def related(draw: Draw, saying: Saying) -> str:
    """A text of the same topic about another matter."""
    others = [other for other in BY_TOPIC.get(saying.topic, []) if other is not saying]
    if others and (saying.topic not in TOPIC or draw.chance(0.75)):
        return said(draw, draw.pick(others))
    return about(draw, TOPIC[saying.topic]) if saying.topic in TOPIC else unrelated(draw)


DECOYS = ["The {w} problem was discussed yesterday.", "{w} is also the name of a street.", "a page on {w}", "They talked about {w} and went home.", "{w} and more", "The word {w} is written with a small letter.",
          "{w} punishment is a matter of law.", "The history of the word {w}.", "A {w} letter stands at the start of a sentence.", "My neighbour likes {w}."]


def decoy(draw: Draw, query: str) -> str:
    """A text that only has a word of the query in common."""
    content = [word for word in re.findall(r"\w+", query) if word.lower() not in _SMALL] or ["it"]
    return draw.pick(DECOYS).format(w=draw.pick(content))


def in_passage(draw: Draw, text: str, others: list[str]) -> str:
    """The text among other sentences."""
    parts = [text, *others]
    draw.random.shuffle(parts)
    return " ".join(part if part[-1] in ".?!" else part + "." for part in parts)


def answers(draw: Draw) -> Ranking:
    """A question, its answer, and answers to others."""
    saying = draw.pick(ANSWERED)
    query = wording(draw, saying) if saying.trained else saying.name
    long = draw.chance(0.2)
    near = [related(draw, saying) for _ in range(3)]
    right = answer(draw, saying)
    rest = [unrelated(draw) for _ in range(3)]
    if long:
        right = in_passage(draw, right, [related(draw, saying) for _ in range(draw.number(1, 3))])
        near = [in_passage(draw, text, [related(draw, saying), unrelated(draw)][: draw.number(1, 2)]) for text in near]
        rest = [in_passage(draw, text, [unrelated(draw)]) for text in rest]
    documents = [(right, ANSWERS)] + [(text, SAME_TOPIC) for text in near] + [(decoy(draw, query), SAME_WORD)] + [(text, UNRELATED) for text in rest]
    if len(saying.trained) > 1 and draw.chance(0.2):
        documents[-1] = (wording(draw, saying), 0.6)
    return Ranking(query, documents)


def rewordings(draw: Draw) -> Ranking:
    """A saying, the same in other words, and others."""
    saying = draw.pick(REWORDED)
    query = wording(draw, saying)
    documents = [(varied(draw, draw.phrase([other for other in saying.trained if other != query])), SAME_MEANING)]
    documents += [(wording(draw, other) if other.trained else answer(draw, other), SAME_TOPIC)
                  for other in draw.sample(BY_TOPIC[saying.topic], min(3, len(BY_TOPIC[saying.topic]))) if other is not saying]
    documents += [(decoy(draw, query), SAME_WORD)]
    return Ranking(query, documents + [(unrelated(draw), UNRELATED) for _ in range(DOCUMENTS - len(documents))])


def countries(draw: Draw) -> Ranking:
    """A question about a country, and statements about it and others."""
    place, *others = places(draw, 4)
    kind = draw.pick([*place.table, "capital", "capital"])
    query = varied(draw, place.question(draw, kind), 0.1)
    right = place.statement(draw, kind)
    if draw.chance(0.25):
        right = in_passage(draw, right, [place.statement(draw, draw.pick(list(place.table))) for _ in range(draw.number(1, 2))])
    documents = [(right, ANSWERS)]
    documents += [(place.statement(draw, other), 0.2) for other in draw.sample([other for other in place.table if other != kind], 2)]
    for other in others:
        same = kind if kind in other.table and draw.chance(0.7) else draw.pick(list(other.table))
        documents.append((other.statement(draw, same), 0.1 if same == kind else 0.05))
    documents.append((decoy(draw, query), SAME_WORD))
    return Ranking(query, [*documents, (unrelated(draw), UNRELATED)])


def small_worlds(draw: Draw) -> Ranking:
    """A question about somebody or something, and what is said of them and others."""
    subject, *others = subjects(draw, 3)
    kind = draw.pick(list(subject.table))
    right = subject.statement(draw, kind)
    rest = [other for other in subject.table if other != kind]
    if draw.chance(0.3):
        right = in_passage(draw, right, [subject.statement(draw, draw.pick(rest)) for _ in range(draw.number(1, 3))])
    documents = [(right, ANSWERS)] + [(subject.statement(draw, other), 0.2) for other in draw.sample(rest, 2)]
    documents += [(other.statement(draw, kind), 0.1) for other in others]
    documents += [(others[0].statement(draw, draw.pick(rest)), 0.03)]
    return Ranking(subject.question(draw, kind), documents + [(unrelated(draw), UNRELATED) for _ in range(2)])


def single_words(draw: Draw) -> Ranking:
    """A word, those that mean the same, its opposite, and others."""
    group = draw.pick([group for group in SYNONYMS if len(group) > 1])
    query, same = draw.sample(group, 2)
    documents = [(same, SAME_MEANING)] + [(opposite, 0.25) for pair in OPPOSITES if query in pair for opposite in pair if opposite != query][:1]
    if draw.chance(0.3):
        documents.append((draw.pick(COPY_FRAMES).format(w=query), 0.7))
    documents += [(draw.pick([word for word in cluster if word != query]), 0.4) for cluster in CLUSTERS if query in cluster][:2]
    while len(documents) < DOCUMENTS:
        other = draw.pick(SYNONYMS)
        if other is not group and not set(other) & set(group):
            documents.append((draw.pick(other), UNRELATED))
    return Ranking(query, documents)


def keywords(draw: Draw) -> Ranking:
    """A topic, or words of it, and texts of it and of others."""
    topic, *others = draw.sample(TOPICS, 6)
    query = topic.name if draw.chance(0.4) else " ".join(draw.sample(topic.nouns, draw.number(1, 2)))
    documents = [(about(draw, topic), 0.7), (said(draw, draw.pick(BY_TOPIC[topic.name])) if topic.name in BY_TOPIC else about(draw, topic), 0.5), (about(draw, topic), 0.6)]
    return Ranking(query, documents + [(about(draw, other), UNRELATED) for other in others])


def shared_words(draw: Draw) -> Ranking:
    """Made-up or common words, and texts with all, some and none of them."""
    chosen = [draw.made_up(draw.chance(0.5)) if draw.chance(0.6) else draw.pick(words.COMMON) for _ in range(2)]
    others = [draw.made_up() if draw.chance(0.6) else draw.pick(words.COMMON) for _ in range(5)]
    frame = lambda text: draw.pick(COPY_FRAMES).format(w=text)
    documents = [(frame(" ".join(chosen)), 0.9), (frame(f"{chosen[0]} {others[0]}"), 0.3), (frame(f"{others[1]} {chosen[1]}"), 0.3)]
    return Ranking(frame(" ".join(chosen)), documents + [(frame(" ".join(draw.sample(others, 2))), UNRELATED) for _ in range(5)])


# Each kind, and how often it is drawn.
KINDS = {answers: 9, rewordings: 4, countries: 4, small_worlds: 3, single_words: 2.5, keywords: 1.5, shared_words: 1.5}


def batch(draw: Draw, size: int) -> list[Ranking]:
    kinds = draw.random.choices(list(KINDS), list(KINDS.values()), k=size)
    return [kind(draw) for kind in kinds]
