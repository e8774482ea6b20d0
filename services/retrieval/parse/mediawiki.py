"""MediaWiki's XML dumps, also packed (.bz2, .gz, .xz): every article a document.

Read as a stream: what is in memory is a page, never a tree, so a dump may be of any size. Articles
are the pages of namespace 0 that are no redirects; where a dump has a page's whole history, the
last revision counts. Entities and document types are refused (defusedxml). What was read before a
dump breaks off is kept. Does not cover: pages that are not wikitext.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from services.retrieval.documents.model import Document
from services.retrieval.parse.outline import Outline
from services.retrieval.parse.record import Limits, ParseError, Record, Source, checked
from services.retrieval.parse.wikitext import read_wikitext

_CHUNK_BYTES = 2**16
_FILE_AND_CATEGORY = ("6", "14")
_HIDDEN_NAMESPACES = frozenset({"file", "image", "media", "category"})
_BEAT = 500
"""Pages without a document after which a sign of life is given."""
_FIELDS = frozenset({"title", "ns", "model", "base", "namespace"})
_MAX_FIELD_CHARS = 2_000
"""Of each of these."""

_UNPACK: Mapping[bytes, Callable[[BinaryIO], Any]] = {
    b"BZh": bz2.BZ2File,
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"\xfd7": lzma.LZMAFile,
}


@dataclass(slots=True)
class _Page:
    title: str = ""
    namespace: str = ""
    model: str = "wikitext"
    redirect: bool = False
    text: list[str] = field(default_factory=list)
    size: int = 0


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    number = 0
    with source.open() as file:
        dump = _Dump(limits.record_bytes)
        for page in _pages(file, dump, limits):
            if page.namespace != "0" or page.redirect or page.model != "wikitext":
                continue
            number += 1
            if number <= after:
                if number % _BEAT == 0:
                    yield Record(number, read=file.tell())
                continue
            yield Record(number, read=file.tell())
            yield _record(source, number, page, dump, limits)
    if not dump.seen_root:
        raise ParseError("is empty")


def _pages(file: BinaryIO, dump: _Dump, limits: Limits) -> Iterator[_Page]:
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - loaded where it is needed
    from defusedxml.ElementTree import DefusedXMLParser  # noqa: PLC0415
    from defusedxml.ElementTree import ParseError as XMLError  # noqa: PLC0415

    parser = DefusedXMLParser(target=dump, forbid_dtd=True)
    read = 0
    unpacked = _unpacked(file)
    while True:
        try:
            chunk = unpacked.read1(_CHUNK_BYTES)
        except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
            raise ParseError(f"is damaged or breaks off: {error}") from None
        read += len(chunk)
        if limits.stream_bytes is not None and read > limits.stream_bytes:
            raise ParseError(f"unpacks to more than the {limits.stream_bytes:,} bytes allowed")
        try:
            parser.feed(chunk) if chunk else parser.close()
        except DefusedXmlException:
            raise ParseError("declares a document type or entities, as no dump does") from None
        except XMLError as error:
            yield from dump.taken()
            raise ParseError(f"breaks off or is no well-formed XML: {error}") from None
        yield from dump.taken()
        if not chunk:
            return


def _unpacked(file: BinaryIO) -> Any:
    beginning = file.read(3)
    file.seek(0)
    for mark, unpack in _UNPACK.items():
        if beginning.startswith(mark):
            return unpack(file)
    return file


class _Dump:
    """What defusedxml's parser tells of the elements as they come; keeps whole pages only."""

    def __init__(self, max_page_chars: int) -> None:
        self._max_page_chars = max_page_chars
        self._pages: list[_Page] = []
        self._page: _Page | None = None
        self._element = ""
        self._text: list[str] = []
        self._key = ""
        self.seen_root = False
        self.base = ""
        self.namespaces = set(_HIDDEN_NAMESPACES)

    def taken(self) -> list[_Page]:
        pages, self._pages = self._pages, []
        return pages

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if not self.seen_root and name != "mediawiki":
            raise ParseError(f"is XML, but no MediaWiki dump (its first element is <{name[:40]}>)")
        self.seen_root = True
        self._element, self._text = name, []
        if name == "page":
            self._page = _Page()
        elif name == "revision" and self._page is not None:
            self._page.text, self._page.size = [], 0
        elif name == "redirect" and self._page is not None:
            self._page.redirect = True
        elif name == "namespace":
            self._key = attributes.get("key", "")

    def data(self, text: str) -> None:
        if self._element == "text" and self._page is not None:
            self._page.size += len(text)
            if self._page.size <= self._max_page_chars:
                self._page.text.append(text)
        elif self._element in _FIELDS and sum(map(len, self._text)) < _MAX_FIELD_CHARS:
            self._text.append(text)

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        text = "".join(self._text).strip()
        if name == "page" and self._page is not None:
            self._pages.append(self._page)
            self._page = None
        elif name == "base":
            self.base = text
        elif name == "namespace" and self._key in _FILE_AND_CATEGORY:
            self.namespaces.add(text.lower())
        elif self._page is not None and name == "title":
            self._page.title = text
        elif self._page is not None and name == "ns":
            self._page.namespace = text
        elif self._page is not None and name == "model":
            self._page.model = text
        self._element, self._text = "", []

    def close(self) -> None:
        pass


def _record(source: Source, number: int, page: _Page, dump: _Dump, limits: Limits) -> Record:
    if page.size > limits.record_bytes:
        problem = f"has {page.size:,} characters; at most {limits.record_bytes:,} are read"
        return Record(number, problem=f"page {page.title!r}: {problem}")
    outline = Outline()
    read_wikitext("".join(page.text), dump.namespaces, outline)
    sections = outline.sections(page.title)
    if not sections:
        return Record(number)  # nothing but templates: a page like any other, with nothing to find
    url = _address(dump.base, page.title)
    document = Document(url or f"{source.id}#{quote(page.title)}", page.title, url, sections)
    try:
        return Record(number, checked(document, limits))
    except ParseError as error:
        return Record(number, problem=f"page {page.title!r}: {error}")


def _address(base: str, title: str) -> str | None:
    """From the address of the main page: …/wiki/Main_Page, or …?title=Main_Page."""
    if urlsplit(base).scheme not in ("http", "https"):
        return None
    before, mark, _ = base.rpartition("title=")
    if not mark:
        before, mark, _ = base.rpartition("/")
    return f"{before}{mark}{quote(title.replace(' ', '_'), safe='/:()!,;@$*')}"
