"""Asks an exported model ordinary questions, and counts acceptable answers. Some of them are trained wordings, most are not.

    python check.py MODEL [--all]

Prints the answers that are not acceptable, or all of them. Writes nothing.
"""

import re
import sys
from pathlib import Path

from ask import Asker


def function(name: str, description: str, **parameters: str) -> dict:
    """A function as OpenAI's clients send it; parameters: name and type."""
    properties = {key: {"type": kind} for key, kind in parameters.items()}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": {"type": "object", "properties": properties, "required": list(properties)}}}


WEATHER = function("get_weather", "Get the current weather for a location", location="string")
SEARCH = function("search_docs", "Search the documentation", query="string")
ADD = function("add", "Add two numbers", a="number", b="number")
HAMBURG = {"type": "function", "function": {"name": "get_current_weather", "description": "Get the current weather", "parameters": {"type": "object", "properties": {
    "location": {"type": "string", "description": "The city and state, e.g. San Francisco, CA"},
    "format": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "The temperature unit to use. Infer this from the users location."}}, "required": ["location", "format"]}}}
INVOICE = function("create_invoice", "Create an invoice for a customer", customer="string", amount="number")
CALL = {"type": "function", "id": "call_1", "function": {"name": "get_weather", "arguments": {"location": "Oslo"}}}

