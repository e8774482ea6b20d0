"""A part of an index as a search sees it: postings, their terms, and which documents were deleted.

Never changes: a deletion makes a new part that shares the postings, so searches under way keep
what they began with.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.counting import count_dead, count_living
from services.retrieval.bm25.postings import Postings, Terms

KEPT_COUNTS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    name: str
    """Of its segment; "" in memory."""
    postings: Postings
    terms: Terms
    documents: int
    """Living ones."""
    length: int
    """Their terms, repeats counted."""
    dead: NDArray[np.uint8]
    """(documents,) 1 where deleted; (0,) where none is."""
    _counts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, postings: Postings, terms: Terms) -> Self:
        """With all its documents."""
        length = int(postings.lengths.sum(dtype=np.int64))
        return cls(name, postings, terms, len(postings.ids), length, np.zeros(0, np.uint8))

    def holding(self, term: int) -> int:
        """How many living documents have a term, by the term's number; 0 for -1."""
        if term < 0:
            return 0
        start, end = self.span(term)
        if not self.dead.size:
            return end - start
        found = self._counts.get(term)
        if found is None:
            found = end - start - int(count_dead(self.postings.docs, start, end, self.dead))
            if len(self._counts) >= KEPT_COUNTS:
                self._counts.clear()
            self._counts[term] = found
        return found

    def span(self, term: int) -> tuple[int, int]:
        """Where a term's postings are, by the term's number; nowhere for -1."""
        if term < 0:
            return 0, 0
        offsets = self.postings.offsets
        return int(offsets[term]), int(offsets[term + 1])

    def holding_each(self) -> NDArray[np.int64]:
        """(terms,): `holding` of every term."""
        postings = self.postings
        if not self.dead.size:
            return np.diff(postings.offsets)
        living = np.empty(len(postings.offsets) - 1, np.int64)
        count_living(postings.docs, postings.offsets, self.dead, living)
        return living

    def places(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """(ids,): where each living document is, -1 where it is not."""
        known = self.postings.ids
        if not len(known):
            return np.full(len(ids), -1, np.int64)
        places = np.searchsorted(known, ids)
        places[places == len(known)] = 0
        there = known[places] == ids
        if self.dead.size:
            there &= self.dead[places] == 0
        return np.where(there, places, -1)

    def living_ids(self) -> NDArray[np.int64]:
        return self.postings.ids[self.dead == 0] if self.dead.size else self.postings.ids

    def without(self, places: NDArray[np.int64]) -> Part:
        """With the documents at `places` deleted too."""
        if not len(places):
            return self
        size = len(self.postings.ids)
        dead = self.dead.copy() if self.dead.size else np.zeros(size, np.uint8)
        new = np.unique(places)
        new = new[dead[new] == 0]
        dead[new] = 1
        return replace(
            self,
            documents=self.documents - len(new),
            length=self.length - int(self.postings.lengths[new].sum(dtype=np.int64)),
            dead=dead,
            _counts={},
        )
