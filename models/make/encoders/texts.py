"""Single texts: a saying said differently, a sentence about a topic, a statement of a fact and its questions."""

import re

from corpus import reading, words
from corpus.draw import Draw, article

from .lexicon import ALIKE, COUNTRIES, STATES, Saying, Topic

SHORT_FORMS = [("I am", "I'm"), ("do not", "don't"), ("does not", "doesn't"), ("cannot", "can't"), ("is not", "isn't"), ("did not", "didn't"), ("it is", "it's"),
               ("What is", "What's"), ("I have", "I've"), ("I would", "I'd"), ("We are", "We're"), ("will not", "won't"), ("Where is", "Where's"), ("that is", "that's")]
OPENINGS = ["please tell me: ", "I want to know: ", "quick question: ", "Hello, ", "Hi, ", "one question, ", "does anybody know: ", "Good morning. ", "I have a question. ", "so, ", "well, ", "by the way, "]
ENDINGS = [" thanks", " please", " Thank you.", " Please help.", " Any ideas?", " today", " now"]

_FILLERS = set("a an the is are was were do does did to of in on at for with my your this that it can i you we please".split())


def varied(draw: Draw, text: str, much: float = 0.35, spoken: bool = True) -> str:
    """The text with some words replaced by others that mean the same, short forms and, if spoken, an opening, an ending or a filler less."""
    if draw.chance(0.3):
        long, short = draw.pick(SHORT_FORMS)
        text = text.replace(long, short)
    if draw.chance(0.6):
        text = _with_others(draw, text, much)
    if not spoken:
        return text
    if draw.chance(0.12):
        text = draw.pick(OPENINGS) + text
    if draw.chance(0.06):
        text = text.rstrip(".?!") + draw.pick(ENDINGS)
    if draw.chance(0.15):
        text = " ".join(word for word in text.split(" ") if word.lower() not in _FILLERS or draw.chance(0.6)) or text
    if draw.chance(0.04):
        text = _misspelt(draw, text)
    return text


def _with_others(draw: Draw, text: str, much: float) -> str:
    """The text with some words, or phrases of up to three words, replaced by others that mean the same."""
    parts = re.split(r"(\W+)", text)  # words, and what is between them
    result, at = [], 0
    while at < len(parts):
        for length in (5, 3, 1):
            others = ALIKE.get("".join(parts[at : at + length]).lower()) if at % 2 == 0 else None
            if others and draw.chance(much):
                result.append(draw.pick(others))
                break
        else:
            length = 1
            result.append(parts[at])
        at += length
    return "".join(result)


def _misspelt(draw: Draw, text: str) -> str:
    """The text with two letters of one word swapped."""
    at = draw.number(0, len(text) - 1)
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :] if text[at : at + 2].isalpha() else text


def wording(draw: Draw, saying: Saying) -> str:
    """One of the wordings that models are trained on."""
    return varied(draw, draw.phrase(saying.trained))


def answer(draw: Draw, saying: Saying) -> str:
    return varied(draw, draw.pick(saying.answers), 0.25, spoken=False)


_VOWELS = "aeiou"


def plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2:-1] not in _VOWELS else noun + "s"


def gerund(verb: str) -> str:
    first, _, rest = verb.partition(" ")
    first = first[:-1] if first.endswith("e") and not first.endswith("ee") else first
    return f"{first}ing {rest}".strip()


