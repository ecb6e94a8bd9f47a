"""LlamaIndex's OpenAILike and OpenAILikeEmbedding."""

import asyncio
import re

import openai
from llama_index.core.llms import ChatMessage, MessageRole
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

from checks import DOCUMENTS, EMBED_MODEL, MODEL, PERSON, QUERY, SUNNY, TEST, TOO_LONG, WEATHER, WEATHER_ANSWER, WEATHERS, length_of, nearest, raises, run


def get_weather(city: str) -> str:
    """Get the weather in a city"""
    return SUNNY


class Person(BaseModel):
    """A person with name and age."""

    name: str
    age: int


TOOL = FunctionTool.from_defaults(fn=get_weather)


def make(address):
    def like(**more):
        settings = {"model": MODEL, "is_chat_model": True, "is_function_calling_model": True, "context_window": 2048, **more}
        return OpenAILike(api_base=f"{address}/v1", api_key="unused", temperature=0, max_retries=0, **settings)

    like.address = address
    return like


def user(content):
    return ChatMessage(role=MessageRole.USER, content=content)


def chat_unary_and_streamed(like):
    assert like().chat([user("Say this is a test")]).message.content == TEST
    parts = list(like().stream_chat([user("Say this is a test")]))
    assert "".join(part.delta or "" for part in parts) == TEST and len(parts) > 1
    assert asyncio.run(like().achat([user("Say this is a test")])).message.content == TEST


def complete_by_chat_and_by_completions(like):
    assert like().complete("Say this is a test").text == TEST
    plain = like(is_chat_model=False, max_tokens=12)
    text = plain.complete("Once upon a time").text
    assert "there was" in text and list(plain.stream_complete("Once upon a time"))[-1].text == text, text


def tool_call_result_and_answer(like):
    llm = like()
    first = llm.chat_with_tools([TOOL], chat_history=[user(WEATHER)])
    [call] = llm.get_tool_calls_from_response(first)
    assert (call.tool_name, call.tool_kwargs) == ("get_weather", {"city": "Paris"})
    result = ChatMessage(role=MessageRole.TOOL, content=SUNNY, additional_kwargs={"tool_call_id": call.tool_id})
    answer = llm.chat_with_tools([TOOL], chat_history=[user(WEATHER), first.message, result])
    assert re.search(WEATHER_ANSWER, answer.message.content), answer


def tool_calls_streamed_in_fragments(like):
    llm = like()
    last = list(llm.stream_chat_with_tools([TOOL], chat_history=[user(WEATHERS)], allow_parallel_tool_calls=True))[-1]
    calls = llm.get_tool_calls_from_response(last)
    assert [call.tool_kwargs for call in calls] == [{"city": "Oslo"}, {"city": "Rome"}], last


def tool_required(like):
    answer = like().predict_and_call([TOOL], user_msg="What is the weather in Rome?")
    assert SUNNY in str(answer)
    forced = like().chat_with_tools([TOOL], chat_history=[user("Hello")], tool_required=True)
    assert like().get_tool_calls_from_response(forced)[0].tool_name == "get_weather"


def structured_output(like):
    for llm in (like(), like(should_use_structured_outputs=True)):
        assert isinstance(llm.structured_predict(Person, PromptTemplate(PERSON)), Person)
    structured = like(should_use_structured_outputs=True).as_structured_llm(Person).complete(PERSON)
    assert structured.raw == Person(name="Ada", age=36), structured


def logprobs(like):
    answer = like(logprobs=True, top_logprobs=2).chat([user("Say this is a test")])
    assert answer.logprobs and all(each[0].logprob <= 0 for each in answer.logprobs)


def errors(like):
    raises(openai.NotFoundError, like(model="no-such-model").chat, [user("Hello")])
    error = raises(openai.BadRequestError, like(additional_kwargs={"top_p": -1}).chat, [user("Hello")])
    assert error.param == "top_p"
    error = raises(openai.BadRequestError, like().chat, [user(TOO_LONG)])
    assert error.code == "context_length_exceeded"


def leaving_a_stream_leaves_the_server_serving(like):
    for _ in range(4):
        stream = like().stream_chat([user("Tell me a story")])
        next(stream)
        stream.close()
    chat_unary_and_streamed(like)


def embeddings(like):
    embedding = OpenAILikeEmbedding(model_name=EMBED_MODEL, api_base=f"{like.address}/v1", api_key="unused", embed_batch_size=2)
    vectors = embedding.get_text_embedding_batch(DOCUMENTS)
    assert len(vectors) == 3 and all(abs(length_of(vector) - 1) < 1e-5 for vector in vectors)
    query = embedding.get_query_embedding(DOCUMENTS[2])
    assert all(abs(a - b) < 1e-5 for a, b in zip(query, vectors[2], strict=True))
    assert nearest(embedding.get_query_embedding(QUERY), vectors) == 1
    assert len(asyncio.run(embedding.aget_text_embedding_batch(DOCUMENTS))) == 3


CHECKS = [
    chat_unary_and_streamed,
    complete_by_chat_and_by_completions,
    tool_call_result_and_answer,
    tool_calls_streamed_in_fragments,
    tool_required,
    structured_output,
    logprobs,
    errors,
    leaving_a_stream_leaves_the_server_serving,
    embeddings,
]

if __name__ == "__main__":
    run(make, CHECKS)
