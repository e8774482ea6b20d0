"""Ranking over parts, of one index or of several as one corpus: rank_bm25's figures, exactly.

Figures of the corpus (documents, average length, in how many documents a term is) are sums over
the parts' living documents, so it makes no difference how the corpus is split.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.loops import WINDOW, search_any, search_positive
from services.retrieval.bm25.part import Part
from services.retrieval.bm25.scoring import Scoring
from services.retrieval.bm25.vocabulary import union_of

Found = tuple[int, int, float]
KEPT_TERMS = 20_000
"""Terms a corpus remembers between searches, as long as it does not change."""
_scratch = threading.local()


@dataclass(frozen=True, slots=True)
class _Term:
    """A term some document has."""

    idf: float
    absent: float
    """What it adds to documents that lack it."""
    starts: tuple[int, ...]
    """Of its postings, part by part."""
    ends: tuple[int, ...]


class Corpus:
    """Parts with the index each belongs to, at one moment. Remembers what it looked up."""

    def __init__(self, parts: Sequence[tuple[int, Part]], scoring: Scoring) -> None:
        # The largest first: it fills the heap with scores that later documents rarely reach.
        self.parts = sorted(parts, key=lambda one: -one[1].documents)
        self.scoring = scoring
        self.documents = sum(part.documents for _, part in parts)
        self.length = sum(part.length for _, part in parts)
        self._average_idf: float | None = None
        self._terms: dict[str, _Term | None] = {}
        self._arguments: list[tuple[Any, ...]] | None = None

    def search(self, terms: Sequence[str], limit: int) -> list[Found]:
        """(which index, id, score), best first; of equal scores the lower id first."""
        known = [term for term in self._look_up(terms) if term is not None]
        limit = min(limit, self.documents)
        if not known or limit <= 0:
            return []
        idf = np.array([term.idf for term in known])
        positive = all(term.idf > 0 and not term.absent for term in known)
        absent = None if positive else np.array([term.absent for term in known])
        scores, ids = np.empty(limit), np.empty(limit, np.int64)
        owners = np.empty(limit, np.int64)
        accumulator, touched = _buffers()
        size = 0
        for at, part in enumerate(self._per_part()):
            starts = np.array([term.starts[at] for term in known])
            ends = np.array([term.ends[at] for term in known])
            heap: tuple[Any, ...] = (accumulator, scores, ids, owners, size)
            if absent is None:
                size = search_positive(starts, ends, idf, *part, *heap)
            else:
                size = search_any(starts, ends, idf, absent, touched, *part, *heap)
        found = zip(scores[:size].tolist(), ids.tolist(), owners.tolist(), strict=False)
        best = sorted((-score, one, owner) for score, one, owner in found)
        return [(owner, one, -score) for score, one, owner in best]

    def scores(self, terms: Sequence[str], ids: Sequence[int]) -> list[float]:
        """Of one index's documents; 0 for those it lacks."""
        found = self._look_up(terms)
        wanted = np.array(ids, dtype=np.int64)
        scores = np.zeros(len(wanted))
        for at, (_, part) in enumerate(self.parts):
            docs = part.places(wanted)
            there = np.flatnonzero(docs >= 0)
            for term in found:
                if term is not None and len(there):
                    scores[there] += self._added(part, at, term, docs[there])
        return scores.tolist()

    def idf(self, term: str) -> float:
        found = self._look_up([term])[0]
        return found.idf if found is not None else 0.0

    def _per_part(self) -> list[tuple[Any, ...]]:
        """What the loops need of each part besides the query."""
        if self._arguments is None:
            average_length = self.length / self.documents
            self._arguments = [
                (
                    *(part.postings.docs, part.postings.codes),
                    *part.postings.factors(self.scoring, average_length),
                    *(self.scoring.k1 + 1, part.postings.ids, part.dead, owner, WINDOW),
                )
                for owner, part in self.parts
            ]
        return self._arguments

    def _look_up(self, terms: Sequence[str]) -> list[_Term | None]:
        """None: no document has it."""
        kept = self._terms
        found = {term: kept[term] for term in terms if term in kept}
        new = [term for term in dict.fromkeys(terms) if term not in found]
        if new:
            numbers = [part.terms.find(new).tolist() for _, part in self.parts]
            fresh = {
                term: self._term([places[at] for places in numbers]) for at, term in enumerate(new)
            }
            found |= fresh
            if len(kept) + len(new) > KEPT_TERMS:
                kept = self._terms = {}
            kept |= fresh
        return [found[term] for term in terms]

    def _term(self, numbers: list[int]) -> _Term | None:
        """numbers: the term's in each part, -1 where it is unknown."""
        parts = [part for _, part in self.parts]
        holding = sum(part.holding(one) for part, one in zip(parts, numbers, strict=True))
        if not holding:
            return None
        idf = self.scoring.raw_idf(self.documents, holding)
        if idf < 0 and self.scoring.variant == "okapi":
            idf = self.scoring.epsilon * self.average_idf()
        spans = [part.span(one) for part, one in zip(parts, numbers, strict=True)]
        starts, ends = zip(*spans, strict=True)
        return _Term(idf, self.scoring.absent(idf), starts, ends)

    def _added(
        self, part: Part, at: int, term: _Term, docs: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """What a term adds to the score of each of the documents of a part."""
        added = np.full(len(docs), term.absent)
        start, end = term.starts[at], term.ends[at]
        if start == end:
            return added
        postings = part.postings
        held = postings.docs[start:end]
        places = np.minimum(np.searchsorted(held, docs), end - start - 1)
        there = held[places] == docs
        codes = postings.codes[start:end][places[there]]
        a, b, c = postings.factors(self.scoring, self.length / self.documents)
        added[there] = (
            term.idf * a[codes] * (self.scoring.k1 + 1) * b[codes] / c[codes]
            if len(b)
            else term.idf * a[codes]
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
