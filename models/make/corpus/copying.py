"""Skills that move words from the question to the answer: say, repeat, upper case, reverse, count, lists."""

from .draw import Draw, Message, listing, sentence, turn
from . import words

SAY = [
    "say {text}", "please say {text}", "say {text} please", "can you say {text}", "can you say {text}?", "could you say {text}?", "now say {text}", "just say {text}", "say {text} to me", "I want you to say {text}",
    "you must say {text}", "try to say {text}", "[ok|okay][,|] say {text}", "say it[:|,] {text}", "go on[,|] say {text}", "say {text}!", "say {text}.", "please[,|] say {text}.", "would you say {text}?", "let me hear you say {text}",
    "~would you please say {text}", "~I would like you to say {text}", "~say {text} for me",
]
SAY_EXACTLY = [
    "[please |]repeat after me: {text}", "[please |]repeat: {text}", "[please |]repeat this: {text}", "say: {text}", "say \"{text}\"[.|]", "say '{text}'[.|]", "[please |]repeat '{text}'[.|]", "[please |]repeat \"{text}\"[.|]", "[please |can you ]say exactly: {text}",
    "say this: {text}", "[please |]write: {text}", "[please |]write \"{text}\"[.|]", "echo: {text}", "echo {text}", "[please |]copy this[ text|]: {text}", "[please |]repeat the following[ text|]: {text}",
    "[please |]repeat [the words|the text|this text|the sentence]: {text}", "answer with \"{text}\"[.|]", "[please |]reply with: {text}", "reply with \"{text}\"[.|]", "reply [only|just] with \"{text}\"[.|]", "[please |]type: {text}",
    "print {text}", "print: {text}", "output: {text}", "[please |]output only this: {text}", "repeat {text}", "say the words \"{text}\"[.|]", "respond with \"{text}\"[.|]", "repeat what I say: {text}", "what I say, you repeat: {text}", "write this down: {text}",
    "[please |can you |could you ]say \"{text}\"[.|]", "please say '{text}'[.|]", "[please |now |just |go on and ]say: {text}", "[please |now ]say \"{text}\"[.|!]", "I want you to say \"{text}\"[.|]", "can you say \"{text}\"?", "[please |]print \"{text}\"[.|]", "[please |]type \"{text}\"[.|]", "[please |]answer: {text}", "[please |]send back: {text}", "[please |]say the following: {text}", "[please |]say the sentence \"{text}\"[.|]",
    "~echo this back[ to me|]: {text}", "~[please |]give me back this text: {text}", "~answer only with: {text}", "~your answer must be \"{text}\"[.|]",
]
SAY_ONE_WORD = ["say {word} in one word[.|]", "say {word} in a single word[.|]", "[reply|answer|respond] with [just |only |]the word {word}[.|]", "[reply|answer|respond] with [just|only] {word}[.|]", "[please |]say the single word {word}[.|]", "just the word {word}[,| and] nothing else[.|]", "[output|print|write|type] [just |only |]the word {word}[.|]", "say just one word: {word}", "your [answer|reply] is one word: {word}", "[write|type|print] only {word}[.|]", "[in|with] one word[,|] say {word}[.|]", "say the word {word}[.|]", "say only {word}[.|]", "say just {word}[.|]", "say {word} and nothing else[.|]", "answer with one word: {word}", "only say {word}[.|]", "~one word only: say {word}[.|]"]
SAY_TIMES = ["say {word} {times} times[.|]", "repeat {word} {times} times[.|]", "[please |]write {word} {times} times[.|]", "[please |]repeat the word {word} {times} times[.|]", "{times} times {word}[,|] please[.|]", "~I want {word} {times} times[.|]"]
TESTS = ["this is a test", "hello", "hello world", "hi", "yes", "no", "good morning", "I am a model", "the test works", "thank you", "that is right", "it works", "this is only a test", "hello there", "good night", "ok", "I am here", "this works", "hello everybody", "pong", "ready", "one two three", "testing"]
UPPER = ["[please |]write {text} in [upper case|uppercase|capital letters|capitals|all caps]", "[please |]write '{text}' in [upper case|uppercase|capital letters|capitals|all caps]", "[please |]write \"{text}\" in [upper case|uppercase|capital letters|capitals|all caps]", "[please |]write in [upper case|uppercase|capitals]: {text}", "[upper case|uppercase|capitals]: {text}", "[convert|change|turn] {text} [to|into] [upper case|uppercase|capital letters|capitals]",
         "make \"{text}\" [upper case|uppercase][.|]", "make this [upper case|uppercase]: {text}", "what is {text} in [upper case|uppercase|capital letters]?", "put {text} in [capitals|capital letters|upper case]", "shout {text}", "shout: {text}", "[please |]capitalise [every letter of |all of |]{text}[.|]", "{text} in [capitals|upper case|uppercase|capital letters][,| please|.|]", "[please |can you |]write this in [capitals|upper case|capital letters]: {text}", "[please |]use [capitals|capital letters] for: {text}", "[give|show] me {text} in [capitals|upper case|capital letters]", "[please |]type {text} in [upper case|capitals|all caps]", "say {text} in [capitals|capital letters|upper case]", "~how does {text} look in capitals?", "~uppercase this: {text}"]
