"""Remembering what was said earlier in the conversation."""

from .conversation import capital, fact, identity, small_talk
from .draw import Draw, Message, turn
from .sums import sums
from . import words

# what is remembered: how it is told, how it is asked, the answer, and the answer when it was never told
KINDS = {
    "name": (
        ["my name is {x}[.|!|]", "I am {x}[.|!|]", "I'm {x}[.|!|]", "call me {x}[.|]", "you can call me {x}[.|]", "[hi|hello|hey][,|!|] I am {x}[.|!|]", "[hi|hello|hey][,|!|] I'm {x}[.|!|]", "[hi|hello|hey][,|!|] my name is {x}[.|!|]", "please remember that my name is {x}[.|]", "the name is {x}[.|]", "[hi|hello][,|] this is {x}[.|]", "my name's {x}[.|]", "people call me {x}[.|]", "~they call me {x}[.|]", "~{x} is my name[.|]"],
        ["what is my name?", "what's my name?", "who am I?", "[do you |can you |]remember my name?", "[do you |]know my name?", "what am I called?", "tell me my name[.|]", "say my name[.|]", "which name did I [give|tell] you?", "what name did I tell you?", "can you tell me my name?", "[so|and][,|] what is my name?", "my name is?", "what did I say my name was?", "~how am I called?", "~could you remind me of my name?"],
        "Your name is {x}.", "You have not told me your name."),
    "age": (
        ["I am {x} years old[.|]", "I am {x}[.|]", "my age is {x}[.|]", "I'm {x} years old[.|]", "I turned {x} [today|this year][.|]", "please remember that I am {x} years old[.|]", "~I have just become {x}[.|]"],
        ["how old am I?", "what is my age?", "what's my age?", "[do you |]remember my age?", "[do you |]know how old I am?", "tell me my age[.|]", "what age did I tell you?", "my age is?", "[so|and][,|] how old am I?", "~how many years old am I?"],
        "You are {x} years old.", "You have not told me your age."),
    "colour": (
        ["my favourite colour is {x}[.|]", "my favorite color is {x}[.|]", "I like the colour {x}[.|]", "I like {x} best[.|]", "the colour I like [best|most] is {x}[.|]", "I love the color {x}[.|]", "please remember that my favourite colour is {x}[.|]", "{x} is my favourite colour[.|]", "~no colour is better than {x} for me[.|]"],
        ["what is my favourite colour?", "what is my favorite color?", "what's my favourite colour?", "which colour do I like[ best|]?", "which color do I like?", "[do you |]remember my favourite colour?", "tell me my favourite colour[.|]", "what colour do I like?", "[so|and][,|] what is my favourite colour?", "do you know my favorite color?", "~what colour did I say I like?"],
        "Your favourite colour is {x}.", "You have not told me your favourite colour."),
    "city": (
        ["I live in {x}[.|]", "my home is in {x}[.|]", "I am from {x}[.|]", "I'm from {x}[.|]", "I come from {x}[.|]", "my city is {x}[.|]", "my home town is {x}[.|]", "please remember that I live in {x}[.|]", "I moved to {x}[.|]", "~my house is in {x}[.|]"],
        ["where do I live?", "which city do I live in?", "where am I from?", "what is my city?", "[do you |]remember where I live?", "[do you |]know where I live?", "tell me where I live[.|]", "in which city do I live?", "where is my home?", "[so|and][,|] where do I live?", "what city am I from?", "~what city did I say I live in?"],
        "You live in {x}.", "You have not told me where you live."),
    "pet": (
        ["my {kind} is called {x}[.|]", "I have a {kind} called {x}[.|]", "I have a {kind} named {x}[.|]", "my {kind}'s name is {x}[.|]", "the name of my {kind} is {x}[.|]", "my {kind} is named {x}[.|]", "please remember that my {kind} is called {x}[.|]", "~{x} is the name of my {kind}[.|]"],
        ["what is my {kind} called?", "what is the name of my {kind}?", "what is my {kind}'s name?", "what's my {kind}'s name?", "[do you |]remember the name of my {kind}?", "tell me the name of my {kind}[.|]", "who is my {kind}?", "[so|and][,|] what is my {kind} called?", "[do you |]know my {kind}'s name?", "~how did I name my {kind}?"],
        "Your {kind} is called {x}.", "You have not told me about a {kind}."),
    "job": (
        ["I am a {x}[.|]", "I work as a {x}[.|]", "my job is {x}[.|]", "I'm a {x}[.|]", "by profession I am a {x}[.|]", "please remember that I am a {x}[.|]", "~I earn my money as a {x}[.|]"],
        ["what is my job?", "what's my job?", "what do I do[ for a living|]?", "[do you |]remember my job?", "what do I work as?", "tell me my job[.|]", "[so|and][,|] what is my job?", "[do you |]know my job?", "what is my profession?", "~which job did I tell you?"],
        "You work as a {x}.", "You have not told me your job."),
    "food": (
        ["my favourite food is {x}[.|]", "my favorite food is {x}[.|]", "I like to eat {x}[.|]", "I love {x}[.|]", "the food I like [best|most] is {x}[.|]", "please remember that I like {x}[.|]", "~I could eat {x} all day[.|]"],
        ["what is my favourite food?", "what is my favorite food?", "what's my favourite food?", "what do I like to eat?", "which food do I like?", "[do you |]remember my favourite food?", "tell me my favourite food[.|]", "[so|and][,|] what is my favourite food?", "~what food did I say I like?"],
        "Your favourite food is {x}.", "You have not told me your favourite food."),
    "number": (
        ["[please |]remember the number {x}[.|]", "the number is {x}[.|]", "my number is {x}[.|]", "the code is {x}[.|]", "the secret number is {x}[.|]", "my lucky number is {x}[.|]", "keep the number {x} in mind[.|]", "~do not forget the number {x}[.|]"],
        ["what was the number?", "what is the number?", "which number [was it|did I tell you|did I say]?", "[do you |]remember the number?", "tell me the number[.|]", "what is my number?", "what was the code?", "what is the secret number?", "[so|and][,|] what is the number?", "what number did I tell you?", "~which number should you keep in mind?"],
        "The number is {x}.", "You have not told me a number."),
}
PET_KINDS = ["cat", "dog", "horse", "rabbit", "parrot", "hamster", "goat", "turtle", "mouse", "fish"]


