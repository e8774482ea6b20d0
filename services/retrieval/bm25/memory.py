"""Documents not yet in a file: searchable at once, however fast they come.

Terms are numbered by one dict and kept as a flat array. A search builds postings of what was added
since the last one; a chunk is rebuilt together with its neighbour when that is not twice as
large, so a document is rebuilt a logarithmic number of times and there are few chunks.

Not thread-safe: the index's lock is held around every call, but for `postings_to_seal`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.counting import mark_used
from services.retrieval.bm25.part import Part
from services.retrieval.bm25.postings import Postings, build_postings
from services.retrieval.bm25.vocabulary import Vocabulary


class _Numbering(dict[str, int]):
    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


@dataclass(frozen=True, slots=True, eq=False)
class NumberedTerms:
    """Terms of a chunk: those of the dict whose numbers it has, in order of number."""

    numbering: dict[str, int]
    numbers: NDArray[np.int64]
    _sorted: list[tuple[Vocabulary, NDArray[np.int64]]] = field(default_factory=list)

    def find(self, terms: Sequence[str]) -> NDArray[np.int64]:
        wanted = np.array([self.numbering.get(term, -1) for term in terms], np.int64)
        if not len(self.numbers):
            return np.full(len(terms), -1, np.int64)
        places = np.searchsorted(self.numbers, wanted)
        places[places == len(self.numbers)] = 0
        return np.where(self.numbers[places] == wanted, places, -1)

    def sorted(self) -> tuple[Vocabulary, NDArray[np.int64]]:
        if not self._sorted:
            names = list(self.numbering)
            here = [names[number] for number in self.numbers.tolist()]
            order = sorted(range(len(here)), key=here.__getitem__)
            vocabulary = Vocabulary.of([here[place] for place in order])
            self._sorted.append((vocabulary, np.array(order, np.int64)))
        return self._sorted[0]


class Memory:
    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.tokens = array("i")
        self._numbering = _Numbering()
        self._ids = array("q")
        self._ends = array("q")
        self._living = bytearray()
        self._places: dict[int, int] = {}
        """Of living documents."""
        self._chunk_starts: list[int] = []
        self._indexed = 0
        """Documents before this place are in a part."""

    def __len__(self) -> int:
        return len(self._places)

    def add(self, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
        """The ids are new ones."""
        number = self._numbering.__getitem__
        for document_id, terms in documents:
            self._places[document_id] = len(self._ids)
            self._ids.append(document_id)
            self.tokens.extend(map(number, terms))
            self._ends.append(len(self.tokens))
            self._living.append(1)

    def delete(self, ids: Iterable[int]) -> bool:
        """Whether one of them was here."""
        gone = []
        for document_id in ids:
            place = self._places.pop(document_id, None)
            if place is not None:
                self._living[place] = 0
                if place < self._indexed:
                    gone.append(document_id)
                else:
                    gone.append(-1)
        indexed = np.array([one for one in gone if one >= 0], np.int64)
        if len(indexed):
            self.parts = [part.without(_known(part.places(indexed))) for part in self.parts]
        return bool(gone)

    def compacted(self) -> Memory:
        """The same documents, without what the deleted ones take."""
        if len(self._places) == len(self._ids):
            return self
        names = list(self._numbering)
        memory = Memory()
        for document_id, place in self._places.items():
            start = self._ends[place - 1] if place else 0
            tokens = self.tokens[start : self._ends[place]]
            memory.add([(document_id, [names[number] for number in tokens])])
        return memory

    def living_ids(self) -> NDArray[np.int64]:
        return np.fromiter(self._places, np.int64, len(self._places))

    def index(self) -> None:
        """Bring what was added since the last call into the parts."""
        end = len(self._ids)
        if self._indexed == end:
            return
        start = self._indexed
        while self._chunk_starts and start - self._chunk_starts[-1] <= 2 * (end - start):
            start = self._chunk_starts.pop()
            self.parts.pop()
        ids, tokens, starts, ends = self._arrays(start, end)
        order = self._order(start, end)
        used = np.zeros(len(self._numbering), np.uint8)
        mark_used(tokens, starts, ends, order, used)
        numbers = np.flatnonzero(used)
        renumber = np.zeros(len(used), np.int32)
        renumber[numbers] = np.arange(len(numbers), dtype=np.int32)
        postings = build_postings(
            ids,
            tokens,
            starts=starts,
            ends=ends,
            order=order,
            renumber=renumber,
            terms=len(numbers),
        )
        self.parts = [*self.parts, Part.of("", postings, NumberedTerms(self._numbering, numbers))]
        self._chunk_starts.append(start)
        self._indexed = end

    def postings_to_seal(self) -> tuple[Postings, Vocabulary]:
        """Of all living documents. Nothing is added meanwhile; deletions may happen."""
        ids, tokens, starts, ends = self._arrays(0, len(self._ids))
        order = self._order(0, len(self._ids))
        used = np.zeros(len(self._numbering), np.uint8)
        mark_used(tokens, starts, ends, order, used)
        names = list(self._numbering)
        terms = sorted(names[number] for number in np.flatnonzero(used).tolist())
        renumber = np.zeros(len(used), np.int32)
        renumber[[self._numbering[term] for term in terms]] = np.arange(len(terms), dtype=np.int32)
        postings = build_postings(
            ids, tokens, starts=starts, ends=ends, order=order, renumber=renumber, terms=len(terms)
        )
        return postings, Vocabulary.of(terms)

    def _arrays(
        self, start: int, end: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """ids, tokens, and where each document's tokens start and end; copies."""
        ends = np.array(self._ends[start:end], np.int64)
        first = self._ends[start - 1] if start else 0
        tokens = np.array(self.tokens[first : self._ends[end - 1] if end else 0], np.int32)
        ends -= first
        starts = np.concatenate(([0], ends[:-1])) if len(ends) else ends
        return np.array(self._ids[start:end], np.int64), tokens, starts, ends

    def _order(self, start: int, end: int) -> NDArray[np.int64]:
        """Places of living documents from `start`, counted from there, by rising id."""
        living = np.flatnonzero(np.array(self._living[start:end], np.uint8))
        ids = np.array(self._ids[start:end], np.int64)
        order: NDArray[np.int64] = living[np.argsort(ids[living], kind="stable")]
        return order


def _known(places: NDArray[np.int64]) -> NDArray[np.int64]:
    return places[places >= 0]
