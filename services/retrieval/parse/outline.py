"""Headings and paragraphs, one after the other, to a document's sections."""

from __future__ import annotations

from services.retrieval.documents.model import Section

JOINER = " › "  # noqa: RUF001  documents/model.py says so
MAX_HEADING_CHARS = 300


class Outline:
    def __init__(self) -> None:
        self._headings: list[tuple[int, str]] = []
        self._paragraphs: list[str] = []
        self._sections: list[tuple[list[tuple[int, str]], str]] = []
        self.first_heading = ""
        """The first of the highest level."""
        self._first_level = 0

    def heading(self, level: int, text: str) -> None:
        """What follows stands under it; it ends those of its level and below."""
        text = " ".join(text.split())[:MAX_HEADING_CHARS]
        if not text:
            return
        self._end_section()
        self._headings = [kept for kept in self._headings if kept[0] < level]
        self._headings.append((level, text))
        if not self.first_heading or level < self._first_level:
            self.first_heading, self._first_level = text, level

    def paragraph(self, text: str) -> None:
        if text := text.strip():
            self._paragraphs.append(text)

    def sections(self, title: str) -> tuple[Section, ...]:
        """In order. A heading around all others that only repeats the title is left out."""
        self._end_section()
        return tuple(
            Section(JOINER.join(text for _, text in _without_title(headings, title)), text)
            for headings, text in self._sections
        )

    def _end_section(self) -> None:
        if self._paragraphs:
            self._sections.append((self._headings, "\n\n".join(self._paragraphs)))
            self._paragraphs = []


def _without_title(headings: list[tuple[int, str]], title: str) -> list[tuple[int, str]]:
    return headings[1:] if headings and headings[0][1] == title else headings
