"""BM25 over the facts: rank_bm25's BM25Okapi, asked about candidate documents only.

BM25Okapi scores every document for every query, tens of milliseconds over 100,000 facts. Here the
candidates are chosen first (entities.py) and `get_batch_scores` ranks those: the same numbers,
from the same object, for a few documents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rank_bm25 import BM25Okapi


class BM25Index:
    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """documents: the terms of each. An empty corpus is allowed (BM25Okapi divides by zero)."""
        self._bm25 = BM25Okapi(documents) if any(documents) else None
        self._size = len(documents)
        if self._bm25 is not None:
            # get_batch_scores turns the lengths into an array on each call; of an array, fast.
            self._bm25.doc_len = np.asarray(self._bm25.doc_len)

    def scores(self, query: Sequence[str], document_ids: Sequence[int]) -> list[float]:
        """BM25Okapi's score of each of the documents, in the order given."""
        if self._bm25 is None or not document_ids:
            return [0.0] * len(document_ids)
        scores: list[float] = self._bm25.get_batch_scores(list(query), list(document_ids))
        return scores

    def weight(self, term: str) -> float:
        """How much a term tells: its inverse document frequency, above 0; unseen terms most."""
        if self._bm25 is None:
            return 1.0
        idf: float | None = self._bm25.idf.get(term)
        if idf is None:
            return math.log(self._size + 1.5)
        # In tiny corpora idf can be 0 or negative: such a term tells little, never less than none.
        return idf if idf > 0.1 else 0.1
