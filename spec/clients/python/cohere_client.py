"""Cohere's clients, by v1 and v2 of the API."""

import asyncio
import base64
import struct

import cohere
from cohere.errors import BadRequestError, NotFoundError

from checks import DOCUMENTS, EMBED_MODEL, QUERY, RERANK_MODEL, length_of, nearest, raises, run


class Clients:
    def __init__(self, address):
        settings = {"base_url": f"{address}/v3", "api_key": "not_used"}
        self.v1 = cohere.Client(**settings)
        self.v2 = cohere.ClientV2(**settings)
        self.asynchronous = cohere.AsyncClientV2(**settings)
        self.settings = settings


RERANK = {"query": QUERY, "documents": DOCUMENTS, "model": RERANK_MODEL}
EMBED = {"model": EMBED_MODEL, "input_type": "search_document"}


def scores(answer):
    return [(result.index, result.relevance_score) for result in answer.results]


def rerank_by_v1_and_v2(clients):
    first, second = clients.v1.rerank(**RERANK), clients.v2.rerank(**RERANK)
    assert scores(first) == scores(second) and sorted(index for index, _ in scores(first)) == [0, 1, 2]
    assert first.results[0].index == 1
    relevances = [relevance for _, relevance in scores(first)]
    assert relevances == sorted(relevances, reverse=True) and all(0 < relevance < 1 for relevance in relevances)
    assert (first.meta.api_version.version, second.meta.api_version.version) == ("1", "2")
    assert first.meta.billed_units.search_units == 1 and first.id and second.id


def rerank_the_best_few(clients):
    assert scores(clients.v2.rerank(**RERANK, top_n=2)) == scores(clients.v2.rerank(**RERANK))[:2]
    assert len(clients.v2.rerank(**RERANK, top_n=100).results) == 3


def rerank_objects_by_v1(clients):
    documents = [{"text": text, "title": f"Title {index}"} for index, text in enumerate(DOCUMENTS)]
    asked = {**RERANK, "documents": documents, "return_documents": True}
    answer = clients.v1.rerank(**asked, rank_fields=["title", "text"], max_chunks_per_doc=3)
    for result in answer.results:
        assert result.document.text == DOCUMENTS[result.index] and result.document.title == f"Title {result.index}"
    assert scores(clients.v1.rerank(**asked)) == scores(clients.v1.rerank(**RERANK))


def rerank_beginnings_by_v2(clients):
    documents = [f"{text} {'and the mill ' * 30}" for text in DOCUMENTS]
    assert scores(clients.v2.rerank(**{**RERANK, "documents": documents}, max_tokens_per_doc=2)) == scores(
        clients.v2.rerank(**{**RERANK, "documents": [document[:40] for document in documents]}, max_tokens_per_doc=2)
    )


def embed_by_v1(clients):
    answer = clients.v1.embed(texts=DOCUMENTS, **EMBED)
    assert answer.response_type == "embeddings_floats" and answer.texts == DOCUMENTS
    assert [len(vector) for vector in answer.embeddings] == [len(answer.embeddings[0])] * 3
    [asked] = clients.v1.embed(texts=[QUERY], model=EMBED_MODEL, input_type="search_query").embeddings
    assert nearest(asked, answer.embeddings) == 1
    typed = clients.v1.embed(texts=DOCUMENTS, **EMBED, embedding_types=["float", "int8"])
    assert typed.response_type == "embeddings_by_type" and typed.embeddings.float_ == answer.embeddings
    assert all(-128 <= value <= 127 for vector in typed.embeddings.int8 for value in vector)


def embed_many_by_v1_in_batches(clients):
    texts = [f"{DOCUMENTS[index % 3]} {index}" for index in range(200)]
    answer = clients.v1.embed(texts=texts, **EMBED)
    assert len(answer.embeddings) == 200 and answer.texts == texts
    alone = clients.v1.embed(texts=[texts[150]], **EMBED).embeddings[0]
    assert all(abs(a - b) < 1e-5 for a, b in zip(alone, answer.embeddings[150]))


def embed_by_v2(clients):
    types = ["float", "int8", "uint8", "binary", "ubinary", "base64"]
    answer = clients.v2.embed(texts=DOCUMENTS, **EMBED, embedding_types=types)
    assert answer.id and answer.meta.api_version.version == "2" and answer.meta.billed_units.input_tokens > 6
    for at, vector in enumerate(answer.embeddings.float_):
        assert abs(length_of(vector) - 1) < 1e-5
        decoded = struct.unpack(f"<{len(vector)}f", base64.b64decode(answer.embeddings.base64[at]))
        assert all(abs(a - b) < 1e-7 for a, b in zip(decoded, vector))
        assert len(answer.embeddings.ubinary[at]) == len(vector) // 8
        assert [byte - 128 for byte in answer.embeddings.ubinary[at]] == answer.embeddings.binary[at]
        assert [value + 128 for value in answer.embeddings.int8[at]] == answer.embeddings.uint8[at]


def embed_inputs_in_fewer_dimensions(clients):
    inputs = [{"content": [{"type": "text", "text": text}]} for text in DOCUMENTS]
    answer = clients.v2.embed(inputs=inputs, **EMBED, embedding_types=["float"], output_dimension=8)
    assert [len(vector) for vector in answer.embeddings.float_] == [8, 8, 8]
    assert abs(length_of(answer.embeddings.float_[0]) - 1) < 1e-5


def embed_cut_texts(clients):
    def embedded(text, **more):
        return clients.v2.embed(texts=[text], **EMBED, embedding_types=["float"], **more).embeddings.float_[0]

    long = f"hello {'mill ' * 300}hello"
    assert embedded(long, truncate="START", max_tokens=3) == embedded(long, truncate="END", max_tokens=3) == embedded("hello")
    assert len(embedded(long)) > 0
    raises(BadRequestError, embedded, long, truncate="NONE")


def asynchronous(clients):
    async def ask():
        async with cohere.AsyncClientV2(**clients.settings) as client:
            return await asyncio.gather(*(client.rerank(**RERANK) for _ in range(4)))

    assert [scores(answer) for answer in asyncio.run(ask())] == [scores(clients.v2.rerank(**RERANK))] * 4


def errors(clients):
    error = raises(BadRequestError, clients.v2.rerank, **{**RERANK, "documents": []})
    assert error.status_code == 400 and "documents must not be empty" in error.body["message"]
    error = raises(NotFoundError, clients.v1.rerank, **{**RERANK, "model": "none"})
    assert '"none" does not exist' in error.body["message"]
    raises(BadRequestError, clients.v2.embed, texts=DOCUMENTS, **EMBED, embedding_types=["float"], output_dimension=4096)


CHECKS = [
    rerank_by_v1_and_v2,
    rerank_the_best_few,
    rerank_objects_by_v1,
    rerank_beginnings_by_v2,
    embed_by_v1,
    embed_many_by_v1_in_batches,
    embed_by_v2,
    embed_inputs_in_fewer_dimensions,
    embed_cut_texts,
    asynchronous,
    errors,
]

if __name__ == "__main__":
    run(Clients, CHECKS)