TOPICAL = [
    "the {a} {n}", "{n}", "{n} {n}", "{n}, {n} and {n}", "I like to {v} with a {n}.", "Where is the {n}?", "We need {an} to {v} the {n}.", "A text about {n}, {n} and {n}.",
    "the {n} of the {n}", "How do I {v} {an}?", "{ns} and {ns}", "She {v}s the {a} {n}.", "They were {ving} the {n}.", "a question about {ns}", "My {n} is {a}.",
    "There is {an} beside the {n}.", "He talked about {ving} and {ving}.", "the best {n} for {ving}", "Yesterday I saw {an} and two {ns}.", "information on {ns}",
    "{t}", "something about {t}", "this is about {t}", "{t}: {n}, {n}, {n}, {n}", "questions on {t}", "{an} is {a}", "What is a {n} for?", "To {v} is hard without {an}.",
    "Every {n} has a {n}.", "My sister bought {an} and a {n}.", "Is the {n} {a}?", "The {n} did not {v}.", "{v} and {v}", "There are many {ns} here.", "tips for {ving}",
    "A {n} is {ving}.", "The {n} is {ving} the {n}.", "I feel {a}.", "I feel {a} and {a}.", "I want to {v} {an}.", "Someone {v}s {ns}.", "How do I {v} the {n}?", "The {n} needs {ns}.",
    "{an} and its {n}", "The {n} finished the {n}.", "Two {ns} are {ving}.", "My {n} does not {v}.", "Some {ns} have {an}.", "Who {v}s {an}?", "I lost my {n}.", "a {a} {n} with {ns}",
    "It is a very {a} {n}.", "They {v} {ns} every day.", "instructions for {an}", "Which {n} is {a}?", "Can I {v} here?", "{ving} {an}", "the new {n} is {a}", "Why is my {n} so {a}?",
]


def about(draw: Draw, topic: Topic, frame: str | None = None) -> str:
    """A sentence, or a few words, with words of the topic. It need not make sense."""
    frame = frame or draw.pick(TOPICAL)

    def fill(found: re.Match) -> str:
        kind = found[1]
        if kind == "t":
            return topic.name
        if kind in ("v", "ving"):
            verb = draw.pick(topic.verbs)
            return gerund(verb) if kind == "ving" else verb
        if kind == "a":
            return draw.pick(topic.adjectives)
        noun = draw.pick(topic.nouns)
        return plural(noun) if kind == "ns" else article(noun) if kind == "an" else noun

    return varied(draw, re.sub(r"\{(\w+)\}", fill, frame), 0.2)


# What is said of countries: statements and questions. {p} place, {c} capital, {o} other city, {l} language, {m} money, {k} continent, {j} adjective.
COUNTRY = {
    "capital": (["{c} is the capital of {p}.", "The capital of {p} is {c}.", "{c} is the capital city of {p}.", "The capital of the country {p} is the city of {c}.", "{c}, the capital of {p}, has many inhabitants.",
                 "{c} is the {j} capital and seat of the government.", "{c} is the capital of {p} and lies on a river. Many tourists visit it.", "{p} is a country in {k}. Its capital is {c}.", "{p} is a state with many cities. Its capital is {c}."],
                ["What is the capital of {p}?", "Which city is the capital of {p}?", "capital of {p}", "{p} capital", "What is the {j} capital?", "Name the capital city of {p}", "Where is the government of {p}?", "What is the capital city of {p} called?"]),
    "city": (["{o} is a city in {p}.", "{o} is one of the largest cities of {p}.", "The {j} city of {o} has a famous market.", "{o} lies in {p}.", "{p} has a city that is called {o}.", "{o} is in {p}."],
             ["Where is {o}?", "In which country is {o}?", "Which country does the city {o} belong to?", "{o} is in what country?", "Where does {o} lie?"]),
    "language": (["In {p} people speak {l}.", "{l} is the language of {p}.", "Most people in {p} speak {l}.", "The official language of {p} is {l}."],
                 ["Which language do people speak in {p}?", "What language is spoken in {p}?", "official language of {p}", "What do they speak in {p}?"]),
    "currency": (["The currency of {p} is the {m}.", "In {p} you pay with the {m}.", "People in {p} use the {m} as their money.", "{j} money is called {m}."],
                 ["What is the currency of {p}?", "Which money do I need in {p}?", "What do you pay with in {p}?", "currency {p}", "What is the money of {p} called?"]),
    "continent": (["{p} is in {k}.", "{p} is a country in {k}.", "{p} lies on the continent of {k}.", "You find {p} on the map of {k}."],
                  ["Where is {p}?", "On which continent is {p}?", "In which part of the world does {p} lie?", "continent of {p}"]),
    "food": (["{j} food is famous for its spices.", "People in {p} love to cook.", "The {j} kitchen has many dishes."],
             ["What do people eat in {p}?", "How is the food in {p}?", "{j} dishes", "meals from {p}"]),
    "travel": (["Many tourists visit {p} in summer.", "Flights to {p} leave every morning.", "{p} is a nice place for a holiday."],
               ["I want to travel to {p}", "holiday in {p}", "How do I get to {p}?", "a trip to {p}"]),
    "people": (["{p} has {n} million inhabitants.", "{n} million people live in {p}.", "The population of {p} is {n} million."],
               ["How many people live in {p}?", "What is the population of {p}?", "number of inhabitants of {p}", "population {p}"]),
}
STATE = {
    "capital": (["{c} is the capital of {p}.", "{c} is the capital city of the American state of {p}.", "The capital of {p} is {c}.", "{p} is a state of the United States. Its capital is {c}.", "{c} is the capital city of {p}."],
                ["What is the capital of {p}?", "capital of {p}", "Which city is the capital of the state of {p}?", "What is the capital of the state {p}?"]),
    "city": (["{o} is a city in {p}.", "{o} is a large city in the American state of {p}.", "You find {o} in {p}."],
             ["Where is {o}?", "In which state is {o}?", "Which state does {o} belong to?"]),
    "state": (["{p} is one of the fifty states of the United States.", "{p} is a state of the USA.", "{p} is an American state."],
              ["What is {p}?", "In which country is {p}?", "Is {p} a state?"]),
}


