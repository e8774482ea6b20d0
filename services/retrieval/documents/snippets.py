"""Trims a passage around what was found in it, to what fits into a model's context.

Covers: which part to show. Does not cover: which passage. The part is one run of the passage's
words on one line: the place where most of the query's weight stands close together, grown to whole
sentences where they fit, else cut between words, with "…" where a sentence is cut.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Protocol

from services.retrieval.documents.sentences import sentences
from services.retrieval.documents.units import CHARS_PER_WORD, Unit, units

MAX_WORDS = 40
ELLIPSIS = "…"


class Spans(Protocol):
    """What is needed of an analyzer: where each term stands in the text."""

    def spans(self, text: str) -> Sequence[tuple[str, int, int]]: ...


def trim(
    text: str, weights: Mapping[str, float], analyzer: Spans, max_words: int = MAX_WORDS
) -> str:
    """At most `max_words` words (as units.py counts them) of `text` around the query's terms.

    weights: the query's terms and how much each says. Without any in the text: its beginning.
    """
    if len(pieces := units(text)) == 0:
        return ""
    window = _Window(_divided(pieces, max_words), max_words)
    if window.size(0, len(window.pieces) - 1) <= max_words:
        return " ".join(text.split())
    first, last = window.densest(weights, analyzer.spans(text))
    firsts, lasts = _sentence_edges(text, window.pieces)
    first, last = window.grown(first, last, firsts, lasts)
    shown = " ".join(text[window.pieces[first].start : window.pieces[last].end].split())
    before = "" if first in firsts else f"{ELLIPSIS} "
    after = "" if last in lasts else f" {ELLIPSIS}"
    return f"{before}{shown}{after}"


class _Window:
    """A run of pieces, first to last, both in it; no longer than `max_words` together."""

    def __init__(self, pieces: list[Unit], max_words: int) -> None:
        self.pieces = pieces
        self._max_words = max_words
        self._before = [0.0, *accumulate(piece.words for piece in pieces)]

    def size(self, first: int, last: int) -> float:
        return self._before[last + 1] - self._before[first]

    def _fits(self, first: int, last: int) -> bool:
        return self.size(first, last) <= self._max_words

    def densest(
        self, weights: Mapping[str, float], spans: Sequence[tuple[str, int, int]]
    ) -> tuple[int, int]:
        """From the first to the last match of the window that has most of the weight.

        Of equals the one with more matches, then the shorter, then the earlier.
        """
        starts = [piece.start for piece in self.pieces]
        matches = [
            (bisect_right(starts, start) - 1, bisect_left(starts, end) - 1, term)
            for term, start, end in spans
            if term in weights and end > start
        ]
        best: tuple[float, int, float] | None = None
        found = (0, 0)
        for at, (first, _, _) in enumerate(matches):
            seen: set[str] = set()
            weight, last = 0.0, first
            for number, (_, stop, term) in enumerate(matches[at:], 1):
                if not self._fits(first, stop):
                    break
                last = max(last, stop)
                weight += 0 if term in seen else weights[term]
                seen.add(term)
                rank = (round(weight, 9), number, -self.size(first, last))
                if best is None or rank > best:
                    best, found = rank, (first, last)
            if best is None:  # one match longer than the window
                best, found = (0.0, 0, 0.0), (first, first)
        return found

    def grown(self, first: int, last: int, firsts: list[int], lasts: list[int]) -> tuple[int, int]:
        """As whole sentences where they fit, else to both sides as far as it fits."""
        low = bisect_right(firsts, first) - 1
        high = bisect_left(lasts, last)
        if not self._fits(firsts[low], lasts[high]):
            return self._stretched(first, last, firsts[low], lasts[high])
        grew = True
        while grew:
            grew = False
            if low > 0 and self._fits(firsts[low - 1], lasts[high]):
                low, grew = low - 1, True
            if high + 1 < len(lasts) and self._fits(firsts[low], lasts[high + 1]):
                high, grew = high + 1, True
        return firsts[low], lasts[high]

    def _stretched(self, first: int, last: int, lowest: int, highest: int) -> tuple[int, int]:
        """To the beginning of the sentence, or to its end, if one is near; else evenly."""
        if self._fits(lowest, last):
            first = lowest
        elif self._fits(first, highest):
            last = highest
        grew = True
        while grew:
            grew = False
            if first > lowest and self._fits(first - 1, last):
                first, grew = first - 1, True
            if last < highest and self._fits(first, last + 1):
                last, grew = last + 1, True
        return first, last


def _divided(pieces: list[Unit], max_words: int) -> list[Unit]:
    """The pieces; one that would fill the window alone, cut into words' lengths."""
    if all(2 * piece.words <= max_words for piece in pieces):
        return pieces
    divided: list[Unit] = []
    for piece in pieces:
        if 2 * piece.words <= max_words:
            divided.append(piece)
            continue
        for start in range(piece.start, piece.end, CHARS_PER_WORD):
            divided.append(Unit(start, min(start + CHARS_PER_WORD, piece.end), 1))
    return divided


def _sentence_edges(text: str, pieces: list[Unit]) -> tuple[list[int], list[int]]:
    """The numbers of the pieces that sentences begin and end with."""
    starts = [piece.start for piece in pieces]
    firsts = sorted({bisect_left(starts, start) for start, _ in sentences(text)} - {len(pieces)})
    return firsts, [*(first - 1 for first in firsts[1:]), len(pieces) - 1]
