"""Several indexes searched as one corpus: ranking is as if all documents were in one index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from services.retrieval.bm25.index import Index
from services.retrieval.bm25.reference import ReferenceIndex, library_of
from services.retrieval.bm25.search import Corpus, Found

Indexes = Sequence[Index] | Sequence[ReferenceIndex]
KEPT = 4


def search_all(indexes: Indexes, terms: Sequence[str], limit: int) -> list[Found]:
    """(which index, id, score), best first: exact over the union of the indexes as one corpus."""
    if not indexes:
        return []
    if isinstance(indexes[0], ReferenceIndex):
        return library_of(cast(Sequence[ReferenceIndex], indexes)).search(terms, limit)
    return _union(cast(Sequence[Index], indexes)).search(terms, limit)


def idf_all(indexes: Indexes, terms: Sequence[str]) -> list[float]:
    """Each term's inverse document frequency over the union of the indexes; 0 where unknown."""
    if not indexes:
        return [0.0] * len(terms)
    if isinstance(indexes[0], ReferenceIndex):
        library = library_of(cast(Sequence[ReferenceIndex], indexes))
        return [library.idf(term) for term in terms]
    union = _union(cast(Sequence[Index], indexes))
    return [union.idf(term) for term in terms]


def _union(indexes: Sequence[Index]) -> Corpus:
    """Kept by the first index while none changes: it remembers the average idf."""
    corpora = [index.corpus() for index in indexes]
    key = tuple(map(id, corpora))
    unions = indexes[0].unions
    found = unions.get(key)
    if found is None:
        parts = [(which, part) for which, corpus in enumerate(corpora) for _, part in corpus.parts]
        found = (corpora, Corpus(parts, indexes[0].scoring))
        if len(unions) >= KEPT:
            unions.clear()
        unions[key] = found
    return found[1]