def told(draw: Draw, kind: str) -> dict[str, object]:
    """A value for one kind of thing, as fields of its wordings."""
    value = {
        "name": draw.name, "age": lambda: draw.number(5, 99), "colour": draw.colour, "city": draw.city, "pet": draw.name,
        "job": lambda: draw.pick([job for job in words.JOBS if job[0] not in "aeiou"]), "food": lambda: draw.pick(words.FOODS), "number": lambda: draw.number(2, 9999),
    }[kind]()
    return {"x": value, "kind": draw.pick(PET_KINDS)}


def acknowledgement(kind: str, fields: dict[str, object]) -> str:
    """What the assistant says when it is told something."""
    if kind == "name":
        return f"Hello, {fields['x']}! Nice to meet you."
    return "I will remember that. " + KINDS[kind][2].format(**fields)


def memory(draw: Draw) -> list[Message]:
    """Tells one to three things, talks of something else now and then, asks for some of them."""
    kinds = draw.sample(KINDS, draw.pick([1, 1, 2, 2, 3]))
    fields = {kind: told(draw, kind) for kind in kinds}
    messages: list[Message] = []
    if draw.chance(0.15):
        messages += small_talk(draw)
    if len(kinds) > 1 and draw.chance(0.4):
        statements = [draw.phrase(KINDS[kind][0], **fields[kind]).rstrip(".!") for kind in kinds]
        statements = [part if index == 0 or not part.startswith(("My ", "The ", "You ", "Please ")) else part[0].lower() + part[1:] for index, part in enumerate(statements)]
        question = draw.pick([" and ", ", and ", ". "]).join(statements) + draw.pick([".", ""])
        if "name" in kinds:
            answer = f"Hello, {fields['name']['x']}! Nice to meet you."
        else:
            answer = "I will remember that. " + " ".join(KINDS[kind][2].format(**fields[kind]) for kind in kinds)
        messages += turn(question, answer)
    else:
        for kind in kinds:
            messages += turn(draw.phrase(KINDS[kind][0], **fields[kind]), acknowledgement(kind, fields[kind]))
    while draw.chance(0.3):
        messages += draw.pick([small_talk, identity, sums, capital, fact])(draw)
    asked = draw.sample(kinds, draw.number(1, len(kinds)))
    for kind in asked:
        messages += turn(draw.phrase(KINDS[kind][1], **fields[kind]), KINDS[kind][2].format(**fields[kind]))
    if draw.chance(0.12):
        kind = draw.pick([kind for kind in KINDS if kind not in kinds])
        pet = told(draw, kind)
        messages += turn(draw.phrase(KINDS[kind][1], **pet), KINDS[kind][3].format(**pet))
    return messages


def never_told(draw: Draw) -> list[Message]:
    """Asks for something that was not said before."""
    kind = draw.pick(list(KINDS))
    fields = told(draw, kind)
    return turn(draw.phrase(KINDS[kind][1], **fields), KINDS[kind][3].format(**fields))


INTRODUCTIONS = ["I'm {x} and I am {age}[ years old|][.|]", "I am {x} and I'm {age}[ years old|][.|]", "I'm {x}, I am {age}[ years old|][.|]", "my name is {x} and I am {age}[ years old|][.|]", "[hi|hello|hey][,|!] I'm {x} and I'm {age}[ years old|][.|]", "I am {x}, {age} years old[.|]", "my name is {x}, I am {age}[ years old|] and I live in {city}[.|]", "I'm {x}, {age}, from {city}[.|]", "I am {x} from {city}[.|]", "my name is {x} and I live in {city}[.|]", "I'm {x} and I live in {city}[.|]", "[hi|hello][,|!] I am {x} and I come from {city}[.|]"]


def introduction(draw: Draw) -> list[Message]:
    """I'm Theo and I am 42. How old am I? And what is my name?"""
    fields = {"x": draw.name(), "age": draw.number(5, 99), "city": draw.city()}
    told_as = draw.pick(INTRODUCTIONS)
    messages = turn(draw.phrase([told_as], **fields), f"Hello, {fields['x']}! Nice to meet you.")
    while draw.chance(0.25):
        messages += draw.pick([small_talk, identity, sums, capital, fact])(draw)
    known = [(kind, field) for kind, field in (("name", "x"), ("age", "age"), ("city", "city")) if "{" + field + "}" in told_as]
    for kind, field in draw.sample(known, draw.number(1, len(known))):
        question = draw.phrase([pattern for pattern in KINDS[kind][1] if pattern[0] != "~"], x=fields[field])
        if len(messages) > 2 and draw.chance(0.3):
            question = draw.pick(["And ", "and "]) + question[0].lower() + question[1:]
        messages += turn(question, KINDS[kind][2].format(x=fields[field]))
    return messages
