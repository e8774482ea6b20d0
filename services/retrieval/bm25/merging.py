"""Merging segments: which ones, and writing them as one without the deleted documents.

Postings are streamed in batches of terms, so memory is bounded by a batch, the documents' ids and
the vocabulary, not by the postings.
"""

# ruff: noqa: PLR0917  compiled loops take their arrays by position

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.compiled import compiled
from services.retrieval.bm25.part import Part
from services.retrieval.bm25.postings import code_type
from services.retrieval.bm25.segment import SegmentInfo, Write, write_segment
from services.retrieval.bm25.vocabulary import Vocabulary, union_of

Array = NDArray[Any]
BATCH = 1 << 22
"""Postings held at a time; more where one term has more."""
MOST_DEAD = 0.25
"""A segment with a larger share of deleted documents is rewritten."""


def choose(parts: Sequence[Part], at_once: int) -> list[Part]:
    """Segments to merge next, [] where nothing is to be done.

    As soon as `at_once` segments are of one size class (powers of `at_once`), they become one: the
    number of segments stays logarithmic, and a document is rewritten a logarithmic number of times.
    """
    for part in parts:
        if part.documents < (1 - MOST_DEAD) * len(part.postings.ids):
            return [part]
    classes: dict[int, list[Part]] = {}
    for part in sorted(parts, key=lambda one: one.documents):
        size_class = int(math.log(max(part.documents, 1), at_once) + 1e-9)
        classes.setdefault(size_class, []).append(part)
        if len(classes[size_class]) == at_once:
            return classes[size_class]
    return []


def write_merged(folder: Path, name: str, parts: Sequence[Part]) -> SegmentInfo:
    """parts: with at least one living document between them."""
    return write_segment(folder, name, *merged(parts))


def merged(parts: Sequence[Part]) -> tuple[Array, Callable[[Write], int]]:
    """An array of the codes' type, and what writes the segment's arrays in batches."""
    parts = sorted((one for one in parts if one.documents), key=lambda one: one.postings.ids[0])
    ids, lengths, new_docs, in_order = _renumber_documents(parts)
    pair_frequencies, pair_lengths, new_codes = _renumber_pairs(parts)
    vocabulary, places, offsets = _renumber_terms(parts)

    def fill(write: Write) -> int:
        write("ids", ids)
        write("lengths", lengths)
        write("offsets", offsets)
        write("pair_frequencies", pair_frequencies)
        write("pair_lengths", pair_lengths)
        write("terms", vocabulary.blob)
        write("term_offsets", vocabulary.offsets)
        first = 0
        while first < len(vocabulary):
            last = int(np.searchsorted(offsets, offsets[first] + BATCH, side="right")) - 1
            last = max(last, first + 1)
            cursor = offsets[first:last] - offsets[first]
            size = int(offsets[last] - offsets[first])
            docs, codes = np.empty(size, np.int32), np.empty(size, new_codes[0].dtype)
            for part, to, doc_of, code_of in zip(parts, places, new_docs, new_codes, strict=True):
                here = np.flatnonzero((to >= first) & (to < last))
                postings = part.postings
                _append(
                    postings.docs,
                    postings.codes,
                    postings.offsets,
                    here,
                    to[here] - first,
                    doc_of,
                    code_of,
                    cursor,
                    docs,
                    codes,
                )
            if not in_order:
                _sort_each(offsets, first, last, docs, codes)
            write("docs", docs)
            write("codes", codes)
            first = last
        return len(ids)

    return new_codes[0], fill


def _renumber_documents(
    parts: Sequence[Part],
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[NDArray[np.int32]], bool]:
    """The living ids in order, their lengths, for each part its documents' new numbers (-1: dead),
    and whether the parts' documents simply follow each other."""
    living = [_living(part) for part in parts]
    ids = np.concatenate([p.postings.ids[one] for p, one in zip(parts, living, strict=True)])
    lengths = np.concatenate(
        [p.postings.lengths[one] for p, one in zip(parts, living, strict=True)]
    )
    in_order = bool((np.diff(ids) > 0).all())
    number = np.arange(len(ids), dtype=np.int32)
    if not in_order:
        order = np.argsort(ids)
        ids, lengths = ids[order], lengths[order]
        number[order] = np.arange(len(ids), dtype=np.int32)
    new_docs, start = [], 0
    for part, one in zip(parts, living, strict=True):
        new = np.full(len(part.postings.ids), -1, np.int32)
        new[one] = number[start : start + len(one)]
        start += len(one)
        new_docs.append(new)
    return ids, lengths, new_docs, in_order


def _living(part: Part) -> NDArray[np.int64]:
    if part.dead.size:
        return np.flatnonzero(part.dead == 0)
    return np.arange(len(part.postings.ids))


def _renumber_pairs(
    parts: Sequence[Part],
) -> tuple[NDArray[np.int32], NDArray[np.int32], list[Array]]:
    each = [
        (part.postings.pair_frequencies.astype(np.int64) << 32) | part.postings.pair_lengths
        for part in parts
    ]
    pairs = np.unique(np.concatenate(each))
    kind = code_type(len(pairs))
    new_codes: list[Array] = [np.searchsorted(pairs, one).astype(kind) for one in each]
    frequencies, lengths = (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
    return frequencies, lengths, new_codes


def _renumber_terms(
    parts: Sequence[Part],
) -> tuple[Vocabulary, list[NDArray[np.int32]], NDArray[np.int64]]:
    """The terms of living documents, each part's terms' new numbers (-1: gone), new offsets."""
    whole, places = union_of([part.terms.sorted()[0] for part in parts])
    holding = np.zeros(len(whole), np.int64)
    for part, to in zip(parts, places, strict=True):
        holding[to] += part.holding_each()
    kept = holding > 0
    if not kept.all():
        sizes = np.diff(whole.offsets)
        blob = whole.blob[np.repeat(kept, sizes)]
        whole = Vocabulary(blob, np.concatenate(([0], np.cumsum(sizes[kept]))))
        new = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        places = [new[to] for to in places]
    return whole, places, np.concatenate(([0], np.cumsum(holding[kept])))


@compiled
def _append(
    docs: Array,
    codes: Array,
    offsets: Array,
    terms: Array,
    to: Array,
    doc_of: Array,
    code_of: Array,
    cursor: Array,
    new_docs: Array,
    new_codes: Array,
) -> None:
    """Append one part's living postings of `terms` to the lists `to`, which end at `cursor`."""
    for one in range(terms.size):
        end = cursor[to[one]]
        for at in range(offsets[terms[one]], offsets[terms[one] + 1]):
            document = doc_of[docs[at]]
            if document >= 0:
                new_docs[end] = document
                new_codes[end] = code_of[codes[at]]
                end += 1
        cursor[to[one]] = end


@compiled
def _sort_each(offsets: Array, first: int, last: int, docs: Array, codes: Array) -> None:
    """Bring each term's postings into the order of documents."""
    for term in range(first, last):
        start, end = offsets[term] - offsets[first], offsets[term + 1] - offsets[first]
        order = np.argsort(docs[start:end])
        docs[start:end] = docs[start:end][order]
        codes[start:end] = codes[start:end][order]
