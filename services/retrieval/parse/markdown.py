"""Markdown (CommonMark with tables): headings, text, code; titles from front matter.

Does not cover: front matter beyond the title. Blocks of HTML are read as html.py reads a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from services.retrieval.documents.model import Document
from services.retrieval.parse.html import read_fragment
from services.retrieval.parse.outline import Outline
from services.retrieval.parse.record import Limits, Record, Source, checked
from services.retrieval.parse.text import decode

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)", re.S)
_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(.+?)[ \t]*$", re.M | re.I)


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - loaded where it is needed

    text = decode(source.read(limits)).replace("\r\n", "\n")
    given = ""
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :]
        if line := _TITLE.search(front[2]):
            given = _unquoted(line[1])
    outline = Outline()
    _walk(MarkdownIt("commonmark").enable("table").parse(text), outline)
    title = given or outline.first_heading or source.title
    document = Document(source.id, title, source.url, outline.sections(title))
    yield Record(1, checked(document, limits))


def _walk(tokens: Sequence[Token], outline: Outline) -> None:
    level = 0
    cells: list[str] | None = None
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and cells is not None:
            outline.paragraph(" | ".join(cells))
            cells = None
        elif token.type == "inline":
            text = _inline(token.children or ())
            if level:
                outline.heading(level, text)
                level = 0
            elif cells is not None:
                cells.append(text)
            else:
                outline.paragraph(text)
        elif token.type in ("fence", "code_block"):
            outline.paragraph(token.content)
        elif token.type == "html_block":
            read_fragment(token.content, outline)


def _inline(children: Sequence[Token]) -> str:
    parts = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type in ("text", "code_inline", "image", "text_special"):
            parts.append(child.content)
    return "".join(parts)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return value.strip()