LOWER = [pattern.replace("upper case|uppercase|capital letters|capitals|all caps", "lower case|lowercase|small letters").replace("upper case|uppercase|capital letters|capitals", "lower case|lowercase|small letters")
         .replace("upper case|uppercase|capitals", "lower case|lowercase").replace("upper case|uppercase|capital letters", "lower case|lowercase").replace("upper case|uppercase", "lower case|lowercase")
         for pattern in UPPER if "shout" not in pattern and "capitals|capital letters" not in pattern and "~" not in pattern] + ["~lowercase this: {text}"]
REVERSE = ["[please |]reverse [the list|this list|the words|the order of]: {items}", "reverse {items}", "reverse[ this|]: {items}", "[please |]say {items} backwards", "[please |]write {items} in reverse[ order|]", "[turn|put] this list around: {items}", "what is the reverse of {items}?",
           "[please |]list these in reverse order: {items}", "backwards[,|] please: {items}", "give me {items} in reverse order", "{items} - reverse this[ list|]", "reverse the order: {items}", "[please |]list {items} from the last to the first", "[please |]write the list backwards: {items}", "[please |]write these [words |]backwards: {items}", "start with the last[ one|]: {items}", "{items}, in reverse[ order|][,| please|.|]", "{items}, backwards", "what is {items} [backwards|in reverse]?", "flip [this list|the list|the order of]: {items}", "[please |]invert [this list|the list|the order]: {items}", "order these the other way round: {items}", "~from last to first: {items}", "~turn the order of {items} around"]
FIRST = ["what is the {which} [word|item] [of|in]: {items}", "[which|what] is the {which} of {items}?", "[please |]name the {which} [word|item|one] [of|in] {items}", "{which} [word|item] of: {items}", "which [one |word |item |]is {which}: {items}?", "[tell me|give me|say|write] the {which} [word|item|one] of {items}", "from the list {items}, name the {which}[ one| item|]", "the {which} of {items}, please", "which [word|item] comes {which} in {items}?", "{items}: [which|what] is the {which}[ one| word| item|]?", "what comes {which}[:|?] {items}", "[please |]take the {which} [word|item|one] of {items}[.|]", "I need the {which} [word|item|one] of {items}[.|]", "{items}. [What|Which] is the {which}[ one| word| item|]?", "[find|choose] the {which} [word|item|one]: {items}", "~in the list {items}, what comes {which}?", "~pick the {which} one: {items}"]
COUNT = ["[please |can you ]count [from {first} |]to {last}[.|]", "count from {first} to {last}[.|]", "[please |]count up to {last}[.|]", "[list|write|say|give me|print] the numbers from {first} to {last}[.|]", "[list|write|say] [all |]numbers from {first} to {last}[.|]", "numbers from {first} to {last}[.|]", "can you count from {first} to {last}?",
         "count {first} to {last}[.|]", "count from {first} up to {last}[.|]", "I want you to count from {first} to {last}[.|]", "let us count from {first} to {last}[.|]", "[please |]count[,|] starting [at|with|from] {first}[,|] [up |]to {last}[.|]", "[please |]count for me from {first} to {last}[.|]", "[now |ok, |]from {first} to {last}[,|] please[.|]", "[please |]say all numbers between {first} and {last}[.|]", "[type|output|show|name] the numbers from {first} to {last}[.|]", "could you count from {first} to {last}?", "begin at {first} and [stop|end] at {last}[.|]", "[please |]count to {last}[.|]", "what are the numbers from {first} to {last}?", "~go from {first} to {last}, counting[.|]", "~start at {first} and count to {last}[.|]"]
