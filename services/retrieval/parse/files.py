"""Which format a file is in, and its documents.

    parse_file(path, url=…)               records as they are read: documents, and what is wrong
    parse_bytes(data, media_type, name)   all documents of an upload, or a ParseError

The name's ending (a file) or the media type (an upload) says the format; a content that is plainly
something else is an error, not a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from services.retrieval.documents.model import Document
from services.retrieval.parse.fit import fitted
from services.retrieval.parse.formats import Format, format_of
from services.retrieval.parse.record import (
    LIMITS,
    Limits,
    ParseError,
    Record,
    Source,
    source_of,
    source_of_bytes,
)
from services.retrieval.parse.sniff import check_content

_HEAD_BYTES = 2048
_SHOWN_PROBLEMS = 5


def parse_file(
    path: Path, *, url: str | None = None, limits: Limits = LIMITS, after: int = 0
) -> Iterator[Record]:
    """The file's records, in order, from the one after number `after`.

    ParseError, perhaps after some records: the rest cannot be read.
    """
    try:
        source = source_of(path, url)
        yield from _records(source, format_of(path.name), limits, after)
    except OSError as error:
        raise ParseError(f"cannot be read: {error.strerror or error}") from error


def parse_bytes(
    data: bytes,
    media_type: str,
    name: str,
    *,
    url: str | None = None,
    limits: Limits = LIMITS,
) -> list[Document]:
    """All documents, or a ParseError if anything is wrong with any.

    media_type: as in Content-Type; "" or application/octet-stream: the name's ending decides.
    The documents' ids are, or begin with, `url`, else `name`.
    """
    source = source_of_bytes(data, name, url)
    documents: list[Document] = []
    problems: list[str] = []
    chars = 0
    for record in _records(source, format_of(name, media_type), limits, 0):
        if record.document is not None:
            documents.append(record.document)
            # A table repeats its columns' names in every row: little can become very much.
            chars += sum(len(part.heading) + len(part.text) for part in record.document.sections)
            if limits.stream_bytes is not None and chars > limits.stream_bytes:
                raise ParseError(
                    f"becomes more than the {limits.stream_bytes:,} characters allowed"
                )
        if record.problem is not None:
            problems.append(record.problem)
    if problems:
        more = len(problems) - _SHOWN_PROBLEMS
        shown = "; ".join(problems[:_SHOWN_PROBLEMS])
        raise ParseError(f"{shown}; and {more} more" if more > 0 else shown)
    if not documents:
        raise ParseError("has no text")
    return documents


def _records(source: Source, kind: Format, limits: Limits, after: int) -> Iterator[Record]:
    with source.open() as file:
        head = file.read(_HEAD_BYTES)
    check_content(head, kind, whole=source.size <= len(head))
    count = 0
    try:
        for found in kind.parse(source, limits, after):
            record = found
            if record.document is not None:
                count += 1
                record = replace(record, document=fitted(record.document))
            if limits.records is not None and count > limits.records:
                raise ParseError(f"has more than the {limits.records:,} documents allowed at once")
            yield record
    except ImportError as error:
        raise ParseError(
            f"reading {kind.name} needs the package {error.name}: "
            "pip install 'groundling[retrieval]'"
        ) from error
    except RecursionError:
        raise ParseError("is nested too deeply") from None
