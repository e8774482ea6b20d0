"""Server-sent events from text (HTML standard, section 9.2.6).

Covers: lines, event and data fields, comments, data over several lines. Does not cover: id, retry
and reconnecting; a turn is asked once.

    TooLong    an event is longer than MAX_EVENT_CHARS
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_EVENT_CHARS = 16_777_216
"""A whole turn is a few hundred thousand characters at most."""


class TooLong(ValueError):
    def __init__(self) -> None:
        super().__init__(f"an event of more than {MAX_EVENT_CHARS:,} characters")


@dataclass(frozen=True, slots=True)
class ServerEvent:
    name: str
    data: str


class EventReader:
    """Whole events of text that comes in pieces. One that is cut off is left out."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._name = ""
        self._data: list[str] = []
        self._chars = 0

    def feed(self, text: str) -> list[ServerEvent]:
        """The events that this piece completes; raise TooLong."""
        events = [self.line(line) for line in self._lines.feed(text)]
        return [event for event in events if event is not None]

    def line(self, line: str) -> ServerEvent | None:
        """The event that this line, given without its end, completes; raise TooLong."""
        if not line:
            event = ServerEvent(self._name or "message", "\n".join(self._data))
            complete = bool(self._data)
            self._name, self._data, self._chars = "", [], 0
            return event if complete else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._chars += len(value) + 1
            if self._chars > MAX_EVENT_CHARS:
                raise TooLong
            self._data.append(value)
        return None


class _Lines:
    """Lines, without their ends, of text that comes in pieces.

    Only a line feed, or carriage return and line feed, ends a line: str.splitlines, and with it
    httpx's iter_lines, also breaks at U+2028, U+2029 and U+0085, which JSON carries as they are.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._chars = 0

    def feed(self, text: str) -> Iterator[str]:
        first, *rest = text.split("\n")
        self._pieces.append(first)
        self._chars += len(first)
        if self._chars > MAX_EVENT_CHARS:
            raise TooLong
        for piece in rest:
            yield "".join(self._pieces).removesuffix("\r")
            self._pieces, self._chars = [piece], len(piece)


def lines_of(chunks: Iterable[str]) -> Iterator[str]:
    """Lines, without their ends, of text that comes in pieces. One cut off is left out."""
    lines = _Lines()
    for chunk in chunks:
        yield from lines.feed(chunk)


def parse_events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """Events of a stream's lines, given without their line ends. One cut off is left out."""
    reader = EventReader()
    for line in lines:
        event = reader.line(line)
        if event is not None:
            yield event
