"""What the checks of all Python clients share: the table runner, and what the demo model can do.

A client's file has checks, functions that take whatever `run` makes for the server's address, and ends in `run(make, checks)`:

    python openai_client.py http://127.0.0.1:8000

Prints a line for each check, with a trace for each that fails; exits 1 if any does.
"""

import math
import sys
import traceback

MODEL = "demo-chat"
SAY = [{"role": "user", "content": "Say this is a test"}]
TEST = "This is a test."

WEATHER_PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
WEATHER_FUNCTION = {"name": "get_weather", "description": "Get the weather in a city", "parameters": WEATHER_PARAMETERS}
WEATHER_TOOL = {"type": "function", "function": WEATHER_FUNCTION}
WEATHER = "What is the weather in Paris?"
WEATHERS = "What is the weather in Oslo and in Rome?"
SUNNY = '{"temperature": 21, "condition": "sunny"}'
WEATHER_ANSWER = r"Paris.*21.*sunny"

PERSON = "Reply in JSON with keys name and age: Ada is 36"
TOO_LONG = "a long story " * 4000

EMBED_MODEL = "demo-embed"
RERANK_MODEL = "demo-rerank"
# A question, and texts of which the second answers it.
QUERY = "What is the capital of France?"
DOCUMENTS = ["Berlin is in Germany.", "Paris is the capital of France.", "Cats are animals."]
# A text, one that means nearly the same, and one that does not.
TEXTS = ["How do I reset my password?", "I forgot my login credentials", "The recipe needs two eggs"]


def run(make, checks):
    subject = make(sys.argv[1])
    failed = 0
    for check in checks:
        try:
            check(subject)
            print("ok  ", check.__name__)
        except Exception:
            failed += 1
            print("FAIL", check.__name__)
            traceback.print_exc(file=sys.stdout)
    sys.exit(1 if failed else 0)


def length_of(vector):
    return math.sqrt(sum(value * value for value in vector))


def nearest(vector, others):
    """The index of the nearest of others, all of length 1."""
    return max(range(len(others)), key=lambda index: sum(a * b for a, b in zip(vector, others[index], strict=True)))


def raises(error_type, call, *arguments, **named):
    """The error of a call that must be refused."""
    try:
        call(*arguments, **named)
    except error_type as error:
        return error
    raise AssertionError(f"{named or arguments} was answered")
