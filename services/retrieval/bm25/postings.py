"""Postings: for each term the documents that have it, in memory or mapped from a file.

A posting is a document's number in its part (int32) and a code. The code stands for a pair: how
often the term is in the document, and how long the document is. BM25's weight of a term in a
document depends on nothing else but figures of the whole corpus, and pairs are few (about a
thousand where documents are passages), so the weights of all postings are one small float64 table:
computed when the corpus's figures change, exact, and in the processor's cache while it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.counting import (
    count_documents,
    fill_codes,
    fill_postings,
    mark_pairs,
)
from services.retrieval.bm25.scoring import Floats, Scoring
from services.retrieval.bm25.vocabulary import Vocabulary

Array = NDArray[Any]
FEW_PAIRS = 1 << 24
"""Up to so many possible pairs are marked in a table; more are sorted."""
KEPT_FACTORS = 4


class Terms(Protocol):
    """How a part knows its terms: sorted in a file, or by a dict in memory."""

    def find(self, terms: Sequence[str]) -> NDArray[np.int64]: ...

    def sorted(self) -> tuple[Vocabulary, NDArray[np.int64]]:
        """The terms in order, and each one's number in the postings."""


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    ids: NDArray[np.int64]
    """(documents,) rising."""
    lengths: NDArray[np.int32]
    """(documents,) in terms, repeats counted."""
    offsets: NDArray[np.int64]
    """(terms + 1,): term n has postings offsets[n] to offsets[n + 1], by rising document."""
    docs: NDArray[np.int32]
    codes: Array
    """(postings,) uint16 or uint32: places in pair_*."""
    pair_frequencies: NDArray[np.int32]
    pair_lengths: NDArray[np.int32]
    _factors: dict[tuple[Scoring, float], tuple[Floats, Floats, Floats]] = field(
        default_factory=dict, init=False
    )

    def factors(self, scoring: Scoring, average_length: float) -> tuple[Floats, Floats, Floats]:
        """scoring.factors of the pairs; computed when the average length is a new one."""
        key = (scoring, average_length)
        found = self._factors.get(key)
        if found is None:
            frequencies = self.pair_frequencies.astype(np.int64)
            lengths = self.pair_lengths.astype(np.int64)
            found = scoring.factors(frequencies, lengths, average_length)
            if len(self._factors) >= KEPT_FACTORS:
                self._factors.clear()
            self._factors[key] = found
        return found


def build_postings(
    ids: NDArray[np.int64],
    tokens: Array,
    *,
    starts: Array,
    ends: Array,
    order: NDArray[np.int64],
    renumber: NDArray[np.int32],
    terms: int,
) -> Postings:
    """tokens[starts[d] : ends[d]] are document d's terms as numbers; order: which documents, by
    rising id; renumber: (numbers,) each number's place among the `terms` terms."""
    offsets = np.zeros(terms + 1, np.int64)
    count_documents(tokens, starts, ends, order, renumber, offsets)
    docs = np.zeros(offsets[-1], np.int32)
    frequencies = np.zeros(offsets[-1], np.int32)
    fill_postings(tokens, starts, ends, order, renumber, offsets, docs, frequencies)
    lengths = (ends - starts)[order].astype(np.int32)
    codes, pair_frequencies, pair_lengths = encode_pairs(docs, frequencies, lengths)
    return postings_of(ids[order], lengths, offsets, docs, codes, pair_frequencies, pair_lengths)


def postings_of(*arrays: Array) -> Postings:
    """Read-only like mapped files, so that one compiled form of each loop serves both."""
    for array in arrays:
        array.flags.writeable = False
    return Postings(*arrays)


def encode_pairs(
    docs: NDArray[np.int32], frequencies: NDArray[np.int32], lengths: NDArray[np.int32]
) -> tuple[Array, NDArray[np.int32], NDArray[np.int32]]:
    """codes: (postings,); pair_frequencies, pair_lengths: (pairs,)."""
    values, classes = np.unique(lengths, return_inverse=True)
    classes = classes.astype(np.int32)
    highest = int(frequencies.max(initial=0))
    width = len(values)
    if highest * width <= FEW_PAIRS:
        seen = np.zeros(highest * width, np.uint8)
        mark_pairs(docs, frequencies, classes, width, seen)
        pairs = np.flatnonzero(seen)
        code_of = np.zeros(len(seen), np.uint32)
        code_of[pairs] = np.arange(len(pairs), dtype=np.uint32)
        codes = np.empty(len(docs), code_type(len(pairs)))
        fill_codes(docs, frequencies, classes, width, code_of, codes)
    else:
        both = (frequencies.astype(np.int64) - 1) * width + classes[docs]
        pairs, inverse = np.unique(both, return_inverse=True)
        codes = inverse.astype(code_type(len(pairs)))
    return codes, (pairs // max(width, 1) + 1).astype(np.int32), values[pairs % max(width, 1)]


def code_type(pairs: int) -> type[np.unsignedinteger[Any]]:
    return np.uint16 if pairs <= 1 << 16 else np.uint32
