"""Practice in finding and copying: word rows that come again, tables to look things up in, neighbours in a row."""

from .copying import joined
from .draw import Draw, Message, turn
from . import copying, formats, memory, reading, words

TABLES = ["{table}\n\n{question}", "{table}\n{question}", "Here is a list:\n{table}\n\n{question}", "{question}\n\n{table}", "List:\n{table}\n\nQuestion: {question}", "Use this table:\n{table}\n\n{question}", "Here are some values: {table}\n{question}", "{table}. {question}", "Given this list: {table}\n{question}", "{table}\n\nNow: {question}", "Table:\n{table}\n\n{question}", "These are the values.\n{table}\n\n{question}", "Data: {table}\n{question}", "{question} Here is the list: {table}", "I have this list: {table}. {question}", "~My notes are these:\n{table}\n\n{question}"]
VALUE_OF = ["what is {key}?", "what is the value of {key}?", "{key}?", "which value has {key}?", "look up {key}[.|]", "[please |]find {key}[.|]", "value of {key}?", "what belongs to {key}?", "[give|tell] me {key}[.|]", "what stands [next to|after|behind] {key}?", "what about {key}?", "and {key}?", "[what|which] [value |]is given for {key}?", "what does {key} have?", "what is written [at|next to] {key}?", "which value belongs to {key}?", "what value does {key} have?", "[the value|the entry] of {key}, please[.|]", "read me {key}[.|]", "what stands at {key}?", "the list says what for {key}?", "{key} has which value?", "what is listed for {key}?", "[show|read] me the value of {key}[.|]", "~what does the list say for {key}?", "~what can you read at {key}?"]
KEY_OF = ["which one is {value}?", "[who|what] has {value}?", "which [key|name|one|entry] has the value {value}?", "[where|which one] is {value}?", "what goes with {value}?", "{value} belongs to which one?", "who is listed with {value}?", "which [one|entry] says {value}?", "at which [key|name|entry] is {value}?", "[find|name] the one with {value}[.|]", "to which one does {value} belong?", "what stands before {value}?", "which key belongs to {value}?", "~whose value is {value}?"]
NEIGHBOUR = ["which [word|item|one] comes [right |]{side} {word}: {items}", "what [word |]comes {side} {word} in {items}?", "[give|tell] me the [word|item] {side} {word}: {items}", "{items} - [what|which word] is {side} {word}?", "in the list {items}, what is {side} {word}?", "the [word|item] {side} {word} in {items}?", "what is [right |]{side} {word} in {items}?", "{items}. [What|Which word] comes {side} {word}?", "list: {items}. [What|Which one] is {side} {word}?", "[find|name] the [word|item] {side} {word} in {items}[.|]", "what stands {side} {word}: {items}", "look at {items}. What is {side} {word}?", "{side} {word} comes which [word|item] in {items}?", "~{items}: which one stands {side} {word}?"]
PLACE = ["what is the {place} [word|item] [of|in] {items}?", "[give|tell] me the {place} [word|item] of {items}[.|]", "which [word|item] is {place} in {items}?", "{place} [word|item]: {items}", "what comes {place} in {items}?", "which is the {place} of {items}?", "{items}. [What|Which] is the {place}[ one| word|]?", "[name|find|say] the {place} [word|item|one] in {items}[.|]", "the {place} of {items}, please[.|]", "~{items}: which one is at the {place} place?"]
PLACES = ["second", "third", "fourth"]


def thing(draw: Draw, kind: int) -> str:
    """Something to find or to copy: a word, a name, a number or a city."""
    return [draw.word, draw.name, draw.made_up, lambda: str(draw.number(0, 9999)), draw.city, lambda: draw.made_up(capital=False)][kind]()


def different(draw: Draw, count: int) -> list[str]:
    """Different things of one kind."""
    kind, items = draw.number(0, 5), {}
    while len(items) < count:
        items[thing(draw, kind)] = True
    return list(items)


def table(draw: Draw, count: int) -> tuple[list[tuple[str, str]], str, str]:
    """Keys with values, what stands between them, and what stands between the entries."""
    pairs = list(zip(different(draw, count), different(draw, count)))
    return pairs, draw.pick([": ", ": ", " = ", " - ", " is ", "="]), draw.pick(["\n", "\n", ", ", "; "])


