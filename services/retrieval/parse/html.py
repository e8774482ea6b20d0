"""Web pages: title, address, headings and the text a reader would see.

Scripts, styles, templates, form fields and the page's frame (navigation, header, footer, asides)
are dropped; where the page says which part is its main one, all else is. Nothing is run or loaded.
Does not cover: text that a script would make.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from services.retrieval.documents.model import Document
from services.retrieval.parse.outline import Outline
from services.retrieval.parse.record import Limits, ParseError, Record, Source, checked
from services.retrieval.parse.text import decode

_DROPPED_TAGS = """
    script style template noscript svg math canvas object embed iframe audio video button select
    textarea input dialog menu head rt rp
"""
_NEVER = frozenset(_DROPPED_TAGS.split())
_FRAME = frozenset({"nav", "footer", "aside", "header"})
# What makers of manuals (Sphinx, DocBook, Texinfo, Doxygen) call their links from page to page.
_FRAME_CLASSES = frozenset(
    {"nav", "navbar", "navheader", "navfooter", "nav-panel", "navpath", "breadcrumb", "breadcrumbs"}
)
_FRAME_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "complementary", "menu", "dialog"}
)
_TO_PAGES = frozenset({"next", "prev", "previous", "up"})
"""What a link to another page is (rel); the block it is in is none of this page's text."""
_PERMALINKS = frozenset({"#", "¶", "§", "🔗", "\N{LINK SYMBOL}\N{VARIATION SELECTOR-16}"})
"""What a link from a heading to itself shows."""
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE_TAGS = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rb s
    samp small span strike strong sub sup time tt u var wbr
"""
_INLINE = frozenset(_INLINE_TAGS.split())
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_META_BYTES = 4096
_MAX_DEPTH = 500
_LAYOUT = ("table", "pre", "ul", "ol", "dl", "h1", "h2", "h3", "h4")
"""A row of a table that has one of these lays out a page and is no row of data."""


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    from lxml import etree, html  # noqa: PLC0415 - loaded where it is needed

    text = _XML_DECLARATION.sub("", _decode(source.read(limits)))
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        page = html.document_fromstring(text, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ParseError(f"cannot be read as HTML: {_first_line(error)}") from None
    outline = Outline()
    _Walk(outline).element(_main_part(page), 0)
    heading = outline.first_heading
    title = _title(page) or heading or source.title
    sections = outline.sections(title)
    if not sections:
        outline = Outline()
        _Walk(outline, keep_frame=True).element(page, 0)
        sections = outline.sections(title)
    url = source.url or _address(page)
    yield Record(1, checked(Document(source.id, title, url, sections), limits))


def read_fragment(text: str, outline: Outline) -> None:
    """HTML within another format: all that is shown of it, into the outline."""
    from lxml import html  # noqa: PLC0415 - loaded where it is needed

    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    page = html.document_fromstring(f"<html><body>{text}</body></html>", parser=parser)
    _Walk(outline, keep_frame=True).element(page, 0)


def _decode(data: bytes) -> str:
    declared = _CHARSET.search(data[:_META_BYTES])
    if declared is not None:
        name = declared[1].decode("ascii").lower()
        try:
            # HTML's standard reads these two names as what is sent under them.
            return data.decode("cp1252" if name in ("iso-8859-1", "latin1") else name)
        except (UnicodeError, LookupError):  # Python's codec "undefined" gives the plain one
            pass  # a page that says wrong things of itself; its bytes decide
    return decode(data)


def _main_part(page: Any) -> Any:
    for path in ("//main", "//*[@role='main']", "//article"):
        found = page.xpath(path)
        if len(found) == 1 and "".join(found[0].itertext()).strip():
            return found[0]
    return page


def _title(page: Any) -> str:
    for path in ("string(//head/title)", "string(//meta[@property='og:title']/@content)"):
        if title := " ".join(str(page.xpath(path)).split()):
            return title
    return ""


def _address(page: Any) -> str | None:
    """What the page calls its own address. It is shown, and never a document's id: whole sites
    name their front page on every page."""
    base = str(page.xpath("string(//base/@href)"))
    for path in (
        "string(//link[contains(concat(' ', normalize-space(@rel), ' '), ' canonical ')]/@href)",
        "string(//meta[@property='og:url']/@content)",
    ):
        try:
            url = urljoin(base, str(page.xpath(path)).strip())
            if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc:
                return url
        except ValueError:
            continue
    return None


class _Walk:
    """Goes through the elements in order, collecting text until a block begins or ends."""

    def __init__(self, outline: Outline, *, keep_frame: bool = False) -> None:
        self._outline = outline
        self._keep_frame = keep_frame
        self._parts: list[str] = []
        self._level = 0
        self._verbatim = 0
        self._cells: list[str] | None = None
        """Of the row it is in; None: in none, or in one that only lays the page out."""

    def element(self, element: Any, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise ParseError("is nested too deeply")
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag and not self._dropped(element, tag):
            self._open(element, tag)
            self._text(element.text)
            for child in element:
                self.element(child, depth + 1)
                self._text(child.tail)
            self._close(tag)
        if depth == 0:
            self._flush()

    def _dropped(self, element: Any, tag: str) -> bool:
        return _is_hidden(element, tag) or (not self._keep_frame and _is_frame(element, tag))

    def _open(self, element: Any, tag: str) -> None:
        if tag == "br":
            self._parts.append("\n")
        elif tag == "tr" and self._cells is None:
            self._flush()
            if len(element) > 1 and next(element.iter(*_LAYOUT), None) is None:
                self._cells = []
        elif tag not in _INLINE:
            self._flush()
        self._verbatim += tag == "pre"
        self._level = _HEADINGS.get(tag, self._level)

    def _close(self, tag: str) -> None:
        if self._cells is not None and tag in ("td", "th"):
            self._cells.append(" ".join("".join(self._parts).split()))
            self._parts = []
        elif self._cells is not None and tag == "tr":
            row, self._cells, self._parts = self._cells, None, []
            self._outline.paragraph(" | ".join(filter(None, row)))
        elif tag not in _INLINE and tag != "br":
            self._flush()
        self._verbatim -= tag == "pre"
        if tag in _HEADINGS:
            self._level = 0

    def _text(self, text: str | None) -> None:
        if text:
            self._parts.append(text if self._verbatim else re.sub(r"\s+", " ", text))

    def _flush(self) -> None:
        if self._cells is not None:
            self._parts.append(" ")
            return
        text = "".join(self._parts)
        self._parts = []
        if self._level:
            self._outline.heading(self._level, text)
        else:
            self._outline.paragraph(text)


def _is_hidden(element: Any, tag: str) -> bool:
    return (
        tag in _NEVER
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(element.get("style") or "") is not None
        or (tag == "a" and "".join(element.itertext()).strip() in _PERMALINKS)
    )


def _is_frame(element: Any, tag: str) -> bool:
    if element.get("role") in _FRAME_ROLES:
        return True
    if not _FRAME_CLASSES.isdisjoint((element.get("class") or "").split()):
        return True
    if tag in ("div", "p"):
        return any(child.get("rel") in _TO_PAGES for child in element)
    # An article's own header holds its headline.
    return tag in _FRAME and not (tag == "header" and _within_content(element))


def _within_content(element: Any) -> bool:
    return any(parent.tag in ("main", "article") for parent in element.iterancestors())


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
