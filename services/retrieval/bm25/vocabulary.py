"""Sorted terms as two arrays that can be memory-mapped: looked up by bisection, united by merging.

Terms are ordered by their UTF-8 bytes, which is the order of their code points. No Python object
is made per term. A lone surrogate is a code point like any other.
"""

# ruff: noqa: PLR0917  compiled loops take their arrays by position

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.compiled import compiled

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    """(terms + 1,): term n is blob[offsets[n] : offsets[n + 1]]."""

    @classmethod
    def of(cls, terms: Iterable[str]) -> Self:
        """terms: in order, each once."""
        return cls(*_joined(terms))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def find(self, terms: Sequence[str]) -> NDArray[np.int64]:
        """(len(terms),): each term's number, -1 where it is not there."""
        numbers = np.empty(len(terms), np.int64)
        _find(self.blob, self.offsets, *_joined(terms), numbers)
        return numbers

    def union(self, other: Vocabulary) -> tuple[Vocabulary, NDArray[np.int32], NDArray[np.int32]]:
        """The terms of both, and for each of the two where its terms went."""
        blob = np.empty(self.blob.size + other.blob.size, np.uint8)
        offsets = np.zeros(len(self) + len(other) + 1, np.int64)
        mine, others = np.empty(len(self), np.int32), np.empty(len(other), np.int32)
        terms = _unite(
            self.blob, self.offsets, other.blob, other.offsets, blob, offsets, mine, others
        )
        offsets = offsets[: terms + 1]
        return Vocabulary(_fixed(blob[: offsets[-1]]), _fixed(offsets)), mine, others


def union_of(vocabularies: Sequence[Vocabulary]) -> tuple[Vocabulary, list[NDArray[np.int32]]]:
    """All terms, and for each vocabulary where its terms went."""
    whole = vocabularies[0]
    places = [np.arange(len(whole), dtype=np.int32)]
    for vocabulary in vocabularies[1:]:
        whole, earlier, new = whole.union(vocabulary)
        places = [earlier[one] for one in places] + [new]
    return whole, places


def _joined(terms: Iterable[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    encoded = [term.encode("utf-8", "surrogatepass") for term in terms]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(one) for one in encoded], out=offsets[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), _fixed(offsets)


def _fixed(array: Array) -> Array:
    """Read-only like a mapped file, so that one compiled form serves both."""
    array.flags.writeable = False
    return array


@compiled
def _compare(a: Array, a_start: int, a_end: int, b: Array, b_start: int, b_end: int) -> int:
    """Below, at or above 0 as a is before, equal to or after b."""
    for at in range(min(a_end - a_start, b_end - b_start)):
        difference: Any = np.int64(a[a_start + at]) - np.int64(b[b_start + at])
        if difference != 0:
            return int(difference)
    return (a_end - a_start) - (b_end - b_start)


@compiled
def _find(
    blob: Array, offsets: Array, wanted: Array, wanted_offsets: Array, numbers: Array
) -> None:
    for term in range(numbers.size):
        start, end = wanted_offsets[term], wanted_offsets[term + 1]
        low, high = 0, offsets.size - 1
        numbers[term] = -1
        while low < high:
            middle = (low + high) >> 1
            order = _compare(blob, offsets[middle], offsets[middle + 1], wanted, start, end)
            if order == 0:
                numbers[term] = middle
                break
            if order < 0:
                low = middle + 1
            else:
                high = middle


@compiled
def _unite(
    a: Array,
    a_offsets: Array,
    b: Array,
    b_offsets: Array,
    blob: Array,
    offsets: Array,
    a_places: Array,
    b_places: Array,
) -> int:
    """Returns how many terms the union has; blob and offsets are made large enough for any."""
    here, there, terms, end = 0, 0, 0, 0
    while here < a_places.size or there < b_places.size:
        if here == a_places.size:
            order = 1
        elif there == b_places.size:
            order = -1
        else:
            order = _compare(
                a, a_offsets[here], a_offsets[here + 1], b, b_offsets[there], b_offsets[there + 1]
            )
        if order <= 0:
            for at in range(a_offsets[here], a_offsets[here + 1]):
                blob[end] = a[at]
                end += 1
            a_places[here] = terms
            here += 1
        else:
            for at in range(b_offsets[there], b_offsets[there + 1]):
                blob[end] = b[at]
                end += 1
        if order >= 0:
            b_places[there] = terms
            there += 1
        terms += 1
        offsets[terms] = end
    return terms
