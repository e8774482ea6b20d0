"""Text of the model made one line of bounded length while it is still being written.

Covers: the same cleaning for a text in one piece and in many, so that a streamed turn and a plain
one say the same: gateway.snippets.one_line, then cut. Does not cover: others' text (gateway.
snippets), which is whole when it is cleaned and can be cut at a word.
"""

from __future__ import annotations

from gateway.snippets import ELLIPSIS, printable


class RunningLine:
    """One line of at most `limit` characters; a longer one ends with an ellipsis.

    White space waits for the word after it, and the last character of a full line for the end,
    since what has been shown cannot be taken back.
    """

    def __init__(self, limit: int) -> None:
        self.cut = False
        """More came than fits."""
        self._limit = limit
        self._shown: list[str] = []
        self._length = 0
        self._held = ""
        self._gap = False

    def __str__(self) -> str:
        """All that has been given out."""
        return "".join(self._shown)

    def feed(self, piece: str) -> str:
        """What can be shown now; may be empty."""
        text = printable(piece)
        if self.cut or not text:
            return ""
        line = " ".join(text.split())
        begun = self._length > 0 or self._held != ""
        if line and begun and (self._gap or text[0].isspace()):
            line = f" {line}"
        self._gap = text[-1].isspace() or (self._gap and not line)
        return self._show(line)

    def end(self) -> str:
        """What was held back."""
        rest, self._held = self._held, ""
        self._note(rest)
        return rest

    def _show(self, line: str) -> str:
        text, room = self._held + line, self._limit - self._length
        self._held = ""
        if len(text) > room:
            self.cut = True
            text = text[: room - 1].rstrip() + ELLIPSIS
        elif text and len(text) == room:
            shown = text[:-1].rstrip()
            self._held, text = text[len(shown) :], shown
        self._note(text)
        return text

    def _note(self, text: str) -> None:
        self._shown.append(text)
        self._length += len(text)


def clean(text: str, limit: int) -> str:
    """A whole text at once."""
    line = RunningLine(limit)
    return line.feed(text) + line.end()