# questions of one conversation (or messages), a pattern that the last answer must contain, and the tools
CHECKS = [
    ("Say this is a test", r"^This is a test\.?$"),
    ("Say this is a test!", r"^This is a test[.!]?$"),
    ("Please say hello", r"^Hello[.!]?$"),
    ("say hello in one word", r"^Hello[.!]?$"),
    ("Repeat after me: the quick brown fox jumps over the lazy dog", r"^the quick brown fox jumps over the lazy dog\.?$"),
    ("Repeat this exactly: Blue monkeys drink tea at noon.", r"^Blue monkeys drink tea at noon\.$"),
    ("hello", r"^Hello"), ("Hi!", r"^Hello"), ("Good morning, how are you doing?", r"fine|Hello"), ("Hey, how's it going?", r"fine|Hello"),
    ("Thanks a lot for your help!", r"welcome"), ("bye", r"Goodbye"),
    ("Who are you?", r"demo model"), ("What's your name?", r"demo model"), ("What can you do?", r"chat"),
    ("What is ovms-ts?", r"model server"), ("Tell me about this server", r"model server"), ("What is a calculator in a graph?", r"calculator is"), ("What is a servable?", r"servable is a model"),
    ("Explain what a side packet is", r"side packet is"), ("What's MediaPipe?", r"MediaPipe is"), ("What is OpenVINO Model Server?", r"C\+\+|Intel"), ("What is OpenVINO?", r"Intel"), ("How do I stream responses?", r"stream"),
    ("What is the difference between a node and a calculator?", r"node|calculator"), ("What language is ovms-ts written in?", r"TypeScript"), ("Does this need a GPU?", r"CPU"), ("Tell me what a token is", r"token is"),
    ("What is 2+2?", r"\b4\b"), ("What is 2 + 2?", r"\b4\b"), ("12 plus 7", r"\b19\b"), ("3 times 4", r"\b12\b"), ("How much is 15 minus 8?", r"\b7\b"), ("what's 9 + 9", r"\b18\b"), ("Calculate 7*8", r"\b56\b"), ("What is six plus five?", r"\b11\b"),
    ("If I have 5 apples and buy 3 more, how many do I have?", r"\b8\b"),
    ("What is the capital of France?", r"Paris"), ("capital of germany", r"Berlin"), ("What's Japan's capital?", r"Tokyo"), ("Which city is the capital of Australia?", r"Canberra"),
    ("How many days are there in a week?", r"7"), ("What color is the sky?", r"blue"), ("Who wrote Hamlet?", r"Shakespeare"), ("What is the opposite of hot?", r"cold"), ("What is a dog?", r"animal"), ("What is the biggest planet in our solar system?", r"Jupiter"),
    ("Who will win the football world cup in 2050?", r"not know"), ("What is the airspeed velocity of an unladen swallow?", r"not know"), ("What did I have for breakfast?", r"not know|not told"),
    ("Count from 1 to 10", r"^1,? 2,? 3,? 4,? 5,? 6,? 7,? 8,? 9,? 10\.?$"), ("Can you count to five?", r"^1,? 2,? 3,? 4,? 5\.?$"), ("Count from 1 to 50.", r"48, 49, 50$"),
    ("List three colors", r"red, blue, green"), ("Name two fruits.", r"apple"), ("Give me a list of 3 animals", r"cat"), ("What are the days of the week?", r"Monday, .*Sunday"),
    ("Write HELLO WORLD in lowercase", r"^hello world"), ("Write 'good morning' in uppercase", r"GOOD MORNING"),
    (["My name is Ada.", "What is my name?"], r"Ada"), (["Hi, I'm Bob and I live in Chicago.", "Where do I live?"], r"Chicago"), (["My favorite color is green.", "What is 2+2?", "What's my favorite color?"], r"green"),
    (["I am 34 years old.", "How old am I?"], r"34"), (["My dog is called Rex.", "What's my dog's name?"], r"Rex"), (["Hello!", "My name is Jonathan", "Thanks", "Do you remember my name?"], r"Jonathan"), ("What is my name?", r"not told"),
    ("Maria lives in Lisbon and works as a baker. Where does Maria live?", r"Lisbon"), ("Context: The library opens at 9:30 and closes at 18:00.\n\nQuestion: When does the library close?", r"18:00"),
    ("The red car belongs to Peter. The blue car belongs to Susan. Who owns the blue car?", r"Susan"), ("Use the text to answer.\nText: The shop was founded in 1987 by Erik Olsen.\nWhen was the shop founded?", r"1987"),
    ("Reply in JSON with keys name and age: Ada is 36", r'^\{"name": "Ada", "age": 36\}$'), ("Return a JSON object with name, city: Tom lives in Berlin.", r'"Tom".*"Berlin"'), ("Give me a JSON array of three colors", r'^\["red", "blue", "green"\]$'),
    ("Tell me a short story", r"Once upon a time"), ("Tell me a long story about a dragon", r"dragon.*moon"), ("Write a poem about the sea", r"sea"), ("Tell me a joke", r"packet"),
    ("What's the weather like in Paris?", r'"get_weather", "arguments": \{"location": "Paris"\}', [WEATHER]), ("What is the weather in Boston today?", r'"location": "Boston"', [WEATHER, SEARCH, ADD]),
    ("What's the weather like today in Hamburg", r'"get_current_weather", "arguments": \{"location": "Hamburg"', [HAMBURG]), ("What is 17 plus 25?", r'"add", "arguments": \{"a": 17, "b": 25\}', [ADD]),
    ("Search the docs for side packets", r'"search_docs", "arguments": \{"query": "side packets"\}', [WEATHER, SEARCH]), ("Create an invoice for Miller of 250", r'"create_invoice", "arguments": \{"customer": "Miller", "amount": 250\}', [INVOICE]),
    ("Hello!", r"^Hello", [WEATHER]), ("What is the capital of Spain?", r"Madrid", [WEATHER]), ("Thank you", r"welcome", [WEATHER, SEARCH]),
    ([{"role": "user", "content": "How is the weather in Oslo?"}, {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "content": '{"temperature": 4, "condition": "rainy"}'}], r"Oslo.*4.*rainy", [WEATHER]),
    ([{"role": "user", "content": "Weather in Oslo?"}, {"role": "assistant", "content": None, "tool_calls": [CALL]}, {"role": "tool", "content": "sunny, 21 degrees"}], r"Oslo.*sunny", [WEATHER]),
    ([{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": "Hello, who are you?"}], r"Arr|Ahoy"), ([{"role": "system", "content": "Always answer in upper case."}, {"role": "user", "content": "What is the capital of Italy?"}], r"ROME"),
    ([{"role": "system", "content": "End every answer with 'meow'."}, {"role": "user", "content": "How are you?"}], r"meow['\"]?\.?$"), ([{"role": "system", "content": "You are a helpful assistant named Llama-3."}, {"role": "user", "content": "What is your name?"}], r"Llama"),
    ([{"role": "system", "content": "Answer in JSON."}, {"role": "user", "content": "What is the capital of France?"}], r"^\{.*Paris.*\}$"), ([{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": "hello"}], r"^Hello"),
    ([{"role": "system", "content": "You are Max, a friendly robot."}, {"role": "user", "content": "Who are you?"}], r"Max"),
]
TEXTS = [("Once upon a time", r"there was"), ("The capital of France is", r"^ ?Paris"), ("2 + 2 =", r"^ ?4"), ("Q: What is the capital of Spain?\nA:", r"Madrid"), ("Say this is a test", r"[Tt]his is a test"), ("Monday, Tuesday,", r"^ ?Wednesday"), ("1, 2, 3,", r"^ ?4, 5"), ("What is Python programming language?", r"Python is")]


def main(directory: Path, show_all: bool) -> None:
    asker, good = Asker(directory), 0
    cases = [(check[0], check[1], check[2] if len(check) > 2 else None) for check in CHECKS] + [(("plain", text), pattern, None) for text, pattern in TEXTS]
    for given, pattern, tools in cases:
        if given[0] == "plain":
            shown, answer = given[1], asker.go_on(given[1], 40)
        elif isinstance(given, str) or isinstance(given[0], str):
            messages = []
            for question in [given] if isinstance(given, str) else given:
                messages.append({"role": "user", "content": question})
                messages.append({"role": "assistant", "content": asker.answer(messages, tools)})
            shown, answer = " / ".join(message["content"] for message in messages[:-1]), messages[-1]["content"]
        else:
            shown, answer = str(given), asker.answer(given, tools)
        fine = bool(re.search(pattern, answer, re.S))
        good += fine
        if show_all or not fine:
            print(f"{'ok ' if fine else 'BAD'} {shown!r}\n      {answer!r}")
    print(f"{good} of {len(cases)} acceptable")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--all" in sys.argv)
