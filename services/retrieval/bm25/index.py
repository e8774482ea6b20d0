"""The BM25 index: documents known by number, each a list of terms; best documents of a query.

This first version keeps everything in memory by the reference; its calls are the ones that stay.
An id must never come back with other terms after it was deleted: the index on disk would take the
old document for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.retrieval.bm25.reference import ReferenceIndex, library_of, search_references


class Index(ReferenceIndex):
    pass


def search_all(
    indexes: Sequence[Index] | Sequence[ReferenceIndex], terms: Sequence[str], limit: int
) -> list[tuple[int, int, float]]:
    """(which index, id, score), best first: exact over the union of the indexes as one corpus."""
    return search_references(list(indexes), terms, limit)


def idf_all(
    indexes: Sequence[Index] | Sequence[ReferenceIndex], terms: Sequence[str]
) -> list[float]:
    """Each term's inverse document frequency over the union of the indexes; 0 where unknown."""
    if not indexes:
        return [0.0] * len(terms)
    return [library_of(list(indexes)).idf(term) for term in terms]
