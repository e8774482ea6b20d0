"""Calls on real sockets of a server that goes away, which only a real connection shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.transport import Network
from gateway.upstream import (
    Answer,
    Deadline,
    Nonsense,
    TooSlow,
    Unreachable,
    UpstreamError,
    post_for_events,
    post_json,
)
from services.contract import QueryRequest

pytestmark = pytest.mark.anyio

BODY = QueryRequest(input="x")
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
FRAME = b"event: delta\ndata: {}\n\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@asynccontextmanager
async def saying(said: bytes, then_hang: bool = False) -> AsyncIterator[str]:
    """A server that answers every request so, whatever it is, and closes the connection."""
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(said)
        await writer.drain()
        if then_hang:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        over.set()
        server.close()
        await server.wait_closed()


async def whole(said: bytes) -> Answer:
    async with saying(said) as url, Network() as network:
        return await post_json(network, url, BODY, timeout_s=5, max_bytes=100)


async def streamed(
    said: bytes, then_hang: bool = False, timeout_s: float = 5.0
) -> list[Answer | tuple[str, bytes]]:
    async with saying(said, then_hang) as url, Network() as network:
        deadline = Deadline.within(timeout_s)
        events = post_for_events(
            network, url, BODY, deadline=deadline, timeout_s=timeout_s, max_bytes=100
        )
        return [event async for event in events]


WHOLE: dict[str, tuple[bytes, type[UpstreamError]]] = {
    "gone before it answers": (b"", Unreachable),
    "gone in the header": (JSON, Unreachable),
    "gone in the body": (JSON + b"content-length: 50\r\n\r\n{", Unreachable),
    "gone in a chunk": (JSON + b"transfer-encoding: chunked\r\n\r\n", Unreachable),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", Nonsense),
    "too long": (JSON + b"content-length: 101\r\n\r\n" + b" " * 101, Nonsense),
}


@pytest.mark.parametrize("case", WHOLE)
async def test_a_server_that_goes_away_is_told_from_one_that_talks_nonsense(case: str) -> None:
    said, error = WHOLE[case]
    with pytest.raises(error):
        await whole(said)


async def test_retry_after_is_read_in_seconds_and_nothing_else_is() -> None:
    for header, seconds in [("7", 7.0), ("soon", None), ("-1", None), ("9" * 400, None)]:
        said = f"HTTP/1.1 503 Busy\r\ncontent-type: application/json\r\nretry-after: {header}\r\n"
        answer = await whole(f"{said}content-length: 2\r\n\r\n{{}}".encode())
        assert (answer.status, answer.retry_after_s) == (503, seconds)


async def test_events_come_until_the_stream_ends() -> None:
    assert await streamed(EVENTS + chunk(FRAME[:9]) + chunk(FRAME[9:]) + chunk(b"")) == [
        ("delta", b"{}")
    ]


STREAMED: dict[str, tuple[bytes, type[UpstreamError]]] = {
    "gone before it answers": (b"", Unreachable),
    "gone between events": (EVENTS + chunk(FRAME), Unreachable),
    "gone in an event": (EVENTS + chunk(FRAME[:7]), Unreachable),
    "too long": (EVENTS + chunk(FRAME) * 10, Nonsense),
    "one endless line": (EVENTS + chunk(b"x" * 101), Nonsense),
    "JSON": (JSON + b"content-length: 2\r\n\r\n{}", Nonsense),
}


@pytest.mark.parametrize("case", STREAMED)
async def test_a_stream_that_breaks_off_is_told_from_nonsense(case: str) -> None:
    said, error = STREAMED[case]
    with pytest.raises(error):
        await streamed(said)


async def test_a_stream_that_falls_silent_ends_at_its_deadline() -> None:
    with pytest.raises(TooSlow):
        await streamed(EVENTS + chunk(FRAME), then_hang=True, timeout_s=0.05)


async def test_nobody_listening_is_unreachable() -> None:
    async with saying(b"") as url:
        pass
    async with Network() as network:
        with pytest.raises(Unreachable):
            await post_json(network, url, BODY, timeout_s=5, max_bytes=100)
