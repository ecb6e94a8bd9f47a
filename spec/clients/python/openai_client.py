"""OpenAI's client."""

import asyncio
import json
import re

import openai
from pydantic import BaseModel

from checks import EMBED_MODEL, MODEL, PERSON, SAY, SUNNY, TEST, TEXTS, TOO_LONG, WEATHER, WEATHER_ANSWER, WEATHER_FUNCTION, WEATHER_TOOL, WEATHERS, length_of, nearest, raises, run


class Person(BaseModel):
    name: str
    age: int


def make(address):
    return openai.OpenAI(base_url=f"{address}/v3", api_key="unused", max_retries=0)


def asking(content, **more):
    return {"model": MODEL, "messages": [{"role": "user", "content": content}], "temperature": 0, **more}


def chat_unary(client):
    answer = client.chat.completions.create(model=MODEL, messages=SAY, temperature=0)
    assert answer.object == "chat.completion" and answer.id and answer.model == MODEL
    assert answer.choices[0].message.content == TEST, answer
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def chat_streamed_is_the_same_text(client):
    chunks = list(client.chat.completions.create(model=MODEL, messages=SAY, temperature=0, stream=True))
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TEST
    assert chunks[-1].choices[0].finish_reason == "stop"


def chat_stream_with_usage(client):
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model=MODEL, messages=SAY, stream=True, stream_options=options))
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0


def chat_asynchronous(client):
    async def ask():
        async with openai.AsyncOpenAI(base_url=client.base_url, api_key="unused") as parallel:
            answers = await asyncio.gather(*(parallel.chat.completions.create(model=MODEL, messages=SAY) for _ in range(4)))
            stream = await parallel.chat.completions.create(model=MODEL, messages=SAY, stream=True)
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            return [answer.choices[0].message.content for answer in answers] + [text]

    assert asyncio.run(ask()) == [TEST] * 5


def completion_unary_and_streamed(client):
    request = {"model": MODEL, "prompt": "Once upon a time", "max_tokens": 12, "temperature": 0}
    unary = client.completions.create(**request)
    assert unary.object == "text_completion" and unary.choices[0].text
    streamed = "".join(chunk.choices[0].text for chunk in client.completions.create(**request, stream=True) if chunk.choices)
    assert streamed == unary.choices[0].text


def seeded_sampling_repeats(client):
    def answer(seed):
        request = {"model": MODEL, "prompt": "Once upon a time", "max_tokens": 24, "temperature": 1.5, "seed": seed}
        return client.completions.create(**request).choices[0].text

    assert answer(7) == answer(7)
    assert len({answer(seed) for seed in range(8)}) > 1


def extra_body_fields(client):
    greedy = asking("Tell me a story", max_tokens=30)
    plain = client.chat.completions.create(**greedy).choices[0].message.content
    hot = client.chat.completions.create(**{**greedy, "temperature": 2}, extra_body={"top_k": 1}).choices[0].message.content
    assert hot == plain


def logprobs_whole_and_streamed(client):
    request = asking("Say this is a test", logprobs=True, top_logprobs=3)
    whole = client.chat.completions.create(**request).choices[0].logprobs.content
    assert "".join(each.token for each in whole).startswith(TEST)
    assert all(each.logprob <= 0 and len(each.top_logprobs) == 3 for each in whole)
    chunks = client.chat.completions.create(**request, stream=True)
    assert [each for chunk in chunks if chunk.choices[0].logprobs for each in chunk.choices[0].logprobs.content] == whole
    scored = client.completions.create(model=MODEL, prompt="The capital of France is", max_tokens=1, logprobs=2, temperature=0)
    assert len(scored.choices[0].logprobs.top_logprobs[0]) >= 2


def tool_call_result_and_answer(client):
    request = asking(WEATHER, tools=[WEATHER_TOOL])
    first = client.chat.completions.create(**request).choices[0]
    assert first.finish_reason == "tool_calls" and first.message.content is None, first
    [call] = first.message.tool_calls
    assert call.function.name == "get_weather" and json.loads(call.function.arguments) == {"city": "Paris"}
    request["messages"] += [first.message, {"role": "tool", "tool_call_id": call.id, "content": SUNNY}]
    assert re.search(WEATHER_ANSWER, client.chat.completions.create(**request).choices[0].message.content)


def tool_calls_streamed_in_fragments(client):
    calls = {}
    for chunk in client.chat.completions.create(**asking(WEATHERS, tools=[WEATHER_TOOL]), stream=True):
        for part in chunk.choices[0].delta.tool_calls or []:
            call = calls.setdefault(part.index, {"id": part.id, "name": part.function.name, "arguments": ""})
            call["arguments"] += part.function.arguments or ""
    assert [(call["name"], json.loads(call["arguments"])) for call in calls.values()] == [
        ("get_weather", {"city": "Oslo"}),
        ("get_weather", {"city": "Rome"}),
    ]
    assert len({call["id"] for call in calls.values()}) == 2


