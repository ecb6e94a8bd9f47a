"""Small sums: a + b and a - b up to 20, a times b up to 12, exact divisions."""

from .draw import Draw, Message, turn
from .words import NUMBER_WORDS

FRAMES = ["what is {sum}?", "what's {sum}?", "how much is {sum}?", "{sum}?", "{sum} =", "{sum} = ?", "{sum}", "[please |can you |]calculate {sum}[.|]", "compute {sum}[.|]", "[please |]tell me what {sum} is[.|]", "what does {sum} [make|give|equal]?", "what is the [result|value] of {sum}?", "[please |]solve {sum}[.|]", "I need {sum}[.|]",
          "can you tell me {sum}?", "{sum} is [what|how much]?", "[hi|hello][,|!|] what is {sum}?", "and {sum}?", "do you know {sum}?", "[work out|find|answer] {sum}[.|]", "{sum} makes?", "give me {sum}[.|]", "what do you get for {sum}?", "[quick|math][ question|]: {sum}", "how much are {sum}?",
          "~what would {sum} be?", "~could you work out {sum}?", "~{sum} equals?", "~I forgot how much {sum} is[.|]"]
SIGNS = {
    "+": [" + ", " + ", "+", " plus ", " and "],
    "-": [" - ", " - ", "-", " minus ", " less "],
    "*": [" * ", " x ", "*", " times ", " multiplied by "],
    "/": [" / ", "/", " divided by "],
}
STORIES = [
    ("+", ["I have {a} {things} and get {b} more. How many {things} do I have[ now|]?", "{name} has {a} {things} and buys {b} more. How many {things} does {name} have[ now|]?", "there are {a} {things} on the table, and I add {b}. How many are there[ now|]?", "~{name} finds {a} {things} and then {b} {things}. How many are these[ together|]?"]),
    ("-", ["I have {a} {things} and give away {b}. How many {things} are left?", "{name} has {a} {things} and loses {b}. How many {things} does {name} have[ now|]?", "there are {a} {things}, and {b} are sold. How many [remain|are left]?", "~{name} had {a} {things} and ate {b}. How many remain?"]),
]
ONLY_NUMBER = ["what is {sum}? [Answer|Reply] with [only |just |]the number.", "{sum}? [Only|Just] the number[,|] please.", "[only|just] the number[:|,] what is {sum}?", "~the number only: {sum}"]


def operands(draw: Draw) -> tuple[int, str, int, int]:
    """Two numbers, the sign between them, and the result."""
    sign = draw.pick("+++---**/")
    if sign == "+":
        a, b = draw.number(0, 20), draw.number(0, 20)
        return a, sign, b, a + b
    if sign == "-":
        a, b = draw.number(0, 20), draw.number(0, 20)
        return a, sign, b, a - b
    a, b = draw.number(0, 12), draw.number(0, 12)
    if sign == "*":
        return a, sign, b, a * b
    b = max(b, 1)
    return a * b, sign, b, a


def sums(draw: Draw) -> list[Message]:
    """What is 12 plus 7? Sometimes one sum after the other."""
    messages = one_sum(draw)
    while draw.chance(0.45):
        messages += one_sum(draw)
    return messages


def one_sum(draw: Draw) -> list[Message]:
    """One question and its answer."""
    a, sign, b, result = operands(draw)
    if sign in "+-" and draw.chance(0.12):
        sign, patterns = draw.pick(STORIES)
        if sign == "-" and a < b:
            a, b = b, a
        result = a + b if sign == "+" else a - b
        question = draw.phrase(patterns, a=a, b=b, name=draw.name(), things=draw.pick(["apples", "books", "eggs", "coins", "balls", "pens", "cups", "cookies"]))
        return turn(question, f"{a} {sign} {b} = {result}, so the answer is {result}.")
    in_words = draw.chance(0.15) and a <= 20 and b <= 20
    text = draw.pick(SIGNS[sign]).join([NUMBER_WORDS[a], NUMBER_WORDS[b]] if in_words else [str(a), str(b)])
    if in_words and not text[len(NUMBER_WORDS[a])].isspace():
        text = NUMBER_WORDS[a] + " plus " + NUMBER_WORDS[b] if sign == "+" else f"{NUMBER_WORDS[a]} {sign} {NUMBER_WORDS[b]}"
    if draw.chance(0.1):
        return turn(draw.phrase(ONLY_NUMBER, sum=text), str(result))
    return turn(draw.phrase(FRAMES, sum=text), f"{a} {sign} {b} = {result}")
