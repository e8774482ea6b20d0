"""The index engine: numbers of documents and lists of terms in, numbers and BM25 scores out.

Knows nothing of text, of languages or of where documents are kept.
"""

from services.retrieval.bm25.index import Index
from services.retrieval.bm25.reference import ReferenceIndex
from services.retrieval.bm25.scoring import Scoring
from services.retrieval.bm25.union import idf_all, search_all

__all__ = ["Index", "ReferenceIndex", "Scoring", "idf_all", "search_all"]
