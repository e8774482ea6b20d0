"""The engines bench/retrieval.py compares, each behind the same four calls.

All get the same lists of words and keep their index in a folder, from which another process opens
it for searching, memory-mapped where the engine can.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from bench.retrieval_corpus import Corpus

BATCH = 20_000
"""Documents turned into lists of words at a time, for engines that take them so."""
TOP = 10
Hits = list[tuple[int, float]]


class Engine(Protocol):
    batch: int
    """Queries an engine gets in one call."""

    def build(self, corpus: Corpus, folder: Path) -> float:
        """Seconds, without making the lists of words."""

    def open(self, folder: Path) -> None: ...

    def search(self, queries: Sequence[list[str]]) -> Any:
        """The ten best of each."""


class Groundling:
    batch = 1

    def build(self, corpus: Corpus, folder: Path) -> float:
        from services.retrieval.bm25 import Index, Scoring  # noqa: PLC0415

        index = Index.open(folder, Scoring())  # compiles, the first time; not counted
        timed = _Timer()
        for start, documents in corpus.batches(BATCH):
            numbered = list(enumerate(documents, start))
            timed(partial(index.add, numbered))
        timed(index.seal)
        timed(lambda: index.merge(everything=True))
        index.close()
        return timed.total_s

    def open(self, folder: Path) -> None:
        from services.retrieval.bm25 import Index, Scoring  # noqa: PLC0415

        self.index = Index.open(folder, Scoring(), writable=False)

    def search(self, queries: Sequence[list[str]]) -> list[Hits]:
        return [self.index.search(query, TOP) for query in queries]


class RankBM25:
    batch = 1

    def build(self, corpus: Corpus, folder: Path) -> float:
        from rank_bm25 import BM25Okapi  # noqa: PLC0415

        documents = corpus.documents(0, len(corpus))
        timed = _Timer()
        built = timed(lambda: BM25Okapi(documents))
        with (folder / "index.pickle").open("wb") as file:
            pickle.dump(built, file)
        return timed.total_s

    def open(self, folder: Path) -> None:
        with (folder / "index.pickle").open("rb") as file:
            self.bm25 = pickle.load(file)  # written by build above
        self.numbers = range(len(self.bm25.doc_len))

    def search(self, queries: Sequence[list[str]]) -> Any:
        return [self.bm25.get_top_n(query, self.numbers, TOP) for query in queries]


class BM25S:
    backend = "auto"
    batch = 1

    def build(self, corpus: Corpus, folder: Path) -> float:
        import bm25s  # noqa: PLC0415

        documents = corpus.documents(0, len(corpus))
        built = bm25s.BM25(k1=1.5, b=0.75, backend=self.backend)
        timed = _Timer()
        timed(lambda: built.index(documents, show_progress=False))
        timed(lambda: built.save(folder, show_progress=False))
        return timed.total_s

    def open(self, folder: Path) -> None:
        import bm25s  # noqa: PLC0415

        self.bm25 = bm25s.BM25.load(folder, mmap=True)
        self.bm25.backend = self.backend
        if self.backend == "numba":
            self.bm25.activate_numba_scorer()

    def search(self, queries: Sequence[list[str]]) -> Any:
        return self.bm25.retrieve(list(queries), k=TOP, show_progress=False)


class BM25SNumba(BM25S):
    backend = "numba"


class BM25SNumbaBatch(BM25SNumba):
    batch = 100


class Tantivy:
    batch = 1

    def _schema(self) -> Any:
        import tantivy  # noqa: PLC0415

        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("number", stored=True)
        builder.add_text_field("body", tokenizer_name="whitespace")
        return builder.build()

    def build(self, corpus: Corpus, folder: Path) -> float:
        import tantivy  # noqa: PLC0415

        timed = _Timer()
        index = tantivy.Index(self._schema(), str(folder))
        writer = index.writer(heap_size=512_000_000, num_threads=1)
        for start, documents in corpus.batches(BATCH):
            texts = [" ".join(words) for words in documents]

            def add(texts: list[str] = texts, start: int = start) -> None:
                for number, text in enumerate(texts, start):
                    writer.add_document(tantivy.Document(number=number, body=text))

            timed(add)
        timed(writer.commit)
        timed(writer.wait_merging_threads)
        return timed.total_s

    def open(self, folder: Path) -> None:
        import tantivy  # noqa: PLC0415

        self.schema = self._schema()
        self.query = tantivy.Query
        self.should = tantivy.Occur.Should
        self.searcher = tantivy.Index(self.schema, str(folder)).searcher()

    def search(self, queries: Sequence[list[str]]) -> Any:
        found = []
        for query in queries:
            terms = [self.query.term_query(self.schema, "body", term) for term in query]
            whole = self.query.boolean_query([(self.should, term) for term in terms])
            hits = self.searcher.search(whole, TOP, count=False).hits
            found.append([(self.searcher.doc(at)["number"][0], score) for score, at in hits])
        return found


class _Timer:
    def __init__(self) -> None:
        self.total_s = 0.0

    def __call__(self, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        self.total_s += time.perf_counter() - start
        return result


ENGINES: dict[str, Callable[[], Engine]] = {
    "groundling": Groundling,
    "rank_bm25": RankBM25,
    "bm25s": BM25S,
    "bm25s numba": BM25SNumba,
    "bm25s numba, 100 at a time": BM25SNumbaBatch,
    "tantivy": Tantivy,
}
SAME_FILES = {"bm25s numba, 100 at a time": "bm25s numba"}
"""Built once, measured twice."""
NEEDS = {
    "rank_bm25": "rank_bm25",
    "bm25s": "bm25s",
    "bm25s numba": "bm25s",
    "bm25s numba, 100 at a time": "bm25s",
    "tantivy": "tantivy",
}
"""Packages of the extras `retrieval` and `bench`."""
LARGEST = {"rank_bm25": 100_000}
"""Beyond, a query takes a second."""
