"""What every parser takes and gives.

    ParseError   the file cannot be read (any further); the message says why, without its name

Covers: where a file comes from, the bounds it is read within, what is told of each of its records.
Does not cover: how long parsing may take and how much memory, which worker.py and the command see
to from outside.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from services.retrieval.documents.model import Document

_MB = 2**20
_MAX_OPENING_CHARS = 80


class ParseError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at most; beyond it is a ParseError, or a problem with the record."""

    file_bytes: int = 64 * _MB
    """A file that is one document: .txt .md .html .pdf .docx."""
    document_chars: int = 5_000_000
    """The text of one document; the Bible has 4.3 million."""
    record_bytes: int = 16 * _MB
    """A line of .jsonl, a row of .csv, a page of a dump."""
    pages: int = 5_000
    """Pages of a PDF."""
    unpacked_bytes: int = 256 * _MB
    """All parts of a .docx together, unpacked."""
    unpacked_ratio: int = 200
    """How many times larger a part of a .docx may become; text reaches about 20."""
    parts: int = 5_000
    """Parts of a .docx."""
    records: int | None = None
    """Lines, rows or pages; None: as many as there are."""
    stream_bytes: int | None = None
    """What a .csv, .jsonl or dump may unpack to, and all text of an upload; None: any amount."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Source:
    """A file or an upload."""

    name: str
    """Its name without folders: the title where nothing better is found."""
    id: str
    """The id of the document, or the beginning of its documents' ids."""
    url: str | None
    """Where readers find it, if anywhere."""
    size: int
    open: Callable[[], BinaryIO]

    @property
    def title(self) -> str:
        return Path(self.name).stem.replace("_", " ").strip() or self.name

    def read(self, limits: Limits) -> bytes:
        if self.size > limits.file_bytes:
            raise ParseError(
                f"has {self.size:,} bytes; at most {limits.file_bytes:,} are read of this format"
            )
        with self.open() as file:
            data = file.read(limits.file_bytes + 1)
        if len(data) > limits.file_bytes:
            raise ParseError(f"has more than the {limits.file_bytes:,} bytes that are read")
        if not data.strip():
            raise ParseError("is empty")
        return data


@dataclass(frozen=True, slots=True)
class Record:
    """A line, row or page of a file, or all of it.

    Neither document nor problem: it is begun, or has nothing; a sign of life, with number 0.
    """

    number: int
    """From 1 on. A parser told to start after it never gives it again."""
    document: Document | None = None
    problem: str | None = None
    """Why the record, or a part of it, is not in the document. The others are."""
    read: int = 0
    """Bytes of the file read so far."""


Parser: TypeAlias = Callable[[Source, Limits, int], Iterator[Record]]
"""(source, limits, after): the records whose number is greater than `after`, in order."""


def source_of(path: Path, url: str | None) -> Source:
    """A file on disk. Its id is the address its readers know, else where it is."""
    resolved = path.resolve()
    size = resolved.stat().st_size
    return Source(path.name, url or resolved.as_uri(), url, size, lambda: resolved.open("rb"))


def source_of_bytes(data: bytes, name: str, url: str | None) -> Source:
    return Source(name, url or name, url, len(data), lambda: io.BytesIO(data))


def opening(text: str) -> str:
    """A title for a text that nobody gave one: its first words."""
    start = text[: 4 * _MAX_OPENING_CHARS].strip()
    words = textwrap.shorten(start, _MAX_OPENING_CHARS, placeholder=" …")
    # A text without spaces has one word.
    return words if len(words) > len(" …") else start[:_MAX_OPENING_CHARS]


class Ids:
    """The ids of a file's rows or lines: those that share one are documents of their own."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def own(self, shared: str, place: str) -> str:
        """`shared` for the first that has it, with its place added for the others."""
        key = hash(shared)
        if key in self._seen:
            return f"{shared}#{place}"
        self._seen.add(key)
        return shared


def checked(document: Document, limits: Limits) -> Document:
    """The document; ParseError where it has no text, or too much."""
    chars = sum(len(section.text) for section in document.sections)
    if chars == 0:
        raise ParseError("has no text")
    if chars > limits.document_chars:
        raise ParseError(
            f"has {chars:,} characters of text; at most {limits.document_chars:,} are allowed"
        )
    return document
