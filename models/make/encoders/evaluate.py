"""Held-out figures of the exported models, and of BM25 on the same texts.

    python -m encoders.evaluate WORK MODELS [embed|rerank]

writes WORK/embed-accuracy.json and WORK/rerank-accuracy.json.
"""

import json
import math
import re
import sys
from collections import Counter
from pathlib import Path

import numpy
import onnxruntime
from tokenizers import Tokenizer

from corpus import reading
from corpus.draw import Draw

from . import rankings, texts
from .lexicon import NEW_SAYINGS, SAYINGS, TRAINED_SAYINGS, Saying


class Encoder:
    """An exported model, on one text or couple at a time or in batches of equal lengths."""

    def __init__(self, directory: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(directory / "onnx/model.onnx", options)
        self.tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self.tokenizer.enable_truncation(256)
        self.tokenizer.enable_padding()

    def _run(self, inputs: list) -> tuple[numpy.ndarray, numpy.ndarray]:
        encoded = self.tokenizer.encode_batch(inputs)
        mask = numpy.array([each.attention_mask for each in encoded])
        feed = {"input_ids": numpy.array([each.ids for each in encoded]), "attention_mask": mask, "token_type_ids": numpy.array([each.type_ids for each in encoded])}
        return self.session.run(None, feed)[0], mask

    def vectors(self, inputs: list[str]) -> numpy.ndarray:
        rows = []
        for at in range(0, len(inputs), 32):
            states, mask = self._run(inputs[at : at + 32])
            means = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
            rows.append(means / numpy.linalg.norm(means, axis=1, keepdims=True))
        return numpy.concatenate(rows)

    def scores(self, query: str, documents: list[str]) -> numpy.ndarray:
        return self._run([(query, document) for document in documents])[0][:, 0]


class Bm25:
    """Okapi BM25 over small letters words, k1 = 1.5, b = 0.75."""

    def __init__(self, documents: list[str]):
        self.counts = [Counter(self.words(document)) for document in documents]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.mean = sum(self.lengths) / len(documents)
        self.within = Counter(word for count in self.counts for word in count)

    @staticmethod
    def words(text: str) -> list[str]:
        return re.findall(r"\w+", text.lower())

    def scores(self, query: str) -> numpy.ndarray:
        total = numpy.zeros(len(self.counts))
        for word in set(self.words(query)):
            rarity = math.log(1 + (len(self.counts) - self.within[word] + 0.5) / (self.within[word] + 0.5))
            for index, count in enumerate(self.counts):
                if word in count:
                    total[index] += rarity * count[word] * 2.5 / (count[word] + 1.5 * (0.25 + 0.75 * self.lengths[index] / self.mean))
        return total


def places_of(scores: numpy.ndarray, right: numpy.ndarray) -> numpy.ndarray:
    """The place of the right document, from 1; ties count as half lost."""
    own = scores[numpy.arange(len(right)), right][:, None]
    return 1 + (scores > own).sum(1) + ((scores == own).sum(1) - 1) / 2


def retrieval(encoder: Encoder, queries: list[str], documents: list[str], right: list[int]) -> dict:
    """Recall and mean reciprocal rank of the right document among all, in percent."""
    bm25 = Bm25(documents)
    scored = {"model": encoder.vectors(queries) @ encoder.vectors(documents).T, "bm25": numpy.stack([bm25.scores(query) for query in queries])}
    table = {"queries": len(queries), "documents": len(documents)}
    for name, scores in scored.items():
        places = places_of(scores, numpy.array(right))
        table[name] = {"recall@1": 100 * (places <= 1).mean(), "recall@5": 100 * (places <= 5).mean(), "mrr": 100 * (1 / places).mean()}
    return table


def plain(draw: Draw, pattern: str) -> str:
    """A pattern as text, without the variations of `Draw.phrase`."""
    while bracket := re.search(r"\[([^\[\]]*)\]", pattern):
        pattern = pattern[: bracket.start()] + draw.pick(bracket[1].split("|")) + pattern[bracket.end() :]
    return pattern


def facts(draw: Draw, count: int) -> tuple[list[str], list[str]]:
    """Questions in kept wordings about subjects with new names, and the statements that answer them."""
    questions, statements = [], []
    while len(questions) < count:
        for subject in texts.subjects(draw, 2):
            if subject.table is reading.PERSON:
                for kind in draw.sample(subject.table, 3):
                    questions.append(subject.question(draw, kind))
                    statements.append(subject.statement(draw, kind))
    return questions[:count], statements[:count]


def evaluate_embed(model: Path) -> dict:
    encoder, draw = Encoder(model), Draw("evaluate embed")
    documents = [plain(draw, (saying.trained or saying.kept)[0]) for saying in SAYINGS]
    paraphrases = [(plain(draw, kept), index) for index, saying in enumerate(SAYINGS) if saying in TRAINED_SAYINGS for kept in saying.kept]
    tables = {"new wordings of trained sayings, among all sayings": retrieval(encoder, [query for query, _ in paraphrases], documents, [index for _, index in paraphrases])}
    new = [(wording, SAYINGS.index(saying)) for saying in NEW_SAYINGS for wording in saying.wordings[1:]]
    tables["sayings of topics that were left out, among all sayings"] = retrieval(encoder, [query for query, _ in new], documents, [index for _, index in new])
    answered = [saying for saying in SAYINGS if saying.answers]
    answers = [saying.answers[0] for saying in answered]
    asked = [(wording, answered.index(saying)) for saying in NEW_SAYINGS if saying.answers for wording in saying.wordings]
    tables["questions of topics that were left out, among all answers"] = retrieval(encoder, [query for query, _ in asked], answers, [index for _, index in asked])
    asked = [(plain(draw, kept), index) for index, saying in enumerate(answered) if saying in TRAINED_SAYINGS for kept in saying.kept]
    tables["new wordings of trained questions, among all answers"] = retrieval(encoder, [query for query, _ in asked], answers, [index for _, index in asked])
    questions, statements = facts(Draw("evaluate facts", new_phrasings=True, new_values=True), 300)
    tables["new questions about new names, among statements"] = retrieval(encoder, questions, statements, list(range(300)))
    return tables


def ranking_table(encoder: Encoder, lists: list[tuple[str, list[tuple[str, float]]]]) -> dict:
    """How often the best document comes first, and NDCG@10 with the grades as gains, in percent."""
    table: dict = {"queries": len(lists), "documents": len(lists[0][1])}
    places: dict[str, list[float]] = {"model": [], "bm25": []}
    gains: dict[str, list[float]] = {"model": [], "bm25": []}
    for query, documents in lists:
        shuffled = list(documents)
        Draw(query).random.shuffle(shuffled)
        grades = numpy.array([grade for _, grade in shuffled])
        told = [text for text, _ in shuffled]
        for name, scores in {"model": encoder.scores(query, told), "bm25": Bm25(told).scores(query)}.items():
            order = numpy.argsort(-scores, kind="stable")
            weights = 1 / numpy.log2(numpy.arange(len(order)) + 2)
            places[name].append(float(grades[order[0]] == grades.max()))
            gains[name].append((grades[order] * weights).sum() / (numpy.sort(grades)[::-1] * weights).sum())
    for name in places:
        table[name] = {"accuracy@1": 100 * numpy.mean(places[name]), "ndcg@10": 100 * numpy.mean(gains[name])}
    return table


def lists_of(draw: Draw, asked: list[tuple[str, Saying]]) -> list[tuple[str, list[tuple[str, float]]]]:
    """For each question its answer, three answers of the same topic as far as there are, a decoy, and other answers: ten documents."""
    answered = [saying for saying in SAYINGS if saying.answers]
    lists = []
    for query, saying in asked:
        near = [other for other in answered if other.topic == saying.topic and other is not saying]
        documents = [(saying.answers[0], 1.0)] + [(other.answers[0], rankings.SAME_TOPIC) for other in draw.sample(near, min(3, len(near)))]
        documents.append((rankings.decoy(draw, query), 0.0))
        far = [other for other in answered if other.topic != saying.topic]
        lists.append((query, documents + [(other.answers[0], 0.0) for other in draw.sample(far, 10 - len(documents))]))
    return lists


def evaluate_rerank(model: Path) -> dict:
    encoder, draw = Encoder(model), Draw("evaluate rerank")
    known = [(plain(draw, kept), saying) for saying in TRAINED_SAYINGS if saying.answers for kept in saying.kept]
    new = [(wording, saying) for saying in NEW_SAYINGS if saying.answers for wording in saying.wordings]
    tables = {
        "new wordings of trained questions": ranking_table(encoder, lists_of(draw, draw.sample(known, 120))),
        "questions of topics that were left out": ranking_table(encoder, lists_of(draw, new)),
    }
    for name, kind in {"new questions about new names": rankings.small_worlds, "questions about made-up countries": rankings.countries}.items():
        made = [kind(Draw(f"evaluate {index}", new_phrasings=True, new_values=True)) for index in range(80)]
        tables[name] = ranking_table(encoder, [(ranking.query, ranking.documents) for ranking in made])
    return tables


if __name__ == "__main__":
    for kind in sys.argv[3:] or ("embed", "rerank"):
        model = Path(sys.argv[2]) / f"demo-{kind}"
        tables = evaluate_embed(model) if kind == "embed" else evaluate_rerank(model)
        (Path(sys.argv[1]) / f"{kind}-accuracy.json").write_text(json.dumps(tables, indent=1))
        for name, table in tables.items():
            print(name, {part: {key: round(float(value), 1) for key, value in row.items()} if isinstance(row, dict) else row for part, row in table.items()})
