"""Answers in a form: JSON, and what a system prompt asks for."""

import json

from .conversation import capital, concept, fact, greet, identity, small_talk, unknown
from .copying import say
from .draw import Draw, Message, turn
from .sums import one_sum
from . import words

# a key, its values, and how a text states it
FIELDS = {
    "name": ("name", "{who}"), "age": ("age", "is {x} years old"), "city": ("city", "lives in {x}"), "job": ("job", "works as a {x}"), "colour": ("colour", "likes the colour {x}"),
    "color": ("colour", "likes the color {x}"), "food": ("food", "likes {x}"), "pet": ("name", "has a pet called {x}"), "country": ("country", "comes from {x}"), "email": ("email", "has the email address {x}"), "phone": ("phone", "has the phone number {x}"),
}
JSON_FROM_TEXT = [
    "[reply|answer|respond] [only |]with [a |]JSON [object |]with [the |]keys {keys}: {text}", "{text} [Reply|Answer|Respond] [only |]in JSON with [the |]keys {keys}.", "{text} [Give me|Return|Write|Make] a JSON object with {keys}.", "{text}\n[JSON|Json|json] with {keys}[,| please|.|]", "parse this into JSON with [the |]keys {keys}: {text}",
    "read the text and [give|write|return] {keys} as JSON.\n\n{text}", "text: \"{text}\" [Extract|Return] {keys} as JSON.", "make JSON from this[:|.] {text} [Keys|The keys are|Use the keys]: {keys}", "json please with {keys}: {text}", "I want a JSON object with [the |]keys {keys}. {text}", "describe this as JSON with {keys}: {text}", "respond in JSON. [Keys|Fields]: {keys}. Text: {text}",
    "[reply|answer|respond] in JSON with [the |]keys {keys}: {text}", "[reply|answer|respond] in JSON with [the |]keys {keys}. {text}", "[give me|write|return|make|create] [a |]JSON [object |]with [the |]keys {keys}: {text}", "extract {keys} as JSON: {text}", "extract [the |]{keys} from this text as JSON: {text}",
    "{text} [Reply|Answer|Write this] [in|as] JSON with [the |]keys {keys}.", "{text}\n\n[Extract|Give me|Return] {keys} as JSON.", "as JSON with {keys}: {text}", "JSON with keys {keys}: {text}", "turn this into JSON with [the |]keys {keys}: {text}", "[please |]put this in[to|] JSON with [the |]keys {keys}: {text}",
    "text: {text}\nkeys: {keys}\nJSON:", "[please |]convert to JSON ({keys}): {text}", "{text} Write {keys} in JSON.", "write JSON with {keys}. {text}", "return {keys} as [a |]JSON[ object|]. {text}", "find {keys} in the text and [answer|reply] in JSON. {text}", "output JSON with fields {keys}. {text}", "[give|send] me {keys} in JSON: {text}",
    "~what are {keys} here, as JSON? {text}", "~fill a JSON object with {keys}: {text}", "~{text} I need {keys} in JSON.",
]
JSON_FROM_PAIRS = [
    "[give me|write|make|create|return] [a |]JSON [object |]where {pairs}[.|]", "[give me|write|make|create] [a |]JSON [object |]in which {pairs}[.|]", "I want [a |]JSON [object |]with {pairs}[.|]", "[please |]put {pairs} in[to|] JSON[.|]", "a JSON object[:|,] {pairs}", "json: {pairs}",
    "[give me|write|make|create|return] [a |]JSON [object |]with {pairs}[.|]", "[reply|answer|respond] in JSON[:|with] {pairs}", "write {pairs} as JSON[.|]", "JSON with {pairs}[.|]", "[please |]write this as JSON: {pairs}", "turn into JSON: {pairs}", "as JSON: {pairs}", "[make|build] a JSON object: {pairs}",
    "convert to JSON: {pairs}", "{pairs} as JSON[,|] please[.|]", "output [a |]JSON object with {pairs}[.|]", "print JSON with {pairs}[.|]", "~JSON, please: {pairs}", "~show {pairs} as a JSON object[.|]",
]
JSON_LIST = ["[give me|write|make|return|list] {items} as a JSON [array|list][.|]", "[a |]JSON [array|list] of {items}[,| please|.|]", "[please |]write a JSON [array|list] with {items}[.|]", "turn {items} into a JSON [array|list][.|]", "as [a |]JSON [array|list]: {items}", "~put {items} in a JSON array[.|]"]
JSON_QUESTION = ["{question} [Answer|Reply|Respond] in JSON[.| with the key answer.]", "[answer|reply|respond] in JSON[ with the key answer|]: {question}", "in JSON[,|:] {question}", "{question} [Give|Write] the answer as JSON.", "{question} [Use|Only] JSON.", "~I want JSON: {question}"]
PLAIN_KEYS = ["status", "count", "id", "title", "price", "total", "code", "level", "type", "value", "size", "user", "item", "state", "note", "a", "b", "x", "y", "first", "second", "width", "height"]

