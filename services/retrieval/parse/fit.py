"""Makes a document fit to be stored: within the documents API's bounds, without what no text holds.

Covers: control characters and lone surrogates, which damaged files and JSON escapes bring; titles,
headings, addresses and ids that are too long. Does not cover: how much text there may be
(record.py).
"""

from __future__ import annotations

import hashlib
import re

from services.retrieval.documents.model import Document, Section

MAX_ID_CHARS = 512
MAX_TITLE_CHARS = 1_000
MAX_URL_CHARS = 2_048
MAX_SECTIONS = 100_000
"""As documents/bodies.py has them, which a test checks; that module loads what parsers do not."""

# What would run in a reader's browser is no address.
_URL = re.compile(
    r"(?!javascript:|vbscript:|data:)[a-z][a-z0-9+.-]*:[^\s\x00-\x1f\x7f-\x9f]+", re.I
)
_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def fitted(document: Document) -> Document:
    url = document.url
    if url is not None and (len(url) > MAX_URL_CHARS or not _URL.fullmatch(url)):
        url = None
    title = " ".join(clean(document.title).split())[:MAX_TITLE_CHARS]
    sections = [
        Section(" ".join(clean(part.heading).split())[:MAX_TITLE_CHARS], clean(part.text))
        for part in document.sections
    ]
    return Document(_fitted_id(document.id), title or "untitled", url, _joined(sections))


def clean(text: str) -> str:
    """Control characters become nothing, but for those that end a line or a page."""
    return _FORBIDDEN.sub("", _BREAKS.sub("\n", text))


def _fitted_id(text: str) -> str:
    """One that is too long keeps its beginning and gets a hash of all of it."""
    text = clean(text).replace("\n", "")
    if len(text) <= MAX_ID_CHARS:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"{text[: MAX_ID_CHARS - 33]}~{digest}"


def _joined(sections: list[Section]) -> tuple[Section, ...]:
    """As many as may be; what is over goes into the last."""
    if len(sections) <= MAX_SECTIONS:
        return tuple(sections)
    rest = sections[MAX_SECTIONS - 1 :]
    last = Section(rest[0].heading, "\n\n".join(part.text for part in rest))
    return (*sections[: MAX_SECTIONS - 1], last)