def look_up(draw: Draw) -> list[Message]:
    """A table with one to four questions, or the neighbour of a word in a row."""
    if draw.chance(0.35):
        items = different(draw, draw.number(2, 7))
        index, text = draw.number(0, len(items) - 1), joined(draw, items)
        if draw.chance(0.25) and len(items) > 3:
            place = draw.number(0, 2)
            return turn(draw.phrase(PLACE, place=PLACES[place], items=text), items[place + 1])
        side = "before" if index == len(items) - 1 or index > 0 and draw.chance(0.3) else "after"
        return turn(draw.phrase(NEIGHBOUR, side=side, word=items[index], items=text), items[index + (1 if side == "after" else -1)])
    pairs, between, end = table(draw, draw.number(2, 7))
    messages: list[Message] = []
    for key, value in draw.sample(pairs, draw.number(1, min(4, len(pairs)))):
        turned = draw.chance(0.2)
        question = draw.phrase(KEY_OF if turned else VALUE_OF, key=key, value=value)
        if not messages:
            layouts = [layout for layout in TABLES if draw.new_phrasings == (layout[0] == "~")]
            question = draw.pick(layouts).lstrip("~").format(table=end.join(key + between + value for key, value in pairs), question=question)
        messages += turn(question, key if turned else value)
    return messages


def changed(draw: Draw) -> dict:
    """Words with their upper case, their lower case or their letters; rows with their reverse. Many in one text."""
    kind, entries = draw.number(1, 4), []
    between, end = draw.pick([": ", " = ", " -> ", " "]), draw.pick(["\n", ", ", "; "])
    for _ in range(draw.number(4, 14)):
        word = draw.pick(draw.pick([words.COMMON, words.COMMON, words.THINGS, words.ANIMALS, words.FOODS, words.COLOURS, words.NAMES, words.CITIES]))
        if kind == 1:
            entries.append(word + between + word.upper())
        elif kind == 2:
            entries.append(word.upper() + between + word.lower())
        elif kind == 3:
            entries.append(word + between + "-".join(word.upper()))
        else:
            row = draw.sample(draw.pick([words.COMMON, words.THINGS, words.ANIMALS, words.FOODS, words.COLOURS, words.NAMES]), draw.number(2, 5))
            entries.append(", ".join(row) + "\n" + ", ".join(reversed(row)))
    if kind == 4:
        end = "\n\n"
    return {"prompt": entries[0] + end, "text": end.join(entries[1:])}


def questions(draw: Draw) -> dict:
    """A table, a row of entries asked for by their keys, and of keys asked for by their entries; the answers are learned with the questions."""
    pairs, between, end = table(draw, draw.number(2, 6))
    asked = [draw.pick(pairs) for _ in range(draw.number(2, 6))]
    lines = [f"{key}? {value}" if draw.chance(0.75) else f"{value}: {key}" for key, value in asked]
    return {"prompt": end.join(key + between + value for key, value in pairs) + "\n\n", "text": "\n".join(lines)}


def practice(draw: Draw) -> dict | list[Message]:
    """What the other skills need, each alone: copying, finding, changing letters, counting on, telling like facts apart."""
    return draw.pick([again, again, changed, changed, questions, questions, reading.alike, reading.alike, copying.count_on, memory.introduction, formats.json_of_things])(draw)


def again(draw: Draw) -> dict:
    """A row of words or a table, and the same once more; only the second time is learned."""
    if draw.chance(0.5):
        row = [thing(draw, draw.pick([0, 0, 0, 1, 2, 3, 5])) for _ in range(draw.number(4, 24))]
        between, end = draw.pick([" ", " ", ", ", "\n"]), draw.pick(["\n", ". ", " | "])
        text = between.join(row)
        return {"prompt": text + end, "text": end.join([text] * draw.number(1, 2))}
    pairs, between, end = table(draw, draw.number(4, 12))
    again = draw.sample(pairs, len(pairs))
    lines = [end.join(key + between + value for key, value in order) for order in (pairs, again)]
    return {"prompt": lines[0] + end, "text": lines[1]}
