"""Longer texts: stories, poems, long dialogues, and plain text that is not a dialogue."""

from .conversation import capital, concept, fact, greet, identity, server, small_talk, unknown
from .copying import count, letter_case, lists, name_some, one_say, say
from .draw import Draw, Message, article, turn
from .formats import one_json
from .knowledge import CONCEPTS, FACTS, NOUNS
from .memory import memory
from .reading import reading
from .sums import one_sum, operands
from . import words

STORY = ["[please |can you |]tell me a story about {a}[.|]", "[please |can you |]write a story about {a}[.|]", "a story about {a}[,|] please[.|]", "[please |]tell a story of {a}[.|]", "story about {a}", "[please |]write a [short |]story with {a}[.|]", "I want [to hear |]a story about {a}[.|]", "make up a story about {a}[.|]", "give me a story about {a}[.|]", "do you know a story about {a}?",
         "once there was {a}. Go on.", "~I would love a story about {a}[.|]", "~a bedtime story about {a}[.|]"]
ANY_STORY = ["[please |can you |]tell me a story[.|]", "[please |can you |]write a story[.|]", "a story[,|] please[.|]", "tell a story[.|]", "I want [to hear |]a story[.|]", "make up a story[.|]", "do you know a story?", "write a short story[.|]", "give me a story[.|]", "~I would love a story[.|]"]
LONG_STORY = ["[please |can you |]tell me a long story about {a}[.|]", "[please |can you |]write a long story about {a}[.|]", "a long story about {a}[,|] please[.|]", "long story about {a}", "I want a long story about {a}[.|]", "~make it a long story about {a}[.|]"]
ANY_LONG_STORY = ["[please |can you |]tell me a long story[.|]", "[please |can you |]write a long story[.|]", "a long story[,|] please[.|]", "I want a long story[.|]", "~make up a very long story[.|]"]
POEM = ["[please |can you |]write a poem about {topic}[.|]", "[please |]tell me a poem about {topic}[.|]", "a poem about {topic}[,|] please[.|]", "poem about {topic}", "[please |]make a [short |]poem about {topic}[.|]", "write [me |]a haiku about {topic}[.|]", "I want a poem about {topic}[.|]", "give me a poem on {topic}[.|]", "~some verses about {topic}[.|]"]


def short_story(hero: str) -> str:
    """A story of about 60 tokens."""
    return (f"Once upon a time there was {article(hero)}. The {hero} lived in a small house by the river. One day the {hero} found a golden key. "
            f"It opened a door in the old tree, and behind the door was a garden full of light. The {hero} was happy and stayed there.")


def long_story(hero: str) -> str:
    """A story of about 200 tokens."""
    return (short_story(hero).replace(" and stayed there.", ".") + f" But after seven days the {hero} wanted to go home. The door was closed, and the key was gone. "
            f"The {hero} asked the wind, and the wind did not know. The {hero} asked the rain, and the rain did not know. Then the {hero} asked the moon. "
            f"\"The key is where you left it,\" said the moon. \"Look under the white stone.\" The {hero} looked under the white stone, and there it was. "
            f"The door opened, and the {hero} walked home along the river. All the friends of the {hero} came to the small house, and they ate bread and honey. "
            f"Since that day the {hero} keeps the golden key, and every year, on the first day of spring, they all go and see the garden. The end.")


def poem(topic: str) -> str:
    """Four lines."""
    return f"I sat and thought of {topic},\nwhile day was turning into night.\nI wrote a line on {topic},\nand all the stars were bright."


def hero(draw: Draw) -> str:
    return draw.pick(words.ANIMALS + words.JOBS + ["robot", "king", "queen", "princess", "dragon", "child", "giant", "pirate", "knight", "calculator", "server", "computer"])