NEUTRAL = [
    "You are a helpful assistant.", "You are a helpful assistant", "You are an assistant.", "You are a friendly assistant.", "You are a helpful AI assistant.", "Be helpful.", "You are helpful and honest.", "You are a chatbot.",
    "You are a helpful, respectful and honest assistant.", "Answer the user's questions.", "You are a useful assistant. Answer briefly.", "Be brief.", "You are a concise assistant.", "Help the user.", "You are a polite assistant.",
    "Don't make assumptions about what values to plug into functions. Ask for clarification if a user request is ambiguous.", "You are a customer support agent. Be polite.", "You are a helpful assistant that answers questions.",
]
END_WITH = ["[always |please |]end [every|each|your|all your] [answer|answers|reply|sentence|message] with {x}.", "finish [every|each|your] [answer|reply|message] with {x}.", "the last word of [every|each|your] [answer|reply] must be {x}.", "add {x} at the end of [every|each|your] [answer|reply|message].", "you always say {x} at the end.", "[you are a helpful assistant. |]always end with {x}.", "~close all your messages with {x}."]
BEGIN_WITH = ["[always |please |]begin [every|each|your|all your] [answer|answers|reply|sentence|message] with {x}.", "start [every|each|your] [answer|reply|message] with {x}.", "the first word of [every|each|your] [answer|reply] must be {x}.", "[you are a helpful assistant. |]always start with {x}.", "~open all your messages with {x}."]
UPPER = ["[always |please |][answer|reply|write|speak|respond] in [upper case|uppercase|capital letters|capitals|all caps][ only|].", "[use|write] only [upper case|uppercase|capital] letters.", "[all|every] [answers|answer] must be in [upper case|uppercase|capital letters].", "you [always |]shout[ in capital letters|].", "[you are a helpful assistant. |][answer|reply] in [upper case|uppercase|capital letters].", "~write everything in capitals."]
JSON_ONLY = ["[always |please |][answer|reply|respond] in JSON[ only|].", "[answer|reply|respond] with a JSON object with the key answer.", "[all|every] [answers|answer] must be [in |]JSON.", "you [only |]speak JSON.", "[you are a helpful assistant. |][answer|reply] [only |]in JSON.", "~give all answers as JSON."]
PERSONA = ["you are {x}[, a helpful assistant|, an assistant|, a friendly robot|, a polite bot|, a wise old owl|, the assistant of a shop|].", "your name is {x}.", "you are an assistant [called|named] {x}.", "you are called {x}. [Be helpful.|Help the user.|]", "[act as|pretend to be] {x}.", "you are a helpful assistant named {x}.", "~from now on your name is {x}."]
PIRATE = ["you are a pirate.", "you are a pirate. [Answer|Speak|Talk] like one.", "[answer|speak|talk] like a pirate.", "[act like|pretend to be|you act as] a pirate.", "you speak like a pirate.", "be a pirate.", "~you sail the seas as a pirate."]
WHO_QUESTIONS = ["who are you?", "what is your name?", "what's your name?", "tell me your name[.|]", "what should I call you?", "[hi|hello][,|!] who are you?", "introduce yourself[.|]", "what are you called?", "do you have a name?", "~may I know your name?"]
END_WORDS = ["meow", "over", "amen", "thank you", "Arr!", "done", "cheers", "please", "the end", "sir", "my friend", "woof", "indeed", "dear", "beep", "OK", "stop", "moo", "peace", "bananas"]


def capitalised(text: str) -> str:
    """A system prompt's own wording always starts with a capital."""
    return text[0].upper() + text[1:]


