"""Server-sent events from text (HTML standard, section 9.2.6).

Covers: lines, event and data fields, comments, data over several lines. Does not cover: id, retry
and reconnecting; a turn is asked once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerEvent:
    name: str
    data: str


def lines_of(chunks: Iterable[str]) -> Iterator[str]:
    """Lines, without their ends, of text that comes in pieces. One cut off is left out.

    Only a line feed, or carriage return and line feed, ends a line: str.splitlines, and with it
    httpx's iter_lines, also breaks at U+2028, U+2029 and U+0085, which JSON carries as they are.
    """
    partial = ""
    for chunk in chunks:
        *lines, partial = (partial + chunk).split("\n")
        for line in lines:
            yield line.removesuffix("\r")


def parse_events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """Events of a stream's lines, given without their line ends. One cut off is left out."""
    name, data = "", list[str]()
    for line in lines:
        if not line:
            if data:
                yield ServerEvent(name or "message", "\n".join(data))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
