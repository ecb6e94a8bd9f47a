"""Anthropic's client."""

import re

import anthropic
from pydantic import BaseModel

from checks import MODEL, PERSON, SAY, SUNNY, TEST, TOO_LONG, WEATHER, WEATHER_ANSWER, WEATHER_FUNCTION, WEATHERS, raises, run

class Person(BaseModel):
    name: str
    age: int


TOOLS = [
    {"name": WEATHER_FUNCTION["name"], "description": WEATHER_FUNCTION["description"], "input_schema": WEATHER_FUNCTION["parameters"]}
]


def make(address):
    return anthropic.Anthropic(base_url=address, api_key="unused", max_retries=0)


def asking(content, **more):
    return {"model": MODEL, "max_tokens": 200, "messages": [{"role": "user", "content": content}], **more}


def unary(client):
    message = client.messages.create(model=MODEL, max_tokens=50, messages=SAY)
    assert (message.type, message.role, message.model) == ("message", "assistant", MODEL)
    assert [(block.type, block.text) for block in message.content] == [("text", TEST)]
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0


def system_prompt_and_blocks(client):
    blocks = [{"type": "text", "text": "What is your name?"}]
    message = client.messages.create(**asking(blocks, system="You are a helpful assistant named Llama-3."))
    assert "Llama" in message.content[0].text, message


def streamed(client):
    with client.messages.stream(**asking("Say this is a test")) as stream:
        assert "".join(stream.text_stream) == TEST
        final = stream.get_final_message()
    assert final.stop_reason == "end_turn" and final.content[0].text == TEST
    kinds = [event.type for event in client.messages.create(**asking("Say this is a test"), stream=True)]
    assert kinds[:2] == ["message_start", "content_block_start"], kinds
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"], kinds


def tool_use_result_and_answer(client):
    request = asking(WEATHER, tools=TOOLS)
    first = client.messages.create(**request)
    [use] = first.content
    assert first.stop_reason == "tool_use"
    assert (use.type, use.name, use.input) == ("tool_use", "get_weather", {"city": "Paris"})
    result = {"type": "tool_result", "tool_use_id": use.id, "content": SUNNY}
    request["messages"] += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    answer = client.messages.create(**request)
    assert re.search(WEATHER_ANSWER, answer.content[0].text), answer


def tool_uses_streamed_in_fragments(client):
    with client.messages.stream(**asking(WEATHERS, tools=TOOLS)) as stream:
        fragments = [event.partial_json for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    assert [block.input for block in final.content] == [{"city": "Oslo"}, {"city": "Rome"}], final
    assert len(fragments) > 1 and final.stop_reason == "tool_use"


def tool_choice_any_and_named(client):
    for choice in ({"type": "any"}, {"type": "tool", "name": "get_weather"}):
        message = client.messages.create(**asking("Hello", tools=TOOLS, tool_choice=choice))
        assert [(block.type, block.name) for block in message.content][:1] == [("tool_use", "get_weather")], message


def structured_output_parsed(client):
    message = client.messages.parse(**asking(PERSON), output_format=Person)
    assert message.parsed_output == Person(name="Ada", age=36), message


def tokens_are_counted(client):
    counted = client.messages.count_tokens(model=MODEL, messages=SAY)
    assert counted.input_tokens == client.messages.create(**asking("Say this is a test")).usage.input_tokens


def stops(client):
    cut = client.messages.create(**asking("Say this is a test", stop_sequences=[" a "]))
    assert (cut.stop_reason, cut.stop_sequence, cut.content[0].text) == ("stop_sequence", " a ", "This is")
    short = client.messages.create(**{**asking("Tell me a story"), "max_tokens": 3})
    assert short.stop_reason == "max_tokens"


def unknown_model(client):
    error = raises(anthropic.NotFoundError, client.messages.create, **{**asking("Hello"), "model": "no-such-model"})
    assert error.body["type"] == "error" and error.body["error"]["type"] == "not_found_error"


def wrong_fields_and_too_long(client):
    for request in (asking("Hello", extra_body={"temperature": 9}), {**asking("Hello"), "max_tokens": 0}, asking(TOO_LONG)):
        error = raises(anthropic.BadRequestError, client.messages.create, **request)
        assert error.body["error"]["type"] == "invalid_request_error" and error.body["error"]["message"], error.body


def leaving_a_stream_leaves_the_server_serving(client):
    for _ in range(4):
        with client.messages.stream(**asking("Tell me a story")) as stream:
            next(stream.text_stream)
    unary(client)


CHECKS = [
    unary,
    system_prompt_and_blocks,
    streamed,
    tool_use_result_and_answer,
    tool_uses_streamed_in_fragments,
    tool_choice_any_and_named,
    structured_output_parsed,
    tokens_are_counted,
    stops,
    unknown_model,
    wrong_fields_and_too_long,
    leaving_a_stream_leaves_the_server_serving,
]

if __name__ == "__main__":
    run(make, CHECKS)