def json_value(draw: Draw, kind: str) -> object:
    """A value for a key of JSON."""
    word = draw.made_up(capital=False)
    return {
        "name": draw.name, "age": lambda: draw.number(5, 99), "city": draw.city, "job": lambda: draw.pick([job for job in words.JOBS if job[0] not in "aeiou"]), "colour": draw.colour,
        "food": lambda: draw.pick(words.FOODS), "country": lambda: draw.pick([country for country in words.CAPITALS if country[:3] != "the"]),
        "email": lambda: f"{word}@{draw.pick(['mail', 'post', 'web', 'home'])}.{draw.pick(['com', 'org', 'net'])}", "phone": lambda: str(draw.number(10000, 999999)),
    }[kind]()


def json_from_text(draw: Draw) -> list[Message]:
    """Reply in JSON with keys name and age: Ada is 36."""
    others = draw.sample([key for key in FIELDS if key != "name"], draw.number(1, 3))
    values = {key: json_value(draw, FIELDS[key][0]) for key in ["name"] + others}
    clauses = [FIELDS[key][1].format(x=values[key]) for key in others]
    if others[0] == "age" and draw.chance(0.5):
        clauses[0] = f"is {values['age']}"
    who = values["name"]
    text = draw.pick([f"{who} " + " and ".join(clauses) + ".", " ".join(f"{who} {clause}." for clause in clauses), f"{who} " + ", ".join(clauses), f"My name is {who}. {who} " + " and ".join(clauses) + "."])
    keys = ["name"] + others
    if len(keys) > 2 and draw.chance(0.3):
        keys.remove(draw.pick(others))
    if draw.chance(0.15):
        draw.random.shuffle(keys)
    listed = draw.pick([", ".join(keys), ", ".join(keys[:-1]) + " and " + keys[-1], " and ".join(keys), ", ".join(f'"{key}"' for key in keys)])
    return turn(draw.phrase(JSON_FROM_TEXT, keys=listed, text=text), json.dumps({key: values[key] for key in keys}))


def json_from_pairs(draw: Draw) -> list[Message]:
    """A JSON object with a = 1 and b = 2."""
    keys = draw.sample(PLAIN_KEYS + ["name", "age", "city", "colour"], draw.number(1, 4))
    values = {key: json_value(draw, key) if key in ("name", "age", "city", "colour") else draw.number(0, 999) if draw.chance(0.6) else draw.pick(words.COMMON + words.THINGS) for key in keys}
    form = draw.pick(["{} = {}", "{}: {}", "{} {}", "{} is {}", "{}={}"])
    parts = [form.format(key, value) for key, value in values.items()]
    return turn(draw.phrase(JSON_FROM_PAIRS, pairs=draw.pick([", ", " and "]).join(parts)), json.dumps(values))


def json_answers(draw: Draw) -> list[Message]:
    """One or more answers in JSON."""
    messages = one_json(draw)
    while draw.chance(0.25):
        messages += one_json(draw)
    return messages


def one_json(draw: Draw) -> list[Message]:
    """Objects from texts, objects from pairs, arrays, and answers to questions."""
    kind = draw.number(1, 20)
    if kind <= 10:
        return json_from_text(draw)
    if kind <= 14:
        return json_from_pairs(draw)
    if kind <= 17:
        if draw.chance(0.5):
            things, count = draw.pick(list(words.SAMPLE_LISTS)), draw.number(2, 6)
            return turn(draw.phrase(JSON_LIST, items=f"{draw.pick([count, words.NUMBER_WORDS[count]])} {things}"), json.dumps(words.SAMPLE_LISTS[things][:count]))
        items = draw.sample(draw.pick([words.THINGS, words.FOODS, words.ANIMALS, words.NAMES, words.CITIES, words.COMMON, [str(number) for number in range(100)]]), draw.number(2, 5))
        return turn(draw.phrase(JSON_LIST, items=", ".join(items)), json.dumps(items))
    question, answer = draw.pick([capital, fact, one_sum])(draw)
    return turn(draw.phrase(JSON_QUESTION, question=question["content"]), json.dumps({"answer": answer["content"]}))


