"""Cuts a document into passages: what is ranked, and what a snippet is trimmed from.

A passage is about `words` words of one section and ends where a sentence does, or a paragraph if
one ends near. A short rest joins the passage before it, so none is longer than twice `words`
(units.py says what counts as one). A
"sentence" longer than a passage (a table, base64) is cut at line ends, else between words, else
anywhere. Nothing is left out but spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.retrieval.documents.model import Document, Passage
from services.retrieval.documents.sentences import sentences
from services.retrieval.documents.units import CHARS_PER_WORD, count, counter, units

WORDS = 100

_SHORT = 0.5
"""A passage with less than this share of `words` takes one more sentence however long."""
_PARAGRAPH = 0.6
"""A passage with this share ends where a paragraph does."""
_REST = 0.4
"""A last passage with less than this share joins the one before it."""

_SPACE = re.compile(r"[^\S\n]+")
_AROUND_LINE_END = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")

Span = tuple[int, int, float]
"""Start, end, words."""


def passages(document: Document, words: int = WORDS) -> list[Passage]:
    """In the document's order; empty where it has no text."""
    return [
        Passage(section.heading, text)
        for section in document.sections
        for text in cut(section.text, words)
    ]


def cut(text: str, words: int = WORDS) -> list[str]:
    """One section's text in passages; spaces are single in them, line ends kept."""
    text = _tidy(text)
    words_in = counter(text)
    spans: list[Span] = []
    for start, end in sentences(text):
        size = words_in(start, end)
        if size <= words:
            spans.append((start, end, size))
        else:
            spans.extend(_pieces(text, start, end, words))
    return [text[start:end] for start, end, _ in _pack(text, spans, words)]


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _AROUND_LINE_END.sub("\n", _SPACE.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def _pack(text: str, spans: list[Span], words: int) -> list[Span]:
    packed: list[Span] = []
    for start, end, size in spans:
        if packed and _belongs(text, packed[-1], start, size, words):
            packed[-1] = (packed[-1][0], end, packed[-1][2] + size)
        else:
            packed.append((start, end, size))
    if len(packed) > 1 and packed[-1][2] < _REST * words:
        start, end, size = packed.pop()
        packed[-1] = (packed[-1][0], end, packed[-1][2] + size)
    return packed


def _belongs(text: str, last: Span, start: int, size: float, words: int) -> bool:
    """Whether the sentence at `start` goes into the passage before it."""
    if last[2] < _SHORT * words:
        return True
    if last[2] >= _PARAGRAPH * words and "\n\n" in text[last[1] : start]:
        return False
    # With it or without, whichever is nearer to the size wanted.
    return last[2] + size - words < words - last[2]


def _pieces(text: str, start: int, end: int, words: int) -> Iterator[Span]:
    """What is too long for a sentence, in pieces of at most `words`: lines, else words."""
    if "\n" in text[start:end]:
        line_start = start
        for line in text[start:end].split("\n"):
            line_end = line_start + len(line)
            if (size := count(text, line_start, line_end)) > words:
                yield from _pieces(text, line_start, line_end, words)
            elif size:
                yield line_start, line_end, size
            line_start = line_end + 1
        return
    held: Span | None = None
    for unit in units(text, start, end):
        if held is not None and held[2] + unit.words <= words:
            held = (held[0], unit.end, held[2] + unit.words)
            continue
        if held is not None:
            yield held
        held = None
        if unit.words <= words:
            held = (unit.start, unit.end, unit.words)
        else:
            yield from _slices(unit.start, unit.end, words)
    if held is not None:
        yield held


def _slices(start: int, end: int, words: int) -> Iterator[Span]:
    step = max(1, words - 1) * CHARS_PER_WORD
    for at in range(start, end, step):
        size = min(step, end - at)
        yield at, at + size, 1 + size // CHARS_PER_WORD
