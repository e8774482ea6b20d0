"""One bounded JSON call to another process of ours, answered by one body or by events.

Covers: deadline, size bound, and telling apart the ways a call goes wrong:

    UpstreamError
    ├── Unreachable   no connection, or it broke, or the address is none
    ├── TooSlow       no whole answer in time
    └── Nonsense      an answer that is not HTTP, not JSON or over the size bound

Does not cover: what a status or a body means (gateway.lm, gateway.toolset), or calling again
(gateway.retry).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import httpx
from pydantic import BaseModel

from services.chassis import forwarded_headers
from services.chassis.sse import MEDIA_TYPE, EventParser
from services.contract import DEADLINE_HEADER

MAX_RETRY_AFTER_DIGITS = 6
_parsed = lru_cache(maxsize=32)(httpx.URL)
"""The few addresses there are, parsed once."""


class UpstreamError(Exception):
    """A call that brought no usable answer. The message holds no text of the call."""


class Unreachable(UpstreamError):
    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """When the other side wants to be asked again, if it said so."""


class TooSlow(UpstreamError):
    pass


class Nonsense(UpstreamError):
    pass


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    retry_after_s: float | None = None


@dataclass(slots=True)
class Deadline:
    """When a call must be over; it may be moved while a stream is read."""

    at_s: float  # on time.monotonic()'s clock

    @classmethod
    def within(cls, timeout_s: float) -> Deadline:
        return cls(time.monotonic() + timeout_s)

    def left_s(self) -> float:
        return self.at_s - time.monotonic()

    def left(self) -> asyncio.Timeout:
        return asyncio.timeout(self.left_s())


async def post_json(
    transport: httpx.AsyncBaseTransport,
    url: str,
    body: BaseModel,
    *,
    timeout_s: float,
    max_bytes: int,
) -> Answer:
    """POST `body`: the answer's status, any status, and its JSON bytes; or raise UpstreamError."""
    with _told_apart():
        async with asyncio.timeout(timeout_s):
            response = await transport.handle_async_request(_post(url, body, timeout_s))
            try:
                return await _read(response, max_bytes)
            finally:
                await response.aclose()


async def post_for_events(
    transport: httpx.AsyncBaseTransport,
    url: str,
    body: BaseModel,
    *,
    deadline: Deadline,
    timeout_s: float,
    max_bytes: int,
) -> AsyncGenerator[Answer | tuple[str, bytes], None]:
    """POST `body`: the events of the answer as (name, data), or an Answer if it is no 200.

    The other side is told `timeout_s`; `deadline` decides here. Each wait is limited by itself: a
    timeout around the whole would strike while whoever reads this is busy. Raises UpstreamError.
    """
    with _told_apart():
        async with deadline.left():
            response = await transport.handle_async_request(_post(url, body, timeout_s))
        try:
            if response.status_code != 200:
                async with deadline.left():
                    answer = await _read(response, max_bytes)
                yield answer
                return
            _check_type(response, MEDIA_TYPE)
            parser, received = EventParser(max_bytes), 0
            pieces = _pieces(response)
            while True:
                async with deadline.left():
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                received += len(piece)
                if received > max_bytes:
                    raise Nonsense(f"a stream of more than {max_bytes} bytes")
                for event in parser.feed(piece):
                    yield event
        finally:
            await response.aclose()


@contextmanager
def _told_apart() -> Iterator[None]:
    """Whatever goes wrong inside, as an UpstreamError."""
    try:
        yield
    except TimeoutError as error:
        raise TooSlow("no whole answer in time") from error
    except httpx.TimeoutException as error:
        raise TooSlow(type(error).__name__) from error
    except httpx.RemoteProtocolError as error:
        raise Nonsense(type(error).__name__) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(type(error).__name__) from error


async def _read(response: httpx.Response, max_bytes: int) -> Answer:
    _check_type(response, "application/json")
    received = bytearray()
    async for piece in _pieces(response):
        received += piece
        if len(received) > max_bytes:
            raise Nonsense(f"a body of more than {max_bytes} bytes")
    return Answer(response.status_code, bytes(received), _retry_after_s(response))


def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it comes. httpx's own way to it, by its decoders, takes as long as the call."""
    coding = response.headers.get("content-encoding", "identity")
    if coding != "identity":
        raise Nonsense(f"an answer coded as {coding[:40]!r}, which was not asked for")
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return aiter(response.stream)


def _check_type(response: httpx.Response, wanted: str) -> None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != wanted:
        raise Nonsense(f"content type {kind[:40]!r} instead of {wanted}")


def _retry_after_s(response: httpx.Response) -> float | None:
    """Retry-After in seconds; a date is not read, for no process of ours sends one."""
    said = response.headers.get("retry-after", "").strip()
    known = said.isascii() and said.isdigit() and len(said) <= MAX_RETRY_AFTER_DIGITS
    return float(said) if known else None


def _post(url: str, body: BaseModel, timeout_s: float) -> httpx.Request:
    """The request, with the headers to pass on and a deadline no later than this call's."""
    headers = forwarded_headers()
    limit_ms = max(1, int(timeout_s * 1000))
    left_ms = int(headers.get(DEADLINE_HEADER, limit_ms))
    deadline = str(min(left_ms, limit_ms))
    headers = {"content-type": "application/json", **headers, DEADLINE_HEADER: deadline}
    return httpx.Request("POST", _parsed(url), headers=headers, content=body.model_dump_json())
