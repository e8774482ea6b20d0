"""What a document is, and what the search gives back of it.

A document belongs to one collection and has an id that is unique there. It is kept as sections (a
heading and its text, in order) and searched as passages (passages.py cuts them).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

DEFAULT_COLLECTION = "default"
FACTS_COLLECTION = "facts"
"""The built-in facts under the name of a collection: listed and searched, never written."""


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    """The headings above the text, outermost first, joined by " › "; "" for none."""  # noqa: RUF001
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    title: str
    url: str | None
    sections: tuple[Section, ...]

    @property
    def content_hash(self) -> str:
        """Equal for documents that say the same: putting the same again changes nothing."""
        content = [self.title, self.url, [[part.heading, part.text] for part in self.sections]]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of one section of about a hundred words: what is ranked and shown."""

    heading: str
    text: str


class Outcome(StrEnum):
    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a document that was put."""

    id: str
    outcome: Outcome
    passages: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in a listing."""

    id: str
    title: str
    url: str | None
    passages: int


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    name: str
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found, whole; snippets.py trims it around the match."""

    collection: str
    document_id: str
    title: str
    url: str | None
    heading: str
    text: str
    score: float
    coverage: float
    """How much of the query's weight the passage has, in [0, 1] (search.py says how)."""
    similarity: float = 0.0
    """The cosine of its vector's angle with the query's, where an encoder ranks; else 0."""
