"""The seam between documents and where they are kept: the same calls, embedded or on a cluster.

    embedded.py   SQLite and memory-mapped BM25 in the data folder (default)
    milvus.py     a Milvus collection, embedded or by URI

Every call blocks and may come from any thread; the service bounds how many wait (service.py).
A put or delete that returned is kept whatever happens to the process afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.contract import Missing
from services.retrieval.documents.model import CollectionInfo, Document, Hit, Listed, Stored


class BackendError(Exception):
    """The store could not do its work; the message says what is wrong and what helps."""


class Backend(Protocol):
    def open(self) -> None:
        """Make ready to serve; may take long (checking or rebuilding an index)."""

    def close(self) -> None: ...

    def missing(self) -> Sequence[Missing]:
        """What keeps it from working right now, for /readyz. Cheap."""

    def put(self, collection: str, documents: Sequence[Document]) -> list[Stored]:
        """Add or replace, all or none; in order. The same content again is `unchanged`."""

    def delete(self, collection: str, ids: Sequence[str]) -> int:
        """Returns how many there were."""

    def get(self, collection: str, document_id: str) -> Document | None: ...

    def page(self, collection: str, after: str, limit: int) -> list[Listed]:
        """Documents in order of id, those greater than `after`."""

    def collections(self) -> list[CollectionInfo]:
        """In order of name. A collection is there as long as it has a document."""

    def delete_collection(self, name: str) -> int | None:
        """Returns how many documents went; None where there is no such collection."""

    def search(self, query: str, collections: Sequence[str] | None, limit: int) -> list[Hit]:
        """Best first. None: every collection. Unknown names find nothing."""
