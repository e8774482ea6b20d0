"""What a request brings, read and checked: JSON documents, or a file for the parsers.

Covers: media types, limits that are settings, and how problems are told.
Does not cover: routes (api.py) or formats of files (parse/).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote

from fastapi import Request
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from services.chassis import Failure
from services.chassis.validation import describe_validation
from services.contract import ErrorCode
from services.retrieval.documents.bodies import (
    CollectionName,
    DocumentBody,
    DocumentId,
    DocumentsRequest,
    Title,
    Url,
    content_id,
)
from services.retrieval.documents.model import FACTS_COLLECTION, Document
from services.retrieval.parse.record import ParseError, opening
from services.retrieval.parse.worker import UPLOAD_LIMITS, parse_in_worker
from services.retrieval.settings import Settings

ParseUpload = Callable[[bytes, str, str, str | None], list[Document]]
"""(data, media type, name, url) -> its documents; blocks. ParseError: it cannot be read."""

T = TypeVar("T", bound=BaseModel)

JSON = "application/json"
MAX_PROBLEMS = 100
"""Fields that are wrong in a body; of more, only their number is told."""

_COLLECTION: TypeAdapter[str] = TypeAdapter(CollectionName)
_ID: TypeAdapter[str] = TypeAdapter(DocumentId)
_TITLE: TypeAdapter[str] = TypeAdapter(Title)
_URL: TypeAdapter[str] = TypeAdapter(Annotated[Url, Field()])


def media_type(request: Request) -> str:
    """In lower case, without parameters. Failure: the request does not say."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not given:
        raise Failure(
            ErrorCode.BAD_REQUEST,
            f"the header content-type is missing: {JSON} for documents as JSON, else the media "
            "type of the file, e.g. text/plain or application/pdf",
        )
    return given


def parsed(kind: type[T], data: bytes) -> T:
    """Failure: not JSON, or a field is wrong; the message names it."""
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        if (count := error.error_count()) > MAX_PROBLEMS:  # gigabytes, were all of them told
            raise Failure(ErrorCode.INVALID_REQUEST, f"body: {count} fields are wrong") from None
        problems = error.errors(include_url=False)
        if problems[0]["type"] == "json_invalid":
            reason = problems[0].get("ctx", {}).get("error", "syntax error")
            raise Failure(ErrorCode.BAD_REQUEST, f"body: is not JSON: {reason}") from None
        if (problems[0]["type"], problems[0]["loc"]) == ("too_long", ("documents",)):
            raise _too_many(problems[0]["ctx"]["max_length"]) from None
        raise _wrong(problems, "body") from None


def documents_of(data: bytes, kind: type[DocumentsRequest]) -> tuple[str, list[Document]]:
    request = parsed(kind, data)
    return request.collection, [one.document() for one in request.documents]


def document_of(data: bytes, document_id: str) -> list[Document]:
    body = parsed(DocumentBody, data)
    if body.id not in (None, document_id):
        message = "id: is not the one in the path; leave it out, or write the same"
        raise Failure(ErrorCode.INVALID_REQUEST, message)
    return [replace(body.document(), id=document_id)]


def in_worker(settings: Settings) -> ParseUpload:
    """Parses in a process of its own, which is ended at a deadline and at a bound on memory."""
    limits = replace(
        UPLOAD_LIMITS,
        document_chars=settings.max_document_chars,
        records=settings.max_documents,
    )

    def parse(data: bytes, media: str, name: str, url: str | None) -> list[Document]:
        timeout_s, memory_bytes = settings.parse_timeout_s, settings.parse_memory_bytes
        return parse_in_worker(data, media, name, timeout_s, memory_bytes, url=url, limits=limits)

    return parse


def uploaded(
    parse: ParseUpload,
    data: bytes,
    media: str,
    *,
    document_id: str | None,
    title: str | None,
    url: str | None,
) -> list[Document]:
    """The documents of a file; id and title can be given where it is one document. Blocks.

    One that has no title of its own is called by the last part of its id or address, else by its
    first words.
    """
    nameless = content_id(data)
    try:
        documents = parse(data, media, document_id or _last_part(url) or nameless, url)
    except ParseError as error:
        raise Failure(ErrorCode.INVALID_REQUEST, f"file: {error}") from None
    if len(documents) == 1:
        one = documents[0]
        own = opening(one.sections[0].text) if one.title == nameless else one.title
        documents = [replace(one, id=document_id or one.id, title=title or own)]
    elif document_id is not None or title is not None:
        message = f"file: has {len(documents)} documents; they cannot share one id or title"
        raise Failure(ErrorCode.INVALID_REQUEST, message)
    for one in documents:
        checked_id(one.id)
    return documents


def _last_part(url: str | None) -> str:
    path = re.split("[?#]", url or "", maxsplit=1)[0]
    return unquote(path.rstrip("/").rpartition("/")[2])


def check_documents(documents: Sequence[Document], settings: Settings) -> None:
    if len(documents) > settings.max_documents:
        raise _too_many(settings.max_documents)
    for place, one in enumerate(documents):
        chars = len(one.title) + sum(len(part.heading) + len(part.text) for part in one.sections)
        if chars > settings.max_document_chars:
            raise Failure(
                ErrorCode.INVALID_REQUEST,
                f"documents.{place}: {chars} characters; at most {settings.max_document_chars} are "
                "allowed (setting max_document_chars)",
            )


def _too_many(most: int) -> Failure:
    message = f"documents: at most {most} are allowed at once (setting max_documents)"
    return Failure(ErrorCode.INVALID_REQUEST, message)


def writable_collection(name: str) -> str:
    if name == FACTS_COLLECTION:
        raise Failure(
            ErrorCode.CONFLICT,
            f"the collection {FACTS_COLLECTION} is the built-in one, which cannot be changed; "
            "docs/facts.md tells how facts are added",
        )
    return checked_collection(name)


def checked_collection(name: str) -> str:
    return _checked(_COLLECTION, name, "collection")


def checked_id(document_id: str) -> str:
    return _checked(_ID, document_id, "id")


def checked_title(title: str | None) -> str | None:
    return None if title is None else _checked(_TITLE, title, "title")


def checked_url(url: str | None) -> str | None:
    return None if url is None else _checked(_URL, url, "url")


def _checked(kind: TypeAdapter[str], text: str, name: str) -> str:
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        raise _wrong(error.errors(include_url=False), name) from None


def _wrong(problems: Sequence[Any], where: str) -> Failure:
    located = [{**problem, "loc": (where, *problem["loc"])} for problem in problems]
    return Failure(*describe_validation(located))
