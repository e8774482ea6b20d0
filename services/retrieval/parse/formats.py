"""The formats there are: endings of names, media types and parsers. A new one is a row here."""

from __future__ import annotations

from dataclasses import dataclass

from services.retrieval.parse import (
    delimited,
    docx,
    html,
    jsonl,
    markdown,
    mediawiki,
    pdf,
    text,
)
from services.retrieval.parse.record import ParseError, Parser

_OPEN_XML = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    endings: tuple[str, ...]
    media_types: tuple[str, ...]
    parse: Parser
    content: tuple[str | None, ...] = (None,)
    """What sniff.py may find in it; None: nothing it knows, as with text."""


FORMATS = (
    Format("plain text", (".txt", ".text"), ("text/plain",), text.parse),
    Format("Markdown", (".md", ".markdown"), ("text/markdown", "text/x-markdown"), markdown.parse),
    Format(
        "HTML",
        (".html", ".htm", ".xhtml"),
        ("text/html", "application/xhtml+xml"),
        html.parse,
        (None, "HTML"),
    ),
    Format("PDF", (".pdf",), ("application/pdf",), pdf.parse, ("PDF",)),
    Format(
        "a Word document",
        (".docx",),
        (f"{_OPEN_XML}.wordprocessingml.document",),
        docx.parse,
        ("a zip archive",),
    ),
    Format("a table", (".csv", ".tsv"), ("text/csv", "text/tab-separated-values"), delimited.parse),
    Format(
        "JSON lines",
        (".jsonl", ".ndjson"),
        ("application/jsonl", "application/x-ndjson", "application/x-jsonlines"),
        jsonl.parse,
    ),
    Format("a MediaWiki dump", (".xml",), ("application/xml", "text/xml"), mediawiki.parse),
    Format(
        "a dump packed with bzip2",
        (".xml.bz2",),
        ("application/x-bzip2", "application/bzip2"),
        mediawiki.parse,
        ("bzip2",),
    ),
    Format(
        "a dump packed with gzip",
        (".xml.gz",),
        ("application/gzip", "application/x-gzip"),
        mediawiki.parse,
        ("gzip",),
    ),
    Format("a dump packed with xz", (".xml.xz",), ("application/x-xz",), mediawiki.parse, ("xz",)),
)

ENDINGS = tuple(sorted(ending for kind in FORMATS for ending in kind.endings))
MEDIA_TYPES = tuple(sorted(media for kind in FORMATS for media in kind.media_types))

_UNKNOWN = ("", "application/octet-stream")


def format_of(name: str, media_type: str = "") -> Format:
    """By media type, or by the name's ending where that says nothing. ParseError: neither does."""
    media = media_type.partition(";")[0].strip().lower()
    if media not in _UNKNOWN:
        for kind in FORMATS:
            if media in kind.media_types:
                return kind
        raise ParseError(f"{media} is not read; the types read are {', '.join(MEDIA_TYPES)}")
    lowered = name.lower()
    for kind in FORMATS:
        if lowered.endswith(kind.endings):
            return kind
    raise ParseError(f"files of this kind are not read; those read are {', '.join(ENDINGS)}")
