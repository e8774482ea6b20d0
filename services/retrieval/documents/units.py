"""Measuring text in words, whatever it is written in or made of.

Covers: where the pieces of a text are that must not be torn apart, and how many words each counts
for. Does not cover: what is searched (analysis/). A piece is a run without spaces; Chinese,
Japanese and Thai, which write without spaces, have a piece a character, two to a word. What is too
long to be a word (base64, a hash, a line of dots) counts for as many as it is long.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

CHARS_PER_WORD = 24
"""A run of so many characters counts for two words, twice as many for three, and so on."""

# Kana, CJK ideographs and their extensions; Thai, Lao, Khmer and Burmese.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
UNSPACED += "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
_RUN = re.compile(r"\S+")
_LONG_RUN = re.compile(rf"\S{{{CHARS_PER_WORD}}}")
_OPENERS = "「『（【《〈“‘"  # noqa: RUF001  these belong to what follows
_PIECE = re.compile(
    rf"[{_OPENERS}]{{0,3}}[{UNSPACED}][^\s{UNSPACED}{_OPENERS}\w]*|[^\s{UNSPACED}]+"
)
_ANY_UNSPACED = re.compile(f"[{UNSPACED}]")


class Unit(NamedTuple):
    start: int
    end: int
    words: float


def units(text: str, start: int = 0, end: int | None = None) -> list[Unit]:
    """The pieces of text[start:end], in order; all of it but the spaces is in one."""
    end = len(text) if end is None else end
    if _ANY_UNSPACED.search(text, start, end) is None:
        return [
            Unit(run.start(), run.end(), 1 + (run.end() - run.start()) // CHARS_PER_WORD)
            for run in _RUN.finditer(text, start, end)
        ]
    return [
        Unit(piece.start(), piece.end(), _words(piece.group()))
        for piece in _PIECE.finditer(text, start, end)
    ]


def count(text: str, start: int = 0, end: int | None = None) -> float:
    return sum(unit.words for unit in units(text, start, end))


def counter(text: str) -> Callable[[int, int], float]:
    """`count` for many parts of one text: quick where every word is a plain one."""
    if _ANY_UNSPACED.search(text) is None and _LONG_RUN.search(text) is None:
        return lambda start, end: len(text[start:end].split())
    return lambda start, end: count(text, start, end)


def _words(piece: str) -> float:
    if _ANY_UNSPACED.search(piece):
        return 0.5 + len(piece) // CHARS_PER_WORD
    return 1 + len(piece) // CHARS_PER_WORD
