"""BM25 over the facts: rank_bm25's BM25Okapi, for a few candidate documents.

The candidates are chosen first (entities.py), so nothing is kept but what the formula needs of the
whole corpus: in how many documents each term is, and how long each is. A candidate's own terms are
made again when it is scored; the library keeps a dictionary of them for every document.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np

from services.retrieval.bm25.scoring import Scoring

LEAST_WEIGHT = 0.1


class Index(Protocol):
    """What the search asks of an index; OkapiReference answers with the library itself."""

    def scores(self, query: Sequence[str], document_ids: Sequence[int]) -> list[float]: ...

    def weight(self, term: str) -> float: ...


class BM25Index:
    def __init__(
        self, documents: Iterable[Sequence[str]], document: Callable[[int], Sequence[str]]
    ) -> None:
        """documents: the terms of each, read once; document: the terms of one, again, by its place.
        An empty corpus is allowed."""
        self._document = document
        self._scoring = scoring = Scoring()
        holding: Counter[str] = Counter()
        lengths = array("I")
        for terms in documents:
            lengths.append(len(terms))
            holding.update(set(terms))
        self._lengths = np.frombuffer(lengths, dtype=np.uint32) if lengths else np.empty(0)
        self._size = size = len(lengths)
        self._average_length = float(self._lengths.mean()) if size else 0.0
        self._idf: dict[str, float] = {}
        if holding:
            average = scoring.average_idf(size, Counter(holding.values()).items())
            floor = scoring.epsilon * average
            for term, count in holding.items():
                idf = scoring.raw_idf(size, count)
                self._idf[term] = floor if idf < 0 else idf

    def scores(self, query: Sequence[str], document_ids: Sequence[int]) -> list[float]:
        """BM25Okapi's score of each of the documents, in the order given."""
        scores = np.zeros(len(document_ids))
        known = [term for term in query if term in self._idf]
        if not known or not document_ids:
            return [0.0] * len(document_ids)
        counts = [Counter(self._document(place)) for place in document_ids]
        lengths = self._lengths[list(document_ids)]
        for term in known:
            frequency = np.array([count[term] for count in counts])
            factor, _, _ = self._scoring.factors(frequency, lengths, self._average_length)
            scores += self._idf[term] * factor
        return [float(score) for score in scores]

    def weight(self, term: str) -> float:
        """How much a term tells: its inverse document frequency, above 0; unseen terms most."""
        idf = self._idf.get(term)
        return weight_of(idf, self._size)


class OkapiReference:
    """The same calls, answered by rank_bm25."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        from rank_bm25 import BM25Okapi  # noqa: PLC0415 - only where it is asked for

        self._bm25 = BM25Okapi(documents) if any(documents) else None
        self._size = len(documents)

    def scores(self, query: Sequence[str], document_ids: Sequence[int]) -> list[float]:
        if self._bm25 is None or not document_ids:
            return [0.0] * len(document_ids)
        scores: list[float] = self._bm25.get_batch_scores(list(query), list(document_ids))
        return scores

    def weight(self, term: str) -> float:
        return weight_of(self._bm25.idf.get(term) if self._bm25 else None, self._size)


def weight_of(idf: float | None, size: int) -> float:
    """In tiny corpora idf can be 0 or negative: such a term tells little, never less than none."""
    if idf is None:
        return math.log(size + 1.5)
    return idf if idf > LEAST_WEIGHT else LEAST_WEIGHT