def system_rules(draw: Draw) -> list[Message]:
    """A system prompt that changes the form of every answer."""
    def plain() -> list[Message]:
        return draw.pick([greet, identity, small_talk, capital, fact, one_sum, concept, unknown, say])(draw)

    kind = draw.number(1, 12)
    if kind <= 3:
        word = draw.pick(END_WORDS) if draw.chance(0.4) else draw.word()
        rule, change = draw.phrase(END_WITH, x=draw.pick([word, f'"{word}"', f"'{word}'", f"the word {word}"])), lambda text: f"{text} {word}"
    elif kind == 4:
        word = draw.pick(["Well,", "Sure!", "Yes.", "Listen:", "Dear friend,", "Ahoy!", "Hmm,", "Answer:"]) if draw.chance(0.6) else draw.made_up() + "!"
        rule, change = draw.phrase(BEGIN_WITH, x=draw.pick([word, f'"{word}"'])), lambda text: f"{word} {text}"
    elif kind <= 6:
        rule, change = draw.phrase(UPPER), str.upper
    elif kind <= 8:
        rule, change = draw.phrase(JSON_ONLY), lambda text: json.dumps({"answer": text})
    elif kind <= 10:
        name = draw.name() if draw.chance(0.7) else draw.name() + draw.pick(["-2", "-3", " 2", "Bot", "-7B", " Bot", "GPT"])
        rule = capitalised(draw.phrase(PERSONA, x=name))
        messages = turn(draw.phrase(WHO_QUESTIONS), f"I am {name}. How can I help you?")
        if draw.chance(0.4):
            messages = plain() + messages
        return [{"role": "system", "content": rule}] + messages
    else:
        rule, change = draw.phrase(PIRATE), lambda text: f"Ahoy, matey! {text} Arr!"
    messages = plain()
    while draw.chance(0.3):
        messages += plain()
    for message in messages:
        if message["role"] == "assistant":
            message["content"] = change(message["content"])
    return [{"role": "system", "content": capitalised(rule)}] + messages


# keys, and how a text states their values
OTHER_TEXTS = [
    (("city", "country"), ["{city} is in {country}.", "{city} is a city in {country}.", "{city} lies in {country}.", "{city}, {country}", "The city {city} is in {country}.", "I live in {city} in {country}."]),
    (("capital", "country"), ["{city} is the capital of {country}.", "The capital of {country} is {city}."]),
    (("country", "city"), ["{city} is in {country}.", "The country is {country} and the city is {city}."]),
    (("product", "price"), ["The {thing} costs {number} euros.", "A {thing} for {number} euros.", "The price of the {thing} is {number}."]),
    (("item", "colour"), ["The {thing} is {colour}.", "A {colour} {thing}.", "The colour of the {thing} is {colour}."]),
    (("item", "count"), ["There are {number} {thing}s.", "I bought {number} {thing}s.", "{number} {thing}s, please."]),
    (("name", "city"), ["{name} from {city}.", "{name} lives in {city}.", "The city of {name} is {city}."]),
    (("name", "age"), ["{name} is {number}.", "{name} is {number} years old.", "{name}, {number}", "{name} turned {number}."]),
    (("animal", "name"), ["My {animal} is called {name}.", "The {animal} {name}.", "I have a {animal} named {name}."]),
    (("event", "day"), ["The party is on {day}.", "The party takes place on {day}."]),
    (("from", "to"), ["A train from {city} to {other}.", "I fly from {city} to {other}.", "From {city} to {other}, please."]),
]


def json_of_things(draw: Draw) -> list[Message]:
    """Answer in JSON with keys city and country: Rome is in Italy."""
    keys, texts = draw.pick(OTHER_TEXTS)
    country = draw.pick([country for country in words.CAPITALS if country[:3] != "the"])
    city = words.CAPITALS[country] if draw.chance(0.5) else draw.city()
    fields = {"city": city, "other": draw.city(), "country": country, "thing": draw.pick(words.THINGS), "number": draw.number(1, 999), "colour": draw.colour(), "name": draw.name(), "animal": draw.pick(words.ANIMALS), "day": draw.pick(words.DAYS)}
    source = {"capital": "city", "product": "thing", "item": "thing", "price": "number", "count": "number", "age": "number", "from": "city", "to": "other"}
    values = {key: "party" if key == "event" else fields[source.get(key, key)] for key in keys}
    listed = draw.pick([", ".join(keys), " and ".join(keys), " and ".join(keys), ", ".join(f'"{key}"' for key in keys)])
    patterns = [pattern for pattern in JSON_FROM_TEXT if pattern[0] != "~"]
    return turn(draw.phrase(patterns, keys=listed, text=draw.pick(texts).format(**fields)), json.dumps(values))
