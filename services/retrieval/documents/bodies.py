"""Bodies of the documents API, and how they become documents.

Covers: what is accepted and in which form it is answered. Does not cover: limits that are settings
(api.py checks those).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, create_model, model_validator

from services.contract import Body, Line, Text
from services.retrieval.documents.model import (
    DEFAULT_COLLECTION,
    CollectionInfo,
    Document,
    Listed,
    Outcome,
    Section,
    Stored,
)

MAX_ID_CHARS = 512
MAX_TITLE_CHARS = 1_000
MAX_URL_CHARS = 2_048
MAX_SECTIONS = 100_000

_URL = re.compile(r"(?!javascript:|vbscript:|data:)[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)


def _is_url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError("must be a URL with its scheme, e.g. https://example.org/page")
    return text


CollectionName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
DocumentId = Annotated[Line, Field(max_length=MAX_ID_CHARS)]
Title = Annotated[Line, Field(max_length=MAX_TITLE_CHARS)]
Url = Annotated[Text, Field(max_length=MAX_URL_CHARS), AfterValidator(_is_url)]


class SectionBody(Body):
    heading: Annotated[Text, Field(max_length=MAX_TITLE_CHARS)] = ""
    """The headings above the text, outermost first, joined as in model.Section."""
    text: Text


class DocumentBody(Body):
    """A document: either its text or its sections."""

    id: DocumentId | None = None
    """Default: the url, else derived from the content."""
    title: Title
    url: Url | None = None
    text: Text | None = None
    sections: (
        Annotated[list[SectionBody], Field(max_length=MAX_SECTIONS, fail_fast=True)] | None
    ) = None

    @model_validator(mode="after")
    def _has_text(self) -> Self:
        if (self.text is None) == (self.sections is None):
            raise ValueError("a document needs exactly one of `text` and `sections`")
        if not any(part.text.strip() for part in self.parts()):
            raise ValueError("a document needs at least one visible character of text")
        return self

    def parts(self) -> Sequence[Section]:
        if self.text is not None:
            return [Section("", self.text)]
        return [Section(part.heading, part.text) for part in self.sections or []]

    def document(self) -> Document:
        return named(Document(self.id or "", self.title, self.url, tuple(self.parts())))


class DocumentsRequest(Body):
    """`POST /v1/documents`: all are stored or none."""

    collection: CollectionName = DEFAULT_COLLECTION
    documents: Annotated[list[DocumentBody], Field(min_length=1, fail_fast=True)]


def documents_request(max_documents: int) -> type[DocumentsRequest]:
    """The body that takes so many documents: looking at more would cost a thousandfold."""
    documents = Annotated[
        list[DocumentBody], Field(min_length=1, max_length=max_documents, fail_fast=True)
    ]
    return create_model(
        "DocumentsRequest",
        __base__=DocumentsRequest,
        __doc__=DocumentsRequest.__doc__,
        documents=(documents, ...),
    )


class StoredBody(Body):
    id: str
    outcome: Outcome
    passages: int


class DocumentsResponse(Body):
    collection: str
    documents: list[StoredBody]
    """In the order of the request."""


class ListedBody(Body):
    id: str
    title: str
    url: str | None
    passages: int


class ListingResponse(Body):
    collection: str
    documents: list[ListedBody]
    """In order of id."""
    next: str | None
    """Give it as `after` for the next page; null on the last one."""


class DocumentResponse(Body):
    collection: str
    id: str
    title: str
    url: str | None
    sections: list[SectionBody]


class DeletedResponse(Body):
    collection: str
    deleted: int
    """Documents that went."""


class CollectionBody(Body):
    name: str
    documents: int
    passages: int


class CollectionsResponse(Body):
    collections: list[CollectionBody]
    """In order of name."""


def named(document: Document) -> Document:
    """The document, with an id if it has none: its url, else what its content makes."""
    if document.id:
        return document
    derived = document.url if document.url and len(document.url) <= MAX_ID_CHARS else None
    return Document(
        derived or f"sha256-{document.content_hash[:32]}",
        document.title,
        document.url,
        document.sections,
    )


def content_id(data: bytes) -> str:
    """For a file without id and url: the same file is the same document."""
    return f"sha256-{hashlib.sha256(data).hexdigest()[:32]}"


def stored_response(collection: str, stored: Sequence[Stored]) -> DocumentsResponse:
    return DocumentsResponse(
        collection=collection,
        documents=[
            StoredBody(id=one.id, outcome=one.outcome, passages=one.passages) for one in stored
        ],
    )


def listing_response(collection: str, listed: Sequence[Listed], limit: int) -> ListingResponse:
    """listed: one more than `limit` where there is a next page."""
    shown = listed[:limit]
    return ListingResponse(
        collection=collection,
        documents=[
            ListedBody(id=one.id, title=one.title, url=one.url, passages=one.passages)
            for one in shown
        ],
        next=shown[-1].id if len(listed) > limit else None,
    )


def document_response(collection: str, document: Document) -> DocumentResponse:
    return DocumentResponse(
        collection=collection,
        id=document.id,
        title=document.title,
        url=document.url,
        sections=[
            SectionBody.model_construct(heading=part.heading, text=part.text)
            for part in document.sections
        ],
    )


def collections_response(collections: Sequence[CollectionInfo]) -> CollectionsResponse:
    return CollectionsResponse(
        collections=[
            CollectionBody(name=one.name, documents=one.documents, passages=one.passages)
            for one in sorted(collections, key=lambda one: one.name)
        ]
    )
