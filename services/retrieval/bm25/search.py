"""Ranking over parts, of one index or of several as one corpus: rank_bm25's figures, exactly.

Figures of the corpus (documents, average length, in how many documents a term is) are sums over
the parts' living documents, so it makes no difference how the corpus is split.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.loops import WINDOW, search_any, search_positive
from services.retrieval.bm25.part import Part
from services.retrieval.bm25.scoring import Scoring
from services.retrieval.bm25.vocabulary import union_of

Found = tuple[int, int, float]
_scratch = threading.local()


class Corpus:
    """Parts with the index each belongs to. Cheap to make; keeps only the average idf."""

    def __init__(self, parts: Sequence[tuple[int, Part]], scoring: Scoring) -> None:
        # The largest first: it fills the heap with scores that later documents rarely reach.
        self.parts = sorted(parts, key=lambda one: -one[1].documents)
        self.scoring = scoring
        self.documents = sum(part.documents for _, part in parts)
        self.length = sum(part.length for _, part in parts)
        self._average_idf: float | None = None

    @property
    def average_length(self) -> float:
        return self.length / self.documents

    def search(self, terms: Sequence[str], limit: int) -> list[Found]:
        """(which index, id, score), best first; of equal scores the lower id first."""
        numbers, idfs = self._look_up(list(dict.fromkeys(terms)))
        known = [term for term in terms if term in idfs]
        limit = min(limit, self.documents)
        if not known or limit <= 0:
            return []
        idf = np.array([idfs[term] for term in known])
        absent = np.array([self.scoring.absent(idfs[term]) for term in known])
        positive = bool((idf > 0).all()) and not absent.any()
        scores, ids = np.empty(limit), np.empty(limit, np.int64)
        owners = np.empty(limit, np.int64)
        accumulator, touched = _buffers()
        size = 0
        for (owner, part), places in zip(self.parts, numbers, strict=True):
            postings = part.postings
            here = np.array([places[term] for term in known])
            starts = np.where(here < 0, 0, postings.offsets[here])
            ends = np.where(here < 0, 0, postings.offsets[here + 1])
            common: tuple[Any, ...] = (
                *(postings.docs, postings.codes),
                *postings.factors(self.scoring, self.average_length),
                *(self.scoring.k1 + 1, postings.ids, part.dead, owner, WINDOW, accumulator),
            )
            heap: tuple[Any, ...] = (scores, ids, owners, size)
            if positive:
                size = search_positive(starts, ends, idf, *common, *heap)
            else:
                size = search_any(starts, ends, idf, absent, touched, *common, *heap)
        best = np.lexsort((owners[:size], ids[:size], -scores[:size]))
        return list(
            zip(owners[best].tolist(), ids[best].tolist(), scores[best].tolist(), strict=True)
        )

    def scores(self, terms: Sequence[str], ids: Sequence[int]) -> list[float]:
        """Of one index's documents; 0 for those it lacks."""
        numbers, idfs = self._look_up(list(dict.fromkeys(terms)))
        wanted = np.array(ids, dtype=np.int64)
        scores = np.zeros(len(wanted))
        for (_, part), places in zip(self.parts, numbers, strict=True):
            docs = part.places(wanted)
            there = np.flatnonzero(docs >= 0)
            for term in terms:
                if term in idfs and len(there):
                    scores[there] += self._added(part, places[term], idfs[term], docs[there])
        return scores.tolist()

    def idf(self, term: str) -> float:
        return self._look_up([term])[1].get(term, 0.0)

    def _look_up(self, terms: list[str]) -> tuple[list[dict[str, int]], dict[str, float]]:
        """Each part's number of each term, -1 where it is unknown; the idf of the known."""
        numbers = [
            dict(zip(terms, part.terms.find(terms).tolist(), strict=True)) for _, part in self.parts
        ]
        idfs: dict[str, float] = {}
        for term in terms:
            holding = sum(
                part.holding(places[term])
                for (_, part), places in zip(self.parts, numbers, strict=True)
            )
            if holding:
                idf = self.scoring.raw_idf(self.documents, holding)
                if idf < 0 and self.scoring.variant == "okapi":
                    idf = self.scoring.epsilon * self.average_idf()
                idfs[term] = idf
        return numbers, idfs

    def _added(self, part: Part, term: int, idf: float, docs: NDArray[np.int64]) -> NDArray[Any]:
        """What a term adds to the score of each of the documents."""
        added = np.full(len(docs), self.scoring.absent(idf))
        if term < 0:
            return added
        postings = part.postings
        start, end = postings.offsets[term : term + 2].tolist()
        held = postings.docs[start:end]
        at = np.minimum(np.searchsorted(held, docs), end - start - 1)
        there = held[at] == docs
        codes = postings.codes[start:end][at[there]]
        a, b, c = postings.factors(self.scoring, self.average_length)
        added[there] = (
            idf * a[codes] * (self.scoring.k1 + 1) * b[codes] / c[codes]
            if len(b)
            else idf * a[codes]
        )
        return added

    def average_idf(self) -> float:
        """Of all terms; only Okapi's floor needs it, so only a query with so common a term pays."""
        if self._average_idf is None:
            sorted_terms = [part.terms.sorted() for _, part in self.parts]
            whole, places = union_of([vocabulary for vocabulary, _ in sorted_terms])
            holding = np.zeros(len(whole), np.int64)
            for (_, part), (_, numbers), to in zip(self.parts, sorted_terms, places, strict=True):
                holding[to] += part.holding_each()[numbers]
            values, counts = np.unique(holding[holding > 0], return_counts=True)
            pairs = zip(values.tolist(), counts.tolist(), strict=True)
            self._average_idf = self.scoring.average_idf(self.documents, pairs)
        return self._average_idf


def _buffers() -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """This thread's accumulator and marks; the loops leave them as zeros."""
    if not hasattr(_scratch, "buffers"):
        _scratch.buffers = (np.zeros(WINDOW), np.zeros(WINDOW, np.uint8))
    buffers: tuple[NDArray[np.float64], NDArray[np.uint8]] = _scratch.buffers
    return buffers
