"""Tables (.csv, .tsv): every row a document of lines "column: value", named by the first row.

A row's title is in the column title or name, else in the first that is not empty; its address in
the column url or link. Rows that share an address stay apart. Does not cover: tables without a
first row of names.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from services.retrieval.documents.model import Document, Section
from services.retrieval.parse.record import Ids, Limits, ParseError, Record, Source
from services.retrieval.parse.text import encoding_of

_TITLES = ("title", "name", "label", "headline", "subject")
_URLS = ("url", "link", "uri", "href")
_IDS = ("id", "key", "uuid")
_SAMPLE_BYTES = 2**18
_MAX_TITLE_CHARS = 200
_MAX_NAME_CHARS = 200
"""Of a column: it stands in every row's text."""
_BEAT = 2_000
"""Rows without text after which a sign of life is given."""


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    with source.open() as file:
        sample = file.read(_SAMPLE_BYTES)
        whole = len(sample) < _SAMPLE_BYTES
        encoding = encoding_of(sample, whole=whole)
        file.seek(0)
        bounded = _Bounded(file, limits.stream_bytes)
        text = io.TextIOWrapper(io.BufferedReader(bounded), encoding=encoding, newline="")
        csv.field_size_limit(limits.record_bytes)
        rows = csv.reader(text, delimiter=_delimiter(sample.decode(encoding, "replace"), source))
        yield from _records(source, rows, bounded, after)


def _records(
    source: Source, rows: Iterator[list[str]], file: _Bounded, after: int
) -> Iterator[Record]:
    number = 0
    names: list[str] = []
    ids = Ids()
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if not names:
                names = _names(row)
                continue
            number += 1
            document = _document(source, number, names, row, ids)
            if number > after:
                yield Record(number, document, read=file.read_bytes)
            elif number % _BEAT == 0:
                yield Record(number, read=file.read_bytes)
    except UnicodeDecodeError as error:
        raise ParseError(
            f"row {number + 1} and what follows is not valid {error.encoding}; save it as UTF-8"
        ) from None
    except csv.Error as error:
        raise ParseError(f"row {number + 1} and what follows cannot be read: {error}") from None
    if not names:
        raise ParseError("has no rows")
    if number == 0:
        raise ParseError("has a first row, for the columns' names, and no other")


def _delimiter(sample: str, source: Source) -> str:
    if source.name.lower().endswith(".tsv"):
        return "\t"
    line = next((line for line in sample.splitlines() if line.strip()), "")
    counts = {delimiter: line.count(delimiter) for delimiter in ",;\t|"}
    # Of equals the comma, which also stands for a table of one column.
    return max(counts, key=lambda delimiter: counts[delimiter])


def _names(row: Sequence[str]) -> list[str]:
    return [
        " ".join(cell.split())[:_MAX_NAME_CHARS] or f"column {at}" for at, cell in enumerate(row, 1)
    ]


def _document(
    source: Source, number: int, names: list[str], row: Sequence[str], ids: Ids
) -> Document:
    named: dict[str, str] = {}
    lines: list[str] = []
    for at, cell in enumerate(row):
        value = cell.strip()
        if not value:
            continue
        name = names[at] if at < len(names) else f"column {at + 1}"
        named.setdefault(name.lower(), value)
        lines.append(f"{name}: {value}")
    url = next((named[name] for name in _URLS if _is_address(named.get(name, ""))), None)
    place = f"row={number}"
    key = next((named[name] for name in _IDS if name in named), None)
    own_id = f"{source.id}#{place}"
    if shared := url or (key and f"{source.id}#id={key}"):
        own_id = ids.own(shared, place)
    title = next((named[name] for name in _TITLES if name in named), "")
    if not title:
        title = next(cell for cell in row if cell.strip())
    title = " ".join(title.split())[:_MAX_TITLE_CHARS]
    sections = (Section("", "\n".join(lines)),)
    return Document(own_id, title, url or source.url, sections)


def _is_address(value: str) -> bool:
    return value.startswith(("http://", "https://")) and not any(map(str.isspace, value))


class _Bounded(io.RawIOBase):
    """A file that counts what is read of it and ends in a ParseError at a bound."""

    def __init__(self, file: BinaryIO, limit: int | None) -> None:
        self._file = file
        self._limit = limit
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        self.read_bytes += len(data)
        if self._limit is not None and self.read_bytes > self._limit:
            raise ParseError(f"has more than the {self._limit:,} bytes allowed")
        buffer[: len(data)] = data
        return len(data)
