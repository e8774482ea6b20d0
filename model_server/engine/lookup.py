"""Speculation by prompt lookup: an answer often repeats what it was made from.

Drafts are runs of tokens out of the references; the model verifies a whole draft in one step, for
little more than one token's time. After "prompt lookup decoding" (github.com/apoorvumang), which
looks for the last tokens written; here a place in a reference is kept besides, so that a draft goes
on behind a single corrected word.
"""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 3
_SHORTEST = 2
_FIRST_DRAFT = 3
"""A step of four rows costs about half as much again as one of one row; one of eight, twice."""


class Lookup:
    def __init__(self, references: Sequence[Sequence[int]], max_drafts: int) -> None:
        """References: token ids, likeliest first; an answer may repeat the first from its start."""
        self._sources = [list(reference) for reference in references if reference]
        self._written: list[int] = []
        self._places: dict[tuple[int, ...], tuple[int, int]] = {}
        for index, source in enumerate(self._sources):
            for length in range(_SHORTEST, _LONGEST + 1):
                for end in range(length, len(source)):
                    self._places.setdefault(tuple(source[end - length : end]), (index, end))
        self._source, self._at = 0, 0
        self._lost = 0 if self._sources else 2
        """Tokens in a row that the reference does not have here; from 2 on there is no draft."""
        self._max = max_drafts
        self._length = min(_FIRST_DRAFT, max_drafts)

    def add(self, token: int) -> None:
        """The answer goes on with `token`."""
        self._written.append(token)
        if not self._sources:
            return
        source = self._sources[self._source]
        if self._lost < 2 and self._at < len(source) and source[self._at] == token:
            self._at += 1
            self._lost = 0
            return
        for length in range(_LONGEST, _SHORTEST - 1, -1):
            place = self._places.get(tuple(self._written[-length:]))
            if place is not None:
                (self._source, self._at), self._lost = place, 0
                return
        self._at += 1  # one word may have been exchanged for another
        self._lost += 1

    def draft(self, most: int) -> list[int]:
        """At most `most` tokens that may come next."""
        if self._lost >= 2:
            return []
        length = min(most, self._length)
        return self._sources[self._source][self._at : self._at + length]

    def judge(self, proposed: int, accepted: int) -> None:
        """Drafts grow while they are right and shrink when they are wrong."""
        if accepted == proposed:
            self._length = min(2 * self._length + 1, self._max)
        else:
            self._length = max(1, accepted)
