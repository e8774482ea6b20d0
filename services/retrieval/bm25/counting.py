"""The compiled loops of building: from documents as term numbers to postings by term.

Also what deletion needs of postings: how many of a term's documents, or of every term's, live.
"""

# ruff: noqa: PLR0917  compiled loops take their arrays by position

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.compiled import compiled

Array = NDArray[Any]


@compiled
def mark_used(tokens: Array, starts: Array, ends: Array, order: Array, used: Array) -> None:
    """used: (terms,) uint8, set to 1 for every term of the documents in `order`."""
    for document in order:
        for at in range(starts[document], ends[document]):
            used[tokens[at]] = 1


@compiled
def count_documents(
    tokens: Array, starts: Array, ends: Array, order: Array, renumber: Array, offsets: Array
) -> None:
    """offsets: (terms + 1,) zeros; becomes where each term's postings start.

    renumber: (numbers in tokens,) the term's place in the postings.
    """
    last = np.full(offsets.size - 1, -1, np.int32)
    for place in range(order.size):
        document = order[place]
        for at in range(starts[document], ends[document]):
            term = renumber[tokens[at]]
            if last[term] != place:
                last[term] = place
                offsets[term + 1] += 1
    for term in range(offsets.size - 1):
        offsets[term + 1] += offsets[term]


@compiled
def fill_postings(
    tokens: Array,
    starts: Array,
    ends: Array,
    order: Array,
    renumber: Array,
    offsets: Array,
    docs: Array,
    frequencies: Array,
) -> None:
    """docs, frequencies: (postings,) int32; documents are numbered by their place in `order`."""
    cursor = offsets[:-1].copy()
    last = np.full(offsets.size - 1, -1, np.int32)
    for place in range(order.size):
        document = order[place]
        for at in range(starts[document], ends[document]):
            term = renumber[tokens[at]]
            if last[term] == place:
                frequencies[cursor[term] - 1] += 1
            else:
                last[term] = place
                docs[cursor[term]] = place
                frequencies[cursor[term]] = 1
                cursor[term] += 1


@compiled
def mark_pairs(docs: Array, frequencies: Array, classes: Array, width: int, seen: Array) -> None:
    """seen: (highest frequency * width,) uint8; classes: (documents,) the length's class."""
    for at in range(docs.size):
        seen[(frequencies[at] - 1) * width + classes[docs[at]]] = 1


@compiled
def fill_codes(
    docs: Array, frequencies: Array, classes: Array, width: int, code_of: Array, codes: Array
) -> None:
    for at in range(docs.size):
        codes[at] = code_of[(frequencies[at] - 1) * width + classes[docs[at]]]


@compiled
def count_dead(docs: Array, start: int, end: int, dead: Array) -> int:
    found = 0
    for at in range(start, end):
        found += dead[docs[at]]
    return found


@compiled
def count_living(docs: Array, offsets: Array, dead: Array, living: Array) -> None:
    """living: (terms,) int64, becomes how many living documents each term has."""
    for term in range(living.size):
        found = offsets[term + 1] - offsets[term]
        for at in range(offsets[term], offsets[term + 1]):
            found -= dead[docs[at]]
        living[term] = found
