"""The compiled loops of a search: one part's postings, term at a time, window by window.

A window is a run of documents whose scores fit the processor's cache. Within it the terms are added
in the order of the query, so each document's sum has the library's order of operations. The best
documents are kept in a heap whose root is the worst; of equal scores the lower id is better.

Arrays: starts, ends, idf: (terms,) the query's terms in order, repeats included; docs, codes: the
part's postings; ids: (documents,); dead: (documents,), or (0,) where none is; accumulator: zeros,
left as zeros; top_*: (limit,).
"""

# ruff: noqa: PLR0912, PLR0917  compiled loops take arrays by position and stay in one piece

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.compiled import compiled

Array = NDArray[Any]
WINDOW = 1 << 15
"""Documents in a window: 256 KiB of scores."""
NEVER = 1 << 62


@compiled
def worse(score: float, one: int, owner: int, than: float, other: int, others_owner: int) -> bool:
    if score != than:
        return score < than
    if one != other:
        return one > other
    return owner > others_owner


@compiled
def offer(
    scores: Array, ids: Array, owners: Array, size: int, score: float, one: int, owner: int
) -> int:
    """Put a document into the heap unless it is full of better ones; returns the heap's size."""
    if size < scores.size:
        at = size
        size += 1
        while at > 0:
            up = (at - 1) >> 1
            if not worse(score, one, owner, scores[up], ids[up], owners[up]):
                break
            scores[at], ids[at], owners[at] = scores[up], ids[up], owners[up]
            at = up
    else:
        if worse(score, one, owner, scores[0], ids[0], owners[0]):
            return size
        at = 0
        while True:
            down = 2 * at + 1
            if down >= size:
                break
            other = down + 1
            if other < size and worse(
                scores[other], ids[other], owners[other], scores[down], ids[down], owners[down]
            ):
                down = other
            if worse(score, one, owner, scores[down], ids[down], owners[down]):
                break
            scores[at], ids[at], owners[at] = scores[down], ids[down], owners[down]
            at = down
    scores[at], ids[at], owners[at] = score, one, owner
    return size


@compiled
def first_from(docs: Array, start: int, end: int, document: int) -> int:
    """The first posting from `start` whose document is not below `document`, by galloping."""
    step = 1
    low = start
    high = start
    while high < end and docs[high] < document:
        low = high + 1
        high = start + step
        step *= 2
    high = min(high, end)
    while low < high:
        middle = (low + high) >> 1
        if docs[middle] < document:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def search_positive(
    starts: Array,
    ends: Array,
    idf: Array,
    docs: Array,
    codes: Array,
    a: Array,
    b: Array,
    c: Array,
    k1_and_1: float,
    ids: Array,
    dead: Array,
    owner: int,
    window: int,
    accumulator: Array,
    top_scores: Array,
    top_ids: Array,
    top_owners: Array,
    size: int,
) -> int:
    """Every term adds more than 0, so a score of 0 marks a document without any of them."""
    terms = starts.size
    limit = top_scores.size
    cursor = starts.copy()
    stop = starts.copy()
    least = 5e-324
    threshold = max(least, top_scores[0]) if size == limit else least
    while True:
        base: Any = NEVER
        for term in range(terms):
            if cursor[term] < ends[term]:
                base = min(base, np.int64(docs[cursor[term]]))
        if base == NEVER:
            return size
        until = base + window
        for term in range(terms):
            stop[term] = first_from(docs, cursor[term], ends[term], until)
            weight = idf[term]
            if b.size:
                for at in range(cursor[term], stop[term]):
                    code = codes[at]
                    place = np.uint32(docs[at] - base)
                    accumulator[place] += weight * a[code] * k1_and_1 * b[code] / c[code]
            else:
                for at in range(cursor[term], stop[term]):
                    accumulator[np.uint32(docs[at] - base)] += weight * a[codes[at]]
        for term in range(terms):
            for at in range(cursor[term], stop[term]):
                place = np.uint32(docs[at] - base)
                score = accumulator[place]
                accumulator[place] = 0.0
                if score >= threshold:
                    document = docs[at]
                    if dead.size == 0 or dead[document] == 0:
                        size = offer(
                            top_scores, top_ids, top_owners, size, score, ids[document], owner
                        )
                        if size == limit:
                            threshold = max(least, top_scores[0])
            cursor[term] = stop[term]


@compiled
def search_any(
    starts: Array,
    ends: Array,
    idf: Array,
    absent: Array,
    touched: Array,
    docs: Array,
    codes: Array,
    a: Array,
    b: Array,
    c: Array,
    k1_and_1: float,
    ids: Array,
    dead: Array,
    owner: int,
    window: int,
    accumulator: Array,
    top_scores: Array,
    top_ids: Array,
    top_owners: Array,
    size: int,
) -> int:
    """The same for terms that add 0 or less, or something to documents that lack them (absent).

    touched: (window,) zeros, left as zeros: which documents have one of the terms.
    """
    terms = starts.size
    cursor = starts.copy()
    stop = starts.copy()
    held = np.empty(window, np.float64)
    while True:
        base: Any = NEVER
        for term in range(terms):
            if cursor[term] < ends[term]:
                base = min(base, np.int64(docs[cursor[term]]))
        if base == NEVER:
            return size
        until = base + window
        span = min(window, ids.size - base)
        for term in range(terms):
            begin = cursor[term]
            stop[term] = first_from(docs, begin, ends[term], until)
            weight = idf[term]
            for at in range(begin, stop[term]):
                code = codes[at]
                place: Any = np.uint32(docs[at] - base)
                if b.size:
                    added = weight * a[code] * k1_and_1 * b[code] / c[code]
                else:
                    added = weight * a[code]
                held[at - begin] = accumulator[place] + added
                touched[place] = 1
            if absent[term] != 0.0:
                for place in range(span):
                    accumulator[place] += absent[term]
            for at in range(begin, stop[term]):
                accumulator[np.uint32(docs[at] - base)] = held[at - begin]
            cursor[term] = stop[term]
        for place in range(span):
            if touched[place] == 1:
                touched[place] = 0
                document = base + place
                if dead.size == 0 or dead[document] == 0:
                    size = offer(
                        top_scores,
                        top_ids,
                        top_owners,
                        size,
                        accumulator[place],
                        ids[document],
                        owner,
                    )
            accumulator[place] = 0.0
