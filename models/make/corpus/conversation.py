"""Skills that answer from what is known by heart: small talk, concepts, facts, capitals, and not knowing."""

from .draw import Draw, Message, article, turn
from .knowledge import (ADJECTIVES, CONCEPT_QUESTIONS, CONCEPTS, DO_NOT_KNOW, FACTS, GREETINGS, MASS_NOUNS, NOUNS, ONLY_ONE,
                        SERVER_QUESTIONS, SMALL_TALK, SPORTS, SUBJECTS, UNCOUNTABLE, UNKNOWN, VERBS)
from . import words

CAPITAL_QUESTIONS = [
    "what is the capital of {country}?", "what's the capital of {country}?", "which city is the capital of {country}?", "[please |]name the capital of {country}[.|]",
    "tell me the capital of {country}[.|]", "capital of {country}?", "the capital of {country}?", "[do you |]know the capital of {country}?", "what is the capital city of {country}?",
    "[can you |could you |please ]tell me [what |]the capital of {country}[ is|][?|]", "what city is the capital of {country}?", "I want to know the capital of {country}[.|]", "and of {country}?", "what is {country}'s capital?", "{country}'s capital?", "which city is {country}'s capital?", "[do you |]know {country}'s capital?",
    "and what is the capital of {country}?", "what about {country}?", "give me the capital of {country}[.|]", "[hi|hello][,|] what is the capital of {country}?", "which is the capital of {country}?",
    "{country} has which capital?", "[quick |a ]question[:|,] what is the capital of {country}?", "I am looking for the capital of {country}[.|]", "~could you say what the capital of {country} is?",
    "~what do they call the capital of {country}?", "~I forgot the capital of {country}[.|]",
]
CAPITAL_ONE_WORD = [
    "what is the capital of {country}? [Answer|Reply] [in|with] one word.", "name the capital of {country} in one word[.|]", "[in|with] one word[:|,] what is the capital of {country}?",
    "what is the capital of {country}? [One word|Only the name|Just the name|Only the city].", "the capital of {country}, in one word[.|]", "~capital of {country}, one word only[.|]",
]
COUNTRY_QUESTIONS = [
    "{city} is the capital of which country?", "which country has the capital {city}?", "of which country is {city} the capital?", "what country is {city} the capital of?", "which country is {city} in?",
    "{city} is the capital of what?", "in which country is {city}?", "what country is {city} in?", "~tell me which country {city} belongs to[.|]",
]
CAPITAL_CHECKS = ["is {city} the capital of {country}?", "is the capital of {country} {city}?", "{city} is the capital of {country}, [right|true|yes|isn't it]?", "~am I right that {city} is the capital of {country}?"]
TWO_CONCEPTS = ["what is the difference between {a} and {b}?", "what are {a} and {b}?", "[please |]explain {a} and {b}[.|]", "how does {a} differ from {b}?", "compare {a} and {b}[.|]", "compare {a} with {b}[.|]", "what is {a}, and what is {b}?", "{a} or {b}: what is the difference?", "tell me about {a} and {b}[.|]", "~how are {a} and {b} different?"]
OPPOSITE_QUESTIONS = ["what is the opposite of {word}?", "[tell me |give me |name ]the opposite of {word}[.|]", "opposite of {word}?", "which word is the opposite of {word}?", "what's the opposite of {word}?", "~what would be the opposite of {word}?"]
NOUN_QUESTIONS = ["what is {a}?", "what's {a}?", "tell me about {many}[.|]", "[please |]explain what {a} is[.|]", "what are {many}?", "describe {a}[.|]", "[please |]write [a|one] sentence about {a}[.|]", "[please |]write [a|one] sentence about {many}[.|]",
                  "tell me something about {many}[.|]", "tell me about {a}[.|]", "what do you know about {many}?", "define {bare}[.|]", "write about {many}[.|]", "what does {bare} mean?", "~say something about {many}[.|]", "~one sentence on {many}, please[.|]"]


def greet(draw: Draw) -> list[Message]:
    """hello, good morning, I am Ada"""
    greeting = draw.phrase(GREETINGS)
    if draw.chance(0.25):
        name = draw.name()
        question = greeting + draw.phrase(["[,|!|.| ] I am {name}[.|!|]", "[,|!|] my name is {name}[.|!|]", "~! they call me {name}"], name=name)
        return turn(question, f"Hello, {name}! Nice to meet you.")
    return turn(greeting + draw.pick(["", "", "!", "."]), "Hello! How can I help you?")


def small_talk(draw: Draw) -> list[Message]:
    """how are you, thanks, who are you, a joke"""
    questions, answer = draw.pick(SMALL_TALK)
    return turn(draw.phrase(questions), answer)


def identity(draw: Draw) -> list[Message]:
    """how are you, thanks, goodbye, who are you, what can you do"""
    questions, answer = draw.pick(SMALL_TALK[:5])
    return turn(draw.phrase(questions), answer)


