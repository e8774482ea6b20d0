"""Reading server-sent events as they arrive (WHATWG HTML, section 9.2.6).

Covers: bytes in, whole events out, wherever the bytes were split. Lines end with LF or CRLF alone:
whatever else may look like a line's end is text. Does not cover: ids and reconnecting (a turn is
not taken up in its middle), or what an event means (gateway.lm_stream).
"""

from __future__ import annotations


class EventParser:
    """Bounded by its reader, who counts the bytes."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, received: bytes) -> list[tuple[str, bytes]]:
        """The events that are now whole, as (name, data).

        Only whole lines are looked at, so no character is ever torn. An event without data is none.
        """
        self._rest += received
        if b"\n" not in received:
            return []
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        found: list[tuple[str, bytes]] = []
        for line in lines:
            self._take(line.removesuffix(b"\r"), found)
        return found

    def _take(self, line: bytes, found: list[tuple[str, bytes]]) -> None:
        if line:
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"event":
                self._name = value
            elif field == b"data":
                self._data.append(value)
            return  # any other field, and a comment (no field), says nothing to us
        if self._data:
            name = self._name.decode("utf-8", "replace") or "message"
            found.append((name, b"\n".join(self._data)))
        self._name, self._data = b"", []
