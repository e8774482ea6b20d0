"""Word documents (.docx): headings by style, paragraphs, and tables row by row.

The archive is weighed before anything in it is unpacked, so a zip bomb stays packed. python-docx
opens the package; its elements are walked here, because its own walk leaves out what stands in
content controls or was inserted under change tracking, and takes minutes for a long document.
Tracked changes are read as accepted. Does not cover: headers, footers, notes, comments, text boxes;
.doc.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from services.retrieval.documents.model import Document
from services.retrieval.parse.outline import Outline
from services.retrieval.parse.record import Limits, ParseError, Record, Source, checked

_HEADING = re.compile(r"heading ([1-9])\Z", re.I)
_SMALL_BYTES = 2**20
"""A part no larger than this may have any ratio: a page of spaces packs well."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BLOCKS = frozenset({f"{_W}p", f"{_W}tbl"})
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Properties hold tab stops; what was deleted or moved away is gone; a drawing may hold a text box.
_UNSEEN_NAMES = "pPr rPr tblPr trPr tcPr sectPr sdtPr del moveFrom drawing pict object rt"
_UNSEEN = frozenset(
    {f"{_W}{name}" for name in _UNSEEN_NAMES.split()} | {f"{_COMPATIBILITY}Fallback"}
)


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    import docx  # noqa: PLC0415 - loaded where it is needed

    data = source.read(limits)
    weigh(data, limits)
    try:
        word = docx.Document(io.BytesIO(data))
        outline = Outline()
        styles = {style.style_id: style.name or "" for style in word.styles}
        title = _walk(word.element.body, styles, outline)
        given = " ".join((word.core_properties.title or "").split())
    except Exception as error:  # python-docx raises whatever a broken file leads it to
        raise ParseError(f"is damaged ({type(error).__name__}: {_short(error)})") from None
    title = given or title or outline.first_heading or source.title
    document = Document(source.id, title, source.url, outline.sections(title))
    yield Record(1, checked(document, limits))


def weigh(data: bytes, limits: Limits) -> None:
    """ParseError for what is no Word document, or would unpack to too much. Unpacks nothing."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise ParseError(f"is damaged or no Word document ({error})") from None
    if len(parts) > limits.parts:
        raise ParseError(f"has {len(parts):,} parts; at most {limits.parts:,} are allowed")
    if not any(part.filename == "word/document.xml" for part in parts):
        raise ParseError("is a zip archive, but no Word document")
    total = sum(part.file_size for part in parts)
    if total > limits.unpacked_bytes:
        raise ParseError(
            f"would unpack to {total:,} bytes; at most {limits.unpacked_bytes:,} are allowed"
        )
    for part in parts:
        if part.flag_bits & 1:
            raise ParseError("is encrypted")
        if part.file_size > _SMALL_BYTES and part.file_size > limits.unpacked_ratio * max(
            1, part.compress_size
        ):
            raise ParseError(
                f"holds a part that unpacks to more than {limits.unpacked_ratio} times its size "
                f"({part.compress_size:,} to {part.file_size:,} bytes)"
            )


def _walk(body: Any, styles: Mapping[str, str], outline: Outline) -> str:
    """Fills the outline; returns the text in the style Title."""
    title = ""
    for block in _within(body, _BLOCKS):
        if block.tag == f"{_W}tbl":
            for row in _rows(block):
                outline.paragraph(row)
            continue
        text = _text(block)
        style = styles.get(_value(block, "pPr", "pStyle"), "")
        if match := _HEADING.match(style):
            outline.heading(int(match[1]), text)
        elif style == "Title" and not title and text.strip():
            title = " ".join(text.split())
        else:
            outline.paragraph(text)
    return title


def _within(parent: Any, tags: frozenset[str]) -> Iterator[Any]:
    """The outermost elements with these tags, also those in content controls and insertions."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif isinstance(child.tag, str) and child.tag not in _UNSEEN:
            yield from _within(child, tags)


def _text(element: Any) -> str:
    return "".join(_pieces(element))


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif isinstance(child.tag, str) and child.tag not in _UNSEEN:
            yield from _pieces(child)


def _rows(table: Any) -> Iterator[str]:
    above: dict[int, str] = {}
    for row in _within(table, frozenset({f"{_W}tr"})):
        cells: list[str] = []
        column = 0
        for cell in _within(row, frozenset({f"{_W}tc"})):
            text = _cell_text(cell)
            if cell.find(f"{_W}tcPr/{_W}vMerge") is not None:
                # One cell over several rows says the same in each.
                goes_on = _value(cell, "tcPr", "vMerge") in ("", "continue")
                text = above.get(column, "") if goes_on else text
                above[column] = text
            cells.append(text)
            span = _value(cell, "tcPr", "gridSpan")
            column += int(span) if span.isdecimal() else 1
        yield " | ".join(cells) if any(cells) else ""


def _cell_text(cell: Any) -> str:
    texts: list[str] = []
    for block in _within(cell, _BLOCKS):
        texts.extend(_rows(block) if block.tag == f"{_W}tbl" else [_text(block)])
    return " ".join(" ".join(texts).split())


def _value(element: Any, properties: str, name: str) -> str:
    """A property's value; "" where it has none."""
    found = element.find(f"{_W}{properties}/{_W}{name}")
    return "" if found is None else found.get(f"{_W}val") or ""


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
