"""One HTTP/1.1 connection of the gateway to another process, with llhttp as its parser.

Covers: writing a request, reading the answer's head and its body as it comes, holding the sender
back when nobody reads, and whether the connection can be used again. Does not cover: keeping
connections (gateway.transport), deadlines, compressed answers, or sending a body in pieces.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import cast

import httptools

MAX_HEAD_BYTES = 65_536
"""A longer head of an answer is refused."""
MAX_WAITING_BYTES = 262_144
"""Of a body that nobody has read yet; beyond it the sender is held back."""


class ConnectionClosed(Exception):
    """The other side went away before its answer was whole."""


class NotHttp(Exception):
    """What came is not an answer in HTTP/1.1."""


class Connection(asyncio.Protocol):
    """One request at a time: `ask`, then `body` to its end, then perhaps another."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._pieces: deque[bytes] = deque()
        self._asking = self._held_back = self._stays_open = False

    async def ask(self, request: bytes) -> None:
        """Send a request; `status` and `headers` are the answer's when this returns."""
        self._parser = httptools.HttpResponseParser(self)
        self._stays_open, self.headers = False, []
        self._waiting_bytes = self._head_bytes = 0
        self._head_read = self._whole = self._ends_by_closing = False
        self._asking = True
        self._transport.write(request)
        while not self._head_read:
            await self._more()

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces as they come. Raise ConnectionClosed or NotHttp."""
        while True:
            if self._pieces:
                piece = self._pieces.popleft()
                self._waiting_bytes -= len(piece)
                if self._held_back and self._waiting_bytes < MAX_WAITING_BYTES:
                    self._hold_back(False)
                yield piece
            elif self._whole:
                return
            else:
                await self._more()

    @property
    def reusable(self) -> bool:
        """The answer was whole and read; what is left unread may have stopped the reading."""
        return self._stays_open and not self._pieces

    def close(self) -> None:
        """At once, whatever is under way."""
        self._stays_open = False
        self._transport.abort()

    async def _more(self) -> None:
        """Wait until something has come; raise what it was, if that."""
        if self._failure is not None:
            raise self._failure
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _hold_back(self, wanted: bool) -> None:
        self._held_back = wanted
        if self._transport.is_closing():
            return
        if wanted:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _fail(self, failure: Exception) -> None:
        self._failure = self._failure or failure
        self.close()
        self._wake()

    # What asyncio calls:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by class

    def data_received(self, data: bytes) -> None:
        if not self._asking:  # nobody has asked for anything
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(NotHttp("it changes the protocol"))
        except httptools.HttpParserError:
            self._fail(NotHttp("it cannot be parsed"))
        if not self._head_read:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._fail(NotHttp("its head has no end"))
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._stays_open = False
        if self._asking and self._head_read and self._ends_by_closing and error is None:
            self._asking, self._whole = False, True
        self._failure = self._failure or ConnectionClosed()
        self._wake()

    # What the parser calls:

    def on_message_begin(self) -> None:
        if self._whole:
            raise NotHttp("a second answer, which nobody asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status < 200:  # the answer proper is still to come
            self.headers = []
            return
        self._head_read = True
        named = {name.lower() for name, _ in self.headers}
        self._ends_by_closing = not named & {b"content-length", b"transfer-encoding"}

    def on_body(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._waiting_bytes += len(piece)
        if not self._held_back and self._waiting_bytes >= MAX_WAITING_BYTES:
            self._hold_back(True)

    def on_message_complete(self) -> None:
        if self._head_read:  # else it was the end of a hint
            self._asking, self._whole = False, True
            self._stays_open = self._parser.should_keep_alive()
