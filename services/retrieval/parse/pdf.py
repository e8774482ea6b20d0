"""PDF: the text of each page under its number and the chapter it is in.

Does not cover: scanned pages (no text recognition), forms, annotations, encrypted files that need a
password.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from services.retrieval.documents.model import Document, Section
from services.retrieval.parse.outline import JOINER
from services.retrieval.parse.record import Limits, ParseError, Record, Source, checked

if TYPE_CHECKING:
    from pypdf import PdfReader

_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\n(?=[^\W\d_])(?=[a-zß-ÿ])")
# Dots from a title to its page's number, in a table of contents.
_LEADER = re.compile(r"\.(?:[ \t]*\.){3,}")
# What programs write as a title when nobody gave one.
_NO_TITLE = re.compile(r"microsoft (?:word|powerpoint)|untitled|.*\.\w{2,5}\Z", re.I)
_MAX_TITLE_CHARS = 150
_MAX_OUTLINE = 10_000


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    import pypdf  # noqa: PLC0415 - loaded where it is needed

    # It warns of every oddity of a file; what matters comes as an error.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    data = source.read(limits)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ParseError("is encrypted and needs a password")
        count = len(reader.pages)
    except ParseError:
        raise
    except Exception as error:  # pypdf raises whatever a broken file leads it to
        raise ParseError(f"is damaged or no PDF ({type(error).__name__}: {error})") from None
    if count > limits.pages:
        raise ParseError(f"has {count:,} pages; at most {limits.pages:,} are read")
    texts: list[str] = []
    problems: list[str] = []
    chars = 0
    for number in range(count):
        yield Record(0)  # thousands of pages take minutes
        text, problem = _text(reader, number)
        texts.append(text)
        problems += [problem] if problem else []
        chars += len(text)
        if chars > limits.document_chars:
            raise ParseError(f"has more than the {limits.document_chars:,} characters allowed")
    if problems and not any(texts):
        raise ParseError(problems[0])
    if not any(texts):
        raise ParseError("has no text; if its pages are scanned, run text recognition first")
    document = _document(source, reader, texts)
    yield Record(1, checked(document, limits))
    for problem in problems:
        yield Record(1, problem=problem)


def _text(reader: PdfReader, number: int) -> tuple[str, str]:
    """A page's text, "" where it cannot be read, and why."""
    try:
        text = _HYPHENATED.sub("", reader.pages[number].extract_text())
    except Exception as error:  # as above; the other pages may be fine
        return "", f"page {number + 1} cannot be read ({type(error).__name__}: {error})"
    return _LEADER.sub("…", text).strip(), ""


def _document(source: Source, reader: PdfReader, texts: list[str]) -> Document:
    chapters = _chapters(reader)
    sections: list[Section] = []
    chapter = ""
    for number, text in enumerate(texts):
        chapter = chapters.get(number, chapter)
        if text:
            page = f"page {number + 1}"
            sections.append(Section(f"{chapter}{JOINER}{page}" if chapter else page, text))
    return Document(source.id, _title(source, reader, texts), source.url, tuple(sections))


def _title(source: Source, reader: PdfReader, texts: list[str]) -> str:
    try:
        given = " ".join(str((reader.metadata and reader.metadata.title) or "").split())
    except Exception:  # damaged metadata leave the pages readable
        given = ""
    if given and not _NO_TITLE.match(given):
        return given[:_MAX_TITLE_CHARS]
    first = next((line for line in texts[0].splitlines() if line.strip()), "").strip()
    return first if 3 <= len(first) <= _MAX_TITLE_CHARS else source.title


def _chapters(reader: PdfReader) -> dict[int, str]:
    """By page (from 0), the first outline entry that begins there, under those above it."""
    found: dict[int, str] = {}
    try:
        _enter(reader, reader.outline, [], found)
    except Exception:  # a damaged outline leaves the pages readable
        return {}
    return found


def _enter(reader: PdfReader, entries: Any, above: list[str], found: dict[int, str]) -> None:
    last: list[str] = above
    for entry in entries:
        if len(found) > _MAX_OUTLINE:
            return
        if isinstance(entry, list):
            _enter(reader, entry, last, found)
            continue
        last = [*above, " ".join(str(entry.title).split())]
        page = reader.get_destination_page_number(entry)
        if page is not None and page >= 0:
            found.setdefault(page, JOINER.join(last))