def structured_output_parsed(client):
    answer = client.chat.completions.parse(**asking(PERSON), response_format=Person)
    assert answer.choices[0].message.parsed == Person(name="Ada", age=36)
    with client.chat.completions.stream(**asking(PERSON), response_format=Person) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == Person(name="Ada", age=36)


def responses_unary_and_streamed(client):
    request = {"model": MODEL, "input": "Say this is a test", "temperature": 0}
    assert client.responses.create(**request).output_text == TEST
    events = list(client.responses.create(**request, stream=True))
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == TEST


def responses_tools(client):
    tools = [{"type": "function", **WEATHER_FUNCTION, "strict": True}]
    request = {"model": MODEL, "temperature": 0, "tools": tools}
    [call] = client.responses.create(**request, input=WEATHER).output
    assert (call.type, call.name, json.loads(call.arguments)) == ("function_call", "get_weather", {"city": "Paris"})
    result = {"type": "function_call_output", "call_id": call.call_id, "output": SUNNY}
    answer = client.responses.create(**request, input=[{"role": "user", "content": WEATHER}, call, result])
    assert re.search(WEATHER_ANSWER, answer.output_text), answer.output_text


def responses_parse(client):
    answer = client.responses.parse(model=MODEL, input=PERSON, text_format=Person, temperature=0)
    assert answer.output_parsed == Person(name="Ada", age=36)


def leaving_a_stream_leaves_the_server_serving(client):
    for _ in range(4):
        stream = client.chat.completions.create(model=MODEL, messages=SAY, stream=True)
        next(iter(stream))
        stream.close()
    chat_unary(client)


def unknown_model(client):
    error = raises(openai.NotFoundError, client.chat.completions.create, model="no-such-model", messages=SAY)
    assert error.status_code == 404 and error.code == "model_not_found"


def wrong_fields(client):
    for field, value in [("temperature", 9), ("max_tokens", "many"), ("n", 0), ("stop", 3)]:
        error = raises(openai.BadRequestError, client.chat.completions.create, model=MODEL, messages=SAY, extra_body={field: value})
        assert error.param == field, (field, error.body)


def too_long(client):
    error = raises(openai.BadRequestError, client.chat.completions.create, **asking(TOO_LONG))
    assert error.code == "context_length_exceeded"


def embeddings_as_base64_by_default_and_as_numbers(client):
    answer = client.embeddings.create(model=EMBED_MODEL, input=TEXTS)
    numbers = client.embeddings.create(model=EMBED_MODEL, input=TEXTS, encoding_format="float")
    assert answer.object == "list" and answer.model == EMBED_MODEL
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 6
    assert [each.index for each in answer.data] == [0, 1, 2]
    for packed, listed in zip(answer.data, numbers.data):
        assert all(abs(a - b) < 1e-8 for a, b in zip(packed.embedding, listed.embedding, strict=True))
        assert abs(length_of(packed.embedding) - 1) < 1e-5
    first, *others = (each.embedding for each in answer.data)
    assert nearest(first, others) == 0


def embeddings_of_token_ids_and_in_fewer_dimensions(client):
    tokens = [client.post("/tokenize", body={"model": EMBED_MODEL, "text": text}, cast_to=dict)["tokens"] for text in TEXTS]
    by_ids = client.embeddings.create(model=EMBED_MODEL, input=tokens)
    assert by_ids.data == client.embeddings.create(model=EMBED_MODEL, input=TEXTS).data
    assert len(client.embeddings.create(model=EMBED_MODEL, input=tokens[0], user="u").data) == 1
    short = client.embeddings.create(model=EMBED_MODEL, input=TEXTS[0], dimensions=8).data[0].embedding
    assert len(short) == 8 and abs(length_of(short) - 1) < 1e-5


def embeddings_refused(client):
    for fields in [{"input": []}, {"input": ""}, {"input": "a", "dimensions": 100_000}, {"input": ["a"] * 2049}, {"input": [10**9]}]:
        error = raises(openai.BadRequestError, client.embeddings.create, model=EMBED_MODEL, **fields)
        assert error.param and error.param.split("[")[0] in fields


def models_are_listed(client):
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODEL).object == "model"


CHECKS = [
    chat_unary,
    chat_streamed_is_the_same_text,
    chat_stream_with_usage,
    chat_asynchronous,
    completion_unary_and_streamed,
    seeded_sampling_repeats,
    extra_body_fields,
    logprobs_whole_and_streamed,
    tool_call_result_and_answer,
    tool_calls_streamed_in_fragments,
    structured_output_parsed,
    responses_unary_and_streamed,
    responses_tools,
    responses_parse,
    leaving_a_stream_leaves_the_server_serving,
    unknown_model,
    wrong_fields,
    too_long,
    embeddings_as_base64_by_default_and_as_numbers,
    embeddings_of_token_ids_and_in_fewer_dimensions,
    embeddings_refused,
    models_are_listed,
]

if __name__ == "__main__":
    run(make, CHECKS)
