"""The formats there are: endings of names, media types and parsers. A new one is a row here."""

from __future__ import annotations

from dataclasses import dataclass

from services.retrieval.parse import markdown, text
from services.retrieval.parse.record import ParseError, Parser


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
