"""LangChain's ChatOpenAI, OpenAI and OpenAIEmbeddings, and its CohereRerank and CohereEmbeddings."""

import asyncio
import re

import openai
from langchain_cohere import CohereEmbeddings, CohereRerank
from langchain_core.documents import Document
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from checks import (
    DOCUMENTS,
    EMBED_MODEL,
    MODEL,
    PERSON,
    QUERY,
    RERANK_MODEL,
    SUNNY,
    TEST,
    TOO_LONG,
    WEATHER,
    WEATHER_ANSWER,
    WEATHERS,
    length_of,
    nearest,
    raises,
    run,
)


@tool
def get_weather(city: str) -> str:
    """Get the weather in a city"""
    return SUNNY


class Person(BaseModel):
    """A person with name and age."""

    name: str
    age: int


ADA = Person(name="Ada", age=36)


def make(address):
    def chat(model=MODEL, **more):
        return ChatOpenAI(model=model, base_url=f"{address}/v1", api_key="unused", temperature=0, max_retries=0, **more)

    chat.address = address
    return chat


def unary(chat):
    message = chat().invoke("Say this is a test")
    assert message.content == TEST
    assert message.usage_metadata["total_tokens"] > 0 and message.response_metadata["finish_reason"] == "stop"
    named = [SystemMessage("You are a helpful assistant named Llama-3."), HumanMessage("What is your name?")]
    assert "Llama" in chat().invoke(named).content


def streamed(chat):
    chunks = list(chat(stream_usage=True).stream("Say this is a test"))
    assert "".join(chunk.content for chunk in chunks) == TEST and len(chunks) > 1
    assert sum(chunk.usage_metadata["output_tokens"] for chunk in chunks if chunk.usage_metadata) > 0


def batch_and_asynchronous(chat):
    answers = chat().batch(["Say this is a test", "What is the capital of France?"])
    assert answers[0].content == TEST and "Paris" in answers[1].content
    assert asyncio.run(chat().ainvoke("Say this is a test")).content == TEST


def completion(chat):
    llm = OpenAI(model=MODEL, base_url=f"{chat.address}/v1", api_key="unused", temperature=0, max_tokens=12, max_retries=0)
    text = llm.invoke("Once upon a time")
    assert "there was" in text and "".join(llm.stream("Once upon a time")) == text, text


def tool_call_result_and_answer(chat):
    llm = chat().bind_tools([get_weather])
    question = HumanMessage(WEATHER)
    first = llm.invoke([question])
    [call] = first.tool_calls
    assert (call["name"], call["args"]) == ("get_weather", {"city": "Paris"})
    answer = llm.invoke([question, first, get_weather.invoke(call)])
    assert re.search(WEATHER_ANSWER, answer.content), answer
    assert isinstance(get_weather.invoke(call), ToolMessage)


def tool_calls_streamed_in_fragments(chat):
    whole = None
    for chunk in chat().bind_tools([get_weather]).stream(WEATHERS):
        whole = chunk if whole is None else whole + chunk
    assert [call["args"] for call in whole.tool_calls] == [{"city": "Oslo"}, {"city": "Rome"}], whole


def tool_choice(chat):
    for choice in ("any", "get_weather"):
        message = chat().bind_tools([get_weather], tool_choice=choice).invoke("Hello")
        assert message.tool_calls[0]["name"] == "get_weather", message


def structured_output(chat):
    assert chat().with_structured_output(Person).invoke(PERSON) == ADA
    assert chat().with_structured_output(Person, method="json_mode").invoke(PERSON) == ADA
    assert isinstance(chat().with_structured_output(Person, method="function_calling").invoke(PERSON), Person)
    last = list(chat().with_structured_output(Person).stream(PERSON))[-1]
    assert last == ADA, last


def responses(chat):
    llm = chat(use_responses_api=True)
    assert llm.invoke("Say this is a test").text == TEST
    assert "".join(chunk.text for chunk in llm.stream("Say this is a test")) == TEST
    assert llm.bind_tools([get_weather]).invoke(WEATHER).tool_calls[0]["args"] == {"city": "Paris"}


def logprobs(chat):
    told = chat(logprobs=True, top_logprobs=2).invoke("Say this is a test").response_metadata["logprobs"]["content"]
    assert "".join(each["token"] for each in told).startswith(TEST) and len(told[0]["top_logprobs"]) == 2


def errors(chat):
    raises(openai.NotFoundError, chat("no-such-model").invoke, "Hello")
    error = raises(openai.BadRequestError, chat(top_p=-1).invoke, "Hello")
    assert error.param == "top_p"
    error = raises(openai.BadRequestError, chat().invoke, TOO_LONG)
    assert error.code == "context_length_exceeded"


def leaving_a_stream_leaves_the_server_serving(chat):
    for _ in range(4):
        stream = chat().stream("Tell me a story")
        next(stream)
        stream.close()
    unary(chat)


def embeddings(chat):
    # It would else send the tokens of OpenAI's own models.
    settings = {"model": EMBED_MODEL, "base_url": f"{chat.address}/v1", "api_key": "unused", "check_embedding_ctx_length": False}
    vectors = OpenAIEmbeddings(**settings, chunk_size=2).embed_documents(DOCUMENTS)
    assert len(vectors) == 3 and all(abs(length_of(vector) - 1) < 1e-5 for vector in vectors)
    query = OpenAIEmbeddings(**settings).embed_query(DOCUMENTS[1])
    assert nearest(OpenAIEmbeddings(**settings).embed_query(QUERY), vectors) == 1
    assert all(abs(a - b) < 1e-5 for a, b in zip(query, vectors[1], strict=True))
    assert len(OpenAIEmbeddings(**settings, dimensions=8).embed_query("hello")) == 8
    assert len(asyncio.run(OpenAIEmbeddings(**settings).aembed_documents(DOCUMENTS))) == 3


def cohere_rerank_and_embeddings(chat):
    settings = {"base_url": f"{chat.address}/v3", "cohere_api_key": "unused"}
    rerank = CohereRerank(model=RERANK_MODEL, top_n=2, **settings)
    documents = [Document(text, metadata={"at": index}) for index, text in enumerate(DOCUMENTS)]
    best = rerank.compress_documents(documents, QUERY)
    scores = [document.metadata["relevance_score"] for document in best]
    assert best[0].metadata["at"] == 1
    assert len(best) == 2 and scores == sorted(scores, reverse=True)
    assert [each["index"] for each in rerank.rerank(DOCUMENTS, QUERY)] == [document.metadata["at"] for document in best]
    assert len(rerank.rerank([{"title": "T", "text": text} for text in DOCUMENTS], QUERY, rank_fields=["text"], top_n=None)) == 3
    vectors = CohereEmbeddings(model=EMBED_MODEL, **settings).embed_documents(DOCUMENTS)
    query = CohereEmbeddings(model=EMBED_MODEL, **settings).embed_query(DOCUMENTS[0])
    assert len(vectors) == 3 and len(query) == len(vectors[0])


CHECKS = [
    unary,
    streamed,
    batch_and_asynchronous,
    completion,
    tool_call_result_and_answer,
    tool_calls_streamed_in_fragments,
    tool_choice,
    structured_output,
    responses,
    logprobs,
    errors,
    leaving_a_stream_leaves_the_server_serving,
    embeddings,
    cohere_rerank_and_embeddings,
]

if __name__ == "__main__":
    run(make, CHECKS)
