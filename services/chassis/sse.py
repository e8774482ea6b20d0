"""Server-sent events, the text/event-stream format (WHATWG HTML, section 9.2): writing and reading.

Covers: framing one event; bytes in, whole events out, wherever the bytes were split. Lines end with
LF or CRLF alone: whatever else may look like a line's end is text, which JSON carries as it is.
Does not cover: ids and reconnecting (what is streamed here cannot be taken up in its middle), which
events there are, or what happens when a stream is quiet or cut.

    EventTooLong   an event, or a line, is longer than its reader allows
"""

from __future__ import annotations

from pydantic import BaseModel

MEDIA_TYPE = "text/event-stream"


class EventTooLong(ValueError):
    pass


def frame(event: str, data: BaseModel) -> bytes:
    """One event. JSON has no raw line feeds, so the data is one line."""
    return f"event: {event}\ndata: {data.model_dump_json()}\n\n".encode()


class EventParser:
    """Reads one stream. An event that is cut off at its end is left out."""

    def __init__(self, max_bytes: int) -> None:
        """max_bytes: most of one event that is kept until it is whole."""
        self._max_bytes = max_bytes
        self._rest = bytearray()
        self._name = b""
        self._data: list[bytes] = []
        self._held = 0

    def feed(self, received: bytes) -> list[tuple[str, bytes]]:
        """The events that are now whole, as (name, data); raise EventTooLong.

        Only whole lines are looked at, so no character is ever torn. An event without data is none.
        """
        found: list[tuple[str, bytes]] = []
        self._rest += received
        if b"\n" in received:
            *lines, rest = bytes(self._rest).split(b"\n")
            self._rest = bytearray(rest)
            for line in lines:
                self._take(line.removesuffix(b"\r"), found)
        self._bound(len(self._rest))
        return found

    def _bound(self, more: int) -> None:
        if self._held + more > self._max_bytes:
            raise EventTooLong(f"an event of more than {self._max_bytes:,} bytes")

    def _take(self, line: bytes, found: list[tuple[str, bytes]]) -> None:
        if line:
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"event":
                self._name = value
            elif field == b"data":
                self._bound(len(value))
                self._data.append(value)
                self._held += len(value)
            return  # any other field, and a comment (no field), says nothing to us
        if self._data:
            name = self._name.decode("utf-8", "replace") or "message"
            found.append((name, b"\n".join(self._data)))
        self._name, self._data, self._held = b"", [], 0
