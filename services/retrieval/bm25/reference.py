"""rank_bm25 itself behind the calls of the index: what the index is compared with, and a backend.

Everything is in memory and rebuilt at the first search after a change; every search scores every
document. Nothing is written: `reconcile` asks for all documents again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.scoring import Scoring

Ids = NDArray[np.int64]
_states = count()
"""Never the same twice, so a state names an index and what it held at that time."""


class ReferenceIndex:
    def __init__(self, scoring: Scoring) -> None:
        self.scoring = scoring
        self.damaged: list[str] = []
        self.writable = True
        self._documents: dict[int, list[str]] = {}
        self._state = next(_states)
        self._lock = threading.RLock()
        self._built: tuple[tuple[int, ...], _Library] | None = None

    @classmethod
    def open(
        cls, folder: Path, scoring: Scoring, *, writable: bool = True, **limits: object
    ) -> Self:
        return cls(scoring)

    def reconcile(self, live_ids: Ids) -> Ids:
        with self._lock:
            live = np.unique(np.asarray(live_ids, dtype=np.int64))
            self.delete(set(self._documents) - set(live.tolist()))
            have = np.fromiter(self._documents, np.int64, len(self._documents))
            missing: Ids = np.setdiff1d(live, have, assume_unique=True)
            return missing

    def add(self, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
        new = {document_id: list(terms) for document_id, terms in documents}
        with self._lock:
            self._documents |= new
            self._state = next(_states)

    def delete(self, ids: Iterable[int]) -> None:
        with self._lock:
            for document_id in ids:
                self._documents.pop(int(document_id), None)
            self._state = next(_states)

    def seal(self) -> None:
        """Nothing is written."""

    def merge(self, *, everything: bool = False) -> bool:
        return False

    def refresh(self) -> bool:
        return False

    def close(self) -> None:
        with self._lock:
            self._documents.clear()
            self._built = None
            self._state = next(_states)

    def __len__(self) -> int:
        return len(self._documents)

    def search(self, terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
        found = search_references([self], terms, limit)
        return [(document_id, score) for _, document_id, score in found]

    def scores(self, terms: Sequence[str], ids: Sequence[int]) -> list[float]:
        return library_of([self]).scores(terms, [(0, int(one)) for one in ids])

    def idf(self, term: str) -> float:
        return library_of([self]).idf(term)


class _Library:
    """The library's object over the documents of some indexes, in order of id."""

    def __init__(self, indexes: Sequence[ReferenceIndex]) -> None:
        import rank_bm25  # noqa: PLC0415  only the reference needs it

        documents = sorted(
            (document_id, which, terms)
            for which, index in enumerate(indexes)
            for document_id, terms in index._documents.copy().items()  # others add meanwhile
        )
        self._places = {(one[1], one[0]): place for place, one in enumerate(documents)}
        self._names = list(self._places)
        corpus = [terms for _, _, terms in documents]
        scoring = indexes[0].scoring
        parameters: dict[str, float] = {"k1": scoring.k1, "b": scoring.b}
        if scoring.variant == "okapi":
            made, parameters["epsilon"] = rank_bm25.BM25Okapi, scoring.epsilon
        else:
            made = rank_bm25.BM25L if scoring.variant == "l" else rank_bm25.BM25Plus
            parameters["delta"] = scoring.shift
        # It divides by the number of terms: of a corpus without any it cannot be made.
        self._bm25: Any = made(corpus, **parameters) if any(corpus) else None

    def idf(self, term: str) -> float:
        return 0.0 if self._bm25 is None else float(self._bm25.idf.get(term) or 0)

    def search(self, terms: Sequence[str], limit: int) -> list[tuple[int, int, float]]:
        if self._bm25 is None:
            return []
        scores = self._bm25.get_scores(list(terms)).tolist()
        wanted = set(terms)
        found = [
            (-score, document_id, which)
            for score, (which, document_id), held in zip(
                scores, self._names, self._bm25.doc_freqs, strict=True
            )
            if not wanted.isdisjoint(held)
        ]
        return [(which, one, -score) for score, one, which in sorted(found)[: max(limit, 0)]]

    def scores(self, terms: Sequence[str], names: Sequence[tuple[int, int]]) -> list[float]:
        known = [name for name in names if name in self._places]
        if self._bm25 is None or not known:
            return [0.0] * len(names)
        scored = self._bm25.get_batch_scores(list(terms), [self._places[name] for name in known])
        by_name = dict(zip(known, scored, strict=True))
        return [by_name.get(name, 0.0) for name in names]


def library_of(indexes: Sequence[ReferenceIndex]) -> _Library:
    """Kept by the first of the indexes until one of them changes."""
    key = tuple(index._state for index in indexes)
    with indexes[0]._lock:
        if indexes[0]._built is None or indexes[0]._built[0] != key:
            indexes[0]._built = (key, _Library(indexes))
        return indexes[0]._built[1]


def search_references(
    indexes: Sequence[ReferenceIndex], terms: Sequence[str], limit: int
) -> list[tuple[int, int, float]]:
    return library_of(indexes).search(terms, limit) if indexes else []
