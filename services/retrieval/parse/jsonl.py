"""JSON lines (.jsonl, .ndjson): every line an object that is a document.

Its text is under text, content or body (or in sections, as the documents API has them); title, url
and id are optional; lines that share an address and have no id stay apart. A line that is none of
this is a problem of that line. Covers UTF-8 only, as JSON does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from services.retrieval.documents.model import Document, Section
from services.retrieval.parse.record import (
    Ids,
    Limits,
    ParseError,
    Record,
    Source,
    checked,
    opening,
)

_TEXTS = ("text", "content", "body")
_TITLES = ("title", "name", "headline")
_BEAT = 2_000


class _BadLine(Exception):
    pass


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    read = 0
    ids = Ids()
    with source.open() as file:
        for number, line in enumerate(_lines(file, limits.record_bytes), 1):
            read += len(line)
            if limits.stream_bytes is not None and read > limits.stream_bytes:
                raise ParseError(f"has more than the {limits.stream_bytes:,} bytes allowed")
            record = Record(number, read=read)
            if line.strip(b" \t\r\n\xef\xbb\xbf"):
                try:
                    document = _document(source, number, _object(line, limits), ids)
                    record = replace(record, document=checked(document, limits))
                except (_BadLine, ParseError) as error:
                    record = replace(record, problem=f"line {number:,}: {error}")
            if number <= after:
                record = Record(number, read=read)
            if record.document or record.problem or number % _BEAT == 0:
                yield record


def _lines(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """Each line, of one that is too long the beginning; it is longer than the limit then."""
    while line := file.readline(limit + 1):
        rest = line
        while len(rest) > limit and not rest.endswith(b"\n"):
            rest = file.readline(limit + 1)
        yield line


def _object(line: bytes, limits: Limits) -> Mapping[str, Any]:
    if len(line) > limits.record_bytes:
        raise _BadLine(f"is longer than the {limits.record_bytes:,} bytes allowed")
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _BadLine(f"is not UTF-8 (byte {error.start:,})") from None
    except json.JSONDecodeError as error:
        raise _BadLine(f"is not JSON: {error.msg} (character {error.pos + 1:,})") from None
    except (RecursionError, ValueError):
        raise _BadLine("is JSON nested too deeply or with numbers too long") from None
    if not isinstance(value, dict):
        raise _BadLine("is not a JSON object")
    return value


def _document(source: Source, number: int, fields: Mapping[str, Any], ids: Ids) -> Document:
    sections = _sections(fields)
    own_url = _optional(fields, "url")
    title = next((found for name in _TITLES if (found := _optional(fields, name))), None)
    if title is None:
        title = opening(sections[0].text)
    given = fields.get("id")
    if given is not None and (isinstance(given, bool) or not isinstance(given, str | int)):
        raise _BadLine("id is neither a string nor a whole number")
    place = f"line={number}"
    if given not in (None, ""):
        document_id = str(given)
    else:
        document_id = ids.own(own_url, place) if own_url else f"{source.id}#{place}"
    return Document(document_id, " ".join(title.split()), own_url or source.url, sections)


def _sections(fields: Mapping[str, Any]) -> tuple[Section, ...]:
    for name in _TEXTS:
        if text := _optional(fields, name):
            return (Section("", text),)
    given = fields.get("sections")
    if not isinstance(given, list) or not given:
        raise _BadLine(f"has no text under {', '.join(_TEXTS)}")
    sections = []
    for part in given:
        if not isinstance(part, dict) or not isinstance(part.get("text"), str):
            raise _BadLine("sections: each is an object with a text and perhaps a heading")
        heading = _optional(part, "heading") or ""
        sections.append(Section(heading, part["text"]))
    return tuple(sections)


def _optional(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _BadLine(f"{name} is not a string")
    return value.strip() or None
