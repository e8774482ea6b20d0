"""Word documents (.docx): headings by style, paragraphs, and tables row by row.

The archive is weighed before anything in it is unpacked, so a zip bomb stays packed. Does not
cover: headers, footers, notes, comments, text boxes; .doc.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from services.retrieval.documents.model import Document
from services.retrieval.parse.outline import Outline
from services.retrieval.parse.record import Limits, ParseError, Record, Source, checked

_HEADING = re.compile(r"heading ([1-9])\Z", re.I)
_SMALL_BYTES = 2**20
"""A part no larger than this may have any ratio: a page of spaces packs well."""


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    import docx  # noqa: PLC0415 - loaded where it is needed

    data = source.read(limits)
    weigh(data, limits)
    try:
        word = docx.Document(io.BytesIO(data))
        outline = Outline()
        title = _walk(word, outline)
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


def _walk(word: Any, outline: Outline) -> str:
    """Fills the outline; returns the text in the style Title."""
    from docx.table import Table  # noqa: PLC0415 - loaded where it is needed

    title = ""
    for block in word.iter_inner_content():
        if isinstance(block, Table):
            for row in _rows(block):
                outline.paragraph(row)
            continue
        style = (block.style.name if block.style is not None else "") or ""
        if match := _HEADING.match(style):
            outline.heading(int(match[1]), block.text)
        elif style == "Title" and not title and block.text.strip():
            title = " ".join(block.text.split())
        else:
            outline.paragraph(block.text)
    return title


def _rows(table: Any) -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        seen: set[int] = set()
        for cell in row.cells:
            # A merged cell comes once for each column it spans.
            if id(cell._tc) not in seen:
                seen.add(id(cell._tc))
                cells.append(" ".join(_cell_text(cell).split()))
        yield " | ".join(cells) if any(cells) else ""


def _cell_text(cell: Any) -> str:
    texts = [cell.text]
    for inner in cell.tables:
        texts.extend(_rows(inner))
    return " ".join(texts)


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