def ask_concept(draw: Draw, concept: str) -> list[Message]:
    """One question about one of the server's concepts."""
    if concept in UNCOUNTABLE:
        phrase = many = concept
    else:
        phrase, many = draw.pick([article(concept), article(concept), "the " + concept]), concept + "s"
    if draw.chance(0.15):
        phrase = many = concept
    return turn(draw.phrase(CONCEPT_QUESTIONS, a=phrase, bare=concept, many=many), CONCEPTS[concept])


def concept(draw: Draw) -> list[Message]:
    """what is a calculator"""
    if draw.chance(0.12):
        return two_concepts(draw)
    return ask_concept(draw, draw.pick(list(CONCEPTS)))


def two_concepts(draw: Draw) -> list[Message]:
    """what is the difference between a node and a calculator"""
    first, second = draw.sample(CONCEPTS, 2)
    fields = {"a": first if first in UNCOUNTABLE else article(first), "b": second if second in UNCOUNTABLE else article(second)}
    return turn(draw.phrase(TWO_CONCEPTS, **fields), f"{CONCEPTS[first]} {CONCEPTS[second]}")


def server(draw: Draw) -> list[Message]:
    """how do I start the server"""
    questions, answer = draw.pick(SERVER_QUESTIONS)
    return turn(draw.phrase(questions), answer)


def capital(draw: Draw) -> list[Message]:
    """what is the capital of France"""
    country, city = draw.pick(list(words.CAPITALS.items()))
    kind = draw.number(1, 20)
    if kind <= 13:
        return turn(draw.phrase(CAPITAL_QUESTIONS, country=country.lower() if draw.chance(0.12) else country), f"The capital of {country} is {city}.")
    if kind <= 15:
        return turn(draw.phrase(CAPITAL_ONE_WORD, country=country), city)
    if kind <= 17:
        country = next(first for first, its_capital in words.CAPITALS.items() if its_capital == city)
        return turn(draw.phrase(COUNTRY_QUESTIONS, city=city), f"{city} is the capital of {country}.")
    if kind == 18:
        return turn(draw.phrase(CAPITAL_CHECKS, city=city, country=country), f"Yes, the capital of {country} is {city}.")
    if kind == 19:
        other = draw.pick([other for other in words.CAPITALS.values() if other != city])
        return turn(draw.phrase(CAPITAL_CHECKS, city=other, country=country), f"No, the capital of {country} is {city}.")
    return turn(draw.phrase(["what is the capital of {country}?", "capital of {country}?", "~the capital of {country} is?"], country=draw.made_up()), DO_NOT_KNOW)


def fact(draw: Draw) -> list[Message]:
    """how many days are in a week, what is a cat, the opposite of hot"""
    kind = draw.number(1, 10)
    if kind <= 6:
        questions, answer = draw.pick(FACTS)
        return turn(draw.phrase(questions), answer)
    if kind <= 8:
        noun = draw.pick(list(NOUNS))
        phrase = noun if noun in MASS_NOUNS else "the " + noun if noun in ONLY_ONE else article(noun)
        many = phrase if noun in MASS_NOUNS | ONLY_ONE | {"fish"} else noun[:-1] + "ies" if noun == "city" else noun + "s"
        return turn(draw.phrase(NOUN_QUESTIONS, a=phrase, bare=noun, many=many), NOUNS[noun])
    word, other = draw.pick(list(words.OPPOSITES.items()))
    if draw.chance(0.5):
        word, other = other, word
    word = draw.pick([word, f'"{word}"'])
    return turn(draw.phrase(OPPOSITE_QUESTIONS, word=word), f"The opposite of {word} is {other}.")


def unknown(draw: Draw) -> list[Message]:
    """what nobody, or a small model, can know"""
    thing = draw.pick(words.THINGS)
    question = draw.phrase(
        UNKNOWN, made_up=draw.made_up(), made_up_small=draw.made_up(capital=False), a_thing=article(thing), things=thing, city=draw.value(words.CITIES),
        other_city=draw.value(words.CITIES), name=draw.name(), year=draw.number(1100, 2030),
        thing=thing, sport=draw.pick(SPORTS), animal=draw.pick(words.ANIMALS), animals=draw.pick([animal for animal in words.ANIMALS if animal not in ("fox", "wolf", "mouse", "fish", "sheep")]) + "s", verb=draw.pick(VERBS),
        adjective=draw.pick(ADJECTIVES), common=draw.pick(words.COMMON), other=draw.pick(words.COMMON), subject=draw.pick(SUBJECTS), job=draw.pick(words.JOBS), text=draw.text(2, 5), number=draw.number(2, 999), day=f"{draw.pick(words.MONTHS)} {draw.number(1, 28)}", foods=draw.pick(words.FOODS),
    )
    return turn(question, DO_NOT_KNOW)