class Place:
    """A country or a state, real or made up, and what can be said of it."""

    def __init__(self, draw: Draw):
        self.table = COUNTRY if draw.chance(0.7) else STATE
        made_up = draw.new_values or draw.chance(0.35)
        if made_up:
            place = draw.made_up()
            row = [place, draw.made_up(), draw.made_up(), draw.made_up(), draw.made_up(capital=False), draw.made_up(), place + draw.pick(["ian", "ish", "ese"])]
        else:
            row = draw.pick(COUNTRIES if self.table is COUNTRY else STATES)
        keys = "pcolmkj"
        self.fields = dict(zip(keys, row)) | {"n": draw.number(2, 190)}
        self.fields |= {"j": row[6] if len(row) > 6 else row[0]}
        self.name = row[0]

    def statement(self, draw: Draw, kind: str) -> str:
        return draw.pick(self.table[kind][0]).format(**self.fields)

    def question(self, draw: Draw, kind: str) -> str:
        return draw.pick(self.table[kind][1]).format(**self.fields)


def places(draw: Draw, count: int) -> list[Place]:
    """Different places."""
    found: dict[str, Place] = {}
    while len(found) < count:
        place = Place(draw)
        found.setdefault(place.name, place)
    return list(found.values())


class Subject:
    """Somebody or something with a few facts: a person, thing, place or event of a small world."""

    def __init__(self, draw: Draw, table: dict, name: str):
        self.table, self.name, self.values, self.pet = table, name, {}, draw.pick(reading.PETS)

    def _fields(self, draw: Draw, kind: str) -> dict:
        if kind not in self.values:
            self.values[kind] = reading.value_for(draw, kind)
        value = self.values[kind]
        return {"who": self.name, "x": value, "a_x": article(str(value)), "kind": self.pet}

    def statement(self, draw: Draw, kind: str) -> str:
        return draw.pick(self.table[kind][0]).format(**self._fields(draw, kind))

    def question(self, draw: Draw, kind: str) -> str:
        return draw.phrase(self.table[kind][1], **self._fields(draw, kind))


def subjects(draw: Draw, count: int) -> list[Subject]:
    """Different subjects of one sort."""
    table = draw.pick(reading.TABLES)
    nouns = {id(reading.THING): words.THINGS, id(reading.PLACE): reading.PLACES, id(reading.EVENT): reading.EVENTS}.get(id(table))

    def name() -> str:
        if nouns is None:
            return draw.name()
        return f"{draw.pick(words.ADJECTIVES)} {draw.pick(nouns)}" if draw.chance(0.4) else draw.pick(nouns)

    found: dict[str, Subject] = {}
    while len(found) < count:
        found.setdefault(chosen := name(), Subject(draw, table, chosen))
    return list(found.values())