COUNT_DOWN = ["count down from {last}[ to {first}|][.|]", "count backwards from {last} to {first}[.|]", "[please |]count from {last} down to {first}[.|]", "count from {last} to {first}[.|]", "countdown from {last}[.|]", "~start at {last} and count down to {first}[.|]"]
HOW_MANY = ["how many [words|items|things] are [there |]in {items}?", "count the [words|items]: {items}", "how many are there[: |? ]{items}", "how many [words|items] [are these|do you see]: {items}", "{items} - how many [words|items|things] are that?", "how many [things|words|items] do I list here: {items}", "how long is the list {items}?", "how many [words|items] has the list {items}?", "the number of [words|items]: {items}", "what is the number of [words|items] in {items}?", "~tell me how many items this list has: {items}"]
SPELL = ["[please |can you ]spell {word}[.|]", "how do you spell {word}?", "spell the word {word}[.|]", "spell \"{word}\"[.|]", "what are the letters of {word}?", "[write|say] the letters of {word}[.|]", "~how is {word} spelled?"]
LISTS = ["[please |]list {count} {things}[.|]", "[please |]name {count} {things}[.|]", "[please |can you ]give me {count} {things}[.|]", "tell me {count} {things}[.|]", "[please |]write [down |]{count} {things}[.|]", "I need {count} {things}[.|]", "{count} {things}[,|] please[.|]", "{count} {things}[.|]", "what are {count} {things}?", "say {count} {things}[.|]",
         "can you name {count} {things}?", "make a list of {count} {things}[.|]", "[show|print] {count} {things}[.|]", "do you know {count} {things}?", "~think of {count} {things}[.|]", "~I would like to hear {count} {things}[.|]"]
WHOLE_LISTS = {
    ("the days of the week", "the week days", "all days of the week", "the seven days of the week"): ", ".join(words.DAYS) + ".",
    ("the months", "the months of the year", "all months", "the twelve months"): ", ".join(words.MONTHS) + ".",
    ("the planets", "all planets", "the planets of the solar system", "the eight planets"): ", ".join(words.PLANETS) + ".",
    ("the alphabet", "the letters of the alphabet", "all letters", "the ABC"): " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
}
WHOLE_LIST_QUESTIONS = ["[please |]list {things}[.|]", "[please |]name {things}[.|]", "what are {things}?", "[tell me|give me|say|write|recite] {things}[.|]", "[can you |please ]tell me {things}[.|]", "~I would like to know {things}[.|]"]
BULLETS = ["as a [bullet |]list: {items}", "[make|write] a [bullet |]list of {items}", "[put|write|turn] {items} [in|as|into] a [bullet |]list", "bullet points: {items}", "list these as bullet points: {items}", "[write|show|give me] [these|this] [as|in] bullet[s| points]: {items}", "a bullet list[ of|:] {items}", "{items} as a [bullet |]list[,| please|.|]", "{items} [as|in] bullet points[.|]", "each on its own line: {items}", "one [item |]per line: {items}", "~format {items} as bullet points"]
CHOOSE = ["which is [bigger|larger|greater|more], {a} or {b}?", "what is [bigger|larger|more|greater][:|,] {a} or {b}?", "is {a} or {b} [bigger|larger]?", "[bigger|larger]: {a} or {b}?", "~take the [bigger|larger] of {a} and {b}[.|]"]


def items_of(draw: Draw, low: int, high: int) -> list[str]:
    """A few different things of one kind."""
    kind = draw.pick([words.THINGS, words.ANIMALS, words.FOODS, words.COLOURS, words.FRUITS, words.JOBS, words.NAMES, words.CITIES, "made up", "numbers"])
    count = draw.number(low, high)
    if kind == "made up":
        return [draw.made_up(draw.chance(0.3)) for _ in range(count)]
    if kind == "numbers":
        return [str(draw.number(1, 99)) for _ in range(count)]
    return draw.sample(kind, count)


def joined(draw: Draw, items: list[str]) -> str:
    """The items as people write lists."""
    return draw.pick([", ", ", ", " "]).join(items) if draw.chance(0.8) else listing(items)


def said(draw: Draw, longest: int) -> str:
    """Something to say: a row of words, a sentence, or something that people say to try a server."""
    kind = draw.number(1, 10)
    if kind <= 5:
        return draw.text(1, longest)
    if kind <= 8:
        return draw.sentence()
    return draw.pick(TESTS)


def one_say(draw: Draw) -> list[Message]:
    """Say this is a test. Repeat after me: ..."""
    kind = draw.number(1, 20)
    if kind <= 7:
        text = said(draw, 7)
        return turn(draw.phrase(SAY, text=text), sentence(text))
    if kind <= 15:
        text = said(draw, 12)
        if draw.chance(0.5):
            text = text[0].upper() + text[1:] + draw.pick([".", "!", "", "?"])
        if draw.chance(0.15):
            text += " " + str(draw.number(1, 2000))
        return turn(draw.phrase(SAY_EXACTLY, text=text), text)
    if kind <= 18:
        word = draw.word()
        return turn(draw.phrase(SAY_ONE_WORD, word=draw.pick([word, word, f'"{word}"', f"'{word}'"])), sentence(word))
    word, times = draw.word(), draw.number(2, 6)
    return turn(draw.phrase(SAY_TIMES, word=word, times=draw.pick([times, words.NUMBER_WORDS[times]])), " ".join([word] * times))