def story(draw: Draw) -> list[Message]:
    """A story or a poem."""
    kind = draw.number(1, 10)
    if kind == 1:
        return turn(draw.phrase(ANY_STORY), short_story("fox"))
    if kind == 2:
        return turn(draw.phrase(ANY_LONG_STORY), long_story("fox"))
    if kind <= 4:
        who = hero(draw)
        return turn(draw.phrase(LONG_STORY, a=article(who)), long_story(who))
    if kind <= 7:
        who = hero(draw)
        return turn(draw.phrase(STORY, a=article(who)), short_story(who))
    topic = draw.pick(["the sea", "the moon", "the sun", "spring", "summer", "autumn", "winter", "love", "rain", "snow", "music", "graphs", "packets", "time", "the river", "trees", "flowers", "home", "friends", "the night"] + [animal + "s" for animal in words.ANIMALS if animal not in ("fox", "wolf", "mouse", "fish", "sheep")])
    return turn(draw.phrase(POEM, topic=topic), poem(topic))


def long_dialogue(draw: Draw, turns: int) -> list[Message]:
    """Many turns of everything, with something to remember."""
    skills = [greet, small_talk, identity, capital, fact, concept, one_sum, unknown, say, lists, count, name_some, letter_case, reading, server, one_json]
    messages = memory(draw) if draw.chance(0.5) else greet(draw)
    for _ in range(turns):
        part = draw.pick(skills)(draw)
        messages += [message for message in part if message["role"] != "system"] if len(part) % 2 == 0 else []
    return messages


def chat(draw: Draw) -> list[Message]:
    """Two to five turns of different skills."""
    return long_dialogue(draw, draw.number(1, 4))


def long_chat(draw: Draw) -> list[Message]:
    """Ten to twenty-five turns, some hundred tokens."""
    return long_dialogue(draw, draw.number(8, 22))


def bare(draw: Draw) -> dict:
    """A question or request as plain text, not as a dialogue, and its answer in the next line: with such the completions endpoint is tried."""
    messages = draw.pick([say, say, identity, concept, server, capital, fact, one_sum, greet, count])(draw)
    question, answer = (message["content"] for message in [message for message in messages if message["role"] != "system"][:2])
    return {"prompt": question, "text": "\n" + answer}


def sentences(draw: Draw) -> str:
    """One or two sentences of plain text."""
    kind = draw.number(1, 9)
    if kind == 1:
        country, city = draw.pick(list(words.CAPITALS.items()))
        return draw.pick([f"The capital of {country} is {city}.", f"{city} is the capital of {country}."])
    if kind == 2:
        return draw.pick(list(CONCEPTS.values()))
    if kind == 3:
        return draw.pick(list(NOUNS.values()))
    if kind == 4:
        return draw.pick(FACTS)[1]
    if kind == 5:
        rows = [operands(draw) for _ in range(draw.number(1, 8))]
        return draw.pick([", ", "\n"]).join(f"{a} {sign} {b} = {result}" for a, sign, b, result in rows)
    if kind == 6:
        word, other = draw.pick(list(words.OPPOSITES.items()))
        return f"The opposite of {word} is {other}."
    if kind == 7:
        who, city, job, food = draw.name(), draw.city(), draw.pick([job for job in words.JOBS if job[0] not in "aeiou"]), draw.pick(words.FOODS)
        return draw.pick([f"{who} is a {job} from {city}.", f"{who} lives in {city}. {who} works as a {job} and likes to eat {food}.", f"My name is {who}, and I live in {city}. I am a {job}."])
    if kind == 8:
        first = draw.number(1, 20)
        return ", ".join(str(number) for number in range(first, first + draw.number(5, 20)))
    names = draw.pick([words.DAYS, words.MONTHS, words.PLANETS])
    return ", ".join(names[draw.number(0, 2):])


def plain_text(draw: Draw) -> str:
    """Text without roles, as for the completions endpoint: sentences, questions with answers, stories."""
    kind = draw.number(1, 10)
    if kind <= 5:
        return " ".join(sentences(draw) for _ in range(draw.pick([1, 1, 2, 3])))
    if kind <= 6:
        return draw.pick([short_story, long_story])(hero(draw))
    if kind == 7:
        question, answer = draw.pick([fact, capital, one_sum, concept])(draw)
        return draw.pick([f"Q: {question['content']}\nA: {answer['content']}", f"Question: {question['content']}\nAnswer: {answer['content']}"])
    question, answer = draw.pick([one_say, one_say, small_talk, concept, capital, fact, one_sum])(draw)
    return f"{question['content']}\n{answer['content']}"
