"""Tokens' bytes as they come -> pieces of text that a client can be shown.

A piece has whole characters only, nothing that may turn out to belong to a stop text, and neither
the first white space of the text nor its last: all pieces joined are the text. However the bytes
are cut, they give the same text. Bytes that are no UTF-8 become U+FFFD; a character that is not
complete at the end is left out.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """One candidate's text. `stopped`: a stop text has come; what follows is no part of it."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.stopped = False
        self._stops = tuple(stops)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._begun = False

    def feed(self, data: bytes) -> str:
        """What can be shown now; "" when nothing can."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(data)
        if (cut := self._first_stop()) is not None:
            self.stopped = True
            self._held = self._held[:cut]
        return self._give(len(self._held) - (0 if self.stopped else self._maybe_stop()))

    def end(self) -> str:
        """What was held back and is text after all."""
        return self._give(len(self._held))

    def _give(self, sure: int) -> str:
        """Take the first `sure` characters held, but for white space at the text's ends."""
        text = self._held[:sure]
        if not self._begun:
            text = text.lstrip()
        shown = text.rstrip()
        self._begun = self._begun or bool(shown)
        self._held = text[len(shown) :] + self._held[sure:]
        return shown

    def _first_stop(self) -> int | None:
        """Where the stop text begins that is complete first: of those, the longest."""
        starts = ((self._held.find(stop), stop) for stop in self._stops)
        found = [(start + len(stop), start) for start, stop in starts if start >= 0]
        return min(found)[1] if found else None

    def _maybe_stop(self) -> int:
        """Length of the longest end of what is held that a stop text begins with."""
        longest = max(map(len, self._stops), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            end = self._held[-length:]
            if any(stop.startswith(end) for stop in self._stops):
                return length
        return 0