def say(draw: Draw) -> list[Message]:
    """One or more requests to say something."""
    messages = one_say(draw)
    while draw.chance(0.25):
        messages += one_say(draw)
    return messages


def letter_case(draw: Draw) -> list[Message]:
    """Write hello world in upper case, once or more."""
    kinds = [words.COMMON] * 4 + [words.THINGS, words.ANIMALS, words.FOODS, words.COLOURS, words.NAMES, words.CITIES]
    messages: list[Message] = []
    while not messages or draw.chance(0.4):
        text = draw.pick(TESTS) if draw.chance(0.15) else " ".join(draw.pick(draw.pick(kinds)) for _ in range(draw.pick([1, 1, 1, 2, 2, 3, 4])))
        if draw.chance(0.75):
            messages += turn(draw.phrase(UPPER, text=text), text.upper())
        else:
            messages += turn(draw.phrase(LOWER, text=text.upper() if draw.chance(0.8) else text), text.lower())
    return messages


def lists(draw: Draw) -> list[Message]:
    """reverse, first, last, how many, bullet points"""
    kind = draw.number(1, 10)
    items = items_of(draw, 2, 6)
    text = joined(draw, items)
    if kind <= 3:
        return turn(draw.phrase(REVERSE, items=text), ", ".join(reversed(items)))
    if kind <= 7:
        which = draw.pick(["first", "last"])
        return turn(draw.phrase(FIRST, items=text, which=which), items[0 if which == "first" else -1])
    if kind == 8:
        return turn(draw.phrase(HOW_MANY, items=text), str(len(items)))
    return turn(draw.phrase(BULLETS, items=", ".join(items)), "\n".join("- " + item for item in items))


def count(draw: Draw) -> list[Message]:
    """Count from 1 to 10."""
    kind = draw.number(1, 10)
    if kind <= 7:
        first = 1 if draw.chance(0.6) else draw.number(0, 60)
        last = draw.pick([3, 4, 5, 5, 6, 8, 10, 10, 10, 12, 15, 20, 20, 25, 30, 50, 50]) if first == 1 and draw.chance(0.7) else first + draw.number(2, 20)
        spoken = [words.NUMBER_WORDS[number] for number in (first, last)] if last <= 20 and draw.chance(0.2) else (first, last)
        patterns = [pattern for pattern in COUNT if first == 1 or "{first}" in pattern and "[from {first} |]" not in pattern]
        return turn(draw.phrase(patterns, first=spoken[0], last=spoken[1]), ", ".join(str(number) for number in range(first, last + 1)))
    if kind <= 9:
        first, last = 1, draw.number(3, 20)
        return turn(draw.phrase(COUNT_DOWN, first=first, last=last), ", ".join(str(number) for number in range(last, first - 1, -1)))
    a, b = draw.sample(range(0, 100), 2)
    return turn(draw.phrase(CHOOSE, a=a, b=b), str(max(a, b)))


def name_some(draw: Draw) -> list[Message]:
    """List three colours. The days of the week. Spell cat."""
    kind = draw.number(1, 10)
    if kind <= 6:
        things = draw.pick(list(words.SAMPLE_LISTS))
        count = draw.number(2, 7)
        return turn(draw.phrase(LISTS, count=draw.pick([count, words.NUMBER_WORDS[count]]), things=things), ", ".join(words.SAMPLE_LISTS[things][:count]))
    if kind <= 8:
        names, answer = draw.pick(list(WHOLE_LISTS.items()))
        return turn(draw.phrase(WHOLE_LIST_QUESTIONS, things=draw.pick(names)), answer)
    word = draw.pick(draw.pick([words.ANIMALS, words.COLOURS, words.FRUITS, words.THINGS]))
    return turn(draw.phrase(SPELL, word=word), "-".join(word.upper()))


def count_on(draw: Draw) -> list[Message]:
    """Count from another number than one, up or down, once or more."""
    messages: list[Message] = []
    patterns = [pattern for pattern in COUNT if "{first}" in pattern and "[from {first} |]" not in pattern and pattern[0] != "~"]
    while not messages or draw.chance(0.4):
        first = draw.number(2, 12) if draw.chance(0.7) else draw.number(13, 90)
        last = first + draw.number(2, 12)
        if draw.chance(0.3):
            pattern = draw.pick(["count down from {last} to {first}[.|]", "count backwards from {last} to {first}[.|]", "[please |]count from {last} down to {first}[.|]", "count from {last} to {first}[.|]"])
            messages += turn(draw.phrase([pattern], first=first, last=last), ", ".join(str(number) for number in range(last, first - 1, -1)))
        else:
            messages += turn(draw.phrase(patterns, first=first, last=last), ", ".join(str(number) for number in range(first, last + 1)))
    return messages
