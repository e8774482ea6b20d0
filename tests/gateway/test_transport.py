"""The network below the gateway's calls, against servers on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from gateway.transport import Network

pytestmark = pytest.mark.anyio

MAX_HEAD_BYTES = 65_536
MAX_WAITING_BYTES = 262_144

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[str]:
    """A server that does this with each connection; its URL."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/query"


@asynccontextmanager
async def network() -> AsyncIterator[Network]:
    made = Network()
    try:
        yield made
    finally:
        await made.aclose()


def saying(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return serve


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", httpx.ReadError),
        (b"HTTP/1.1 200 OK\r\nContent-", httpx.ReadError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", httpx.ReadError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", httpx.ReadError),
        (b"220 mail.example.org ESMTP\r\n\r\n", httpx.RemoteProtocolError),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf",
            httpx.RemoteProtocolError,
        ),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2 * MAX_HEAD_BYTES, httpx.RemoteProtocolError),
    ],
)
async def test_an_answer_that_breaks_off_is_told_from_one_that_is_not_http(
    answer: bytes, kind: type[httpx.TransportError]
) -> None:
    async with served(saying(answer)) as url, network() as made:
        with pytest.raises(kind):
            await (await made.handle_async_request(httpx.Request("POST", url))).aread()


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nwh\r\n3\r\nole\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nwhole",
        b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" + WHOLE,
    ],
    ids=["by length", "in chunks", "until it closes", "after a hint"],
)
async def test_an_answer_is_read_to_its_end_however_that_is_told(answer: bytes) -> None:
    async with served(saying(answer)) as url, network() as made:
        said = await made.handle_async_request(httpx.Request("GET", url))
        assert (said.status_code, await said.aread()) == (200, b"whole")


async def test_a_sender_is_held_back_while_nobody_reads() -> None:
    size, sent = 64 * 2**20, asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(64):
            writer.write(bytes(2**20))
            await writer.drain()
        sent.set()

    async with served(serve) as url, network() as made:
        answer = await made.handle_async_request(httpx.Request("GET", url))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not sent.is_set()
        assert len(await answer.aread()) == size


async def test_a_header_with_a_line_break_is_not_sent() -> None:
    async with served(saying(WHOLE)) as url, network() as made:
        request = httpx.Request("GET", url, headers={"X-Request-ID": "a\r\nB: c"})
        with pytest.raises(httpx.LocalProtocolError):
            await made.handle_async_request(request)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1/", httpx.ConnectError),
        (f"http://{'a' * 64}.test/", httpx.ConnectError),  # no name can have such a label
        ("ftp://localhost/", httpx.UnsupportedProtocol),
    ],
)
async def test_an_address_that_nobody_answers_at_is_told_from_one_that_is_none(
    url: str, kind: type[httpx.TransportError]
) -> None:
    async with network() as made:
        with pytest.raises(kind):
            await made.handle_async_request(httpx.Request("GET", url))


async def test_a_request_goes_out_as_it_is_and_nothing_is_added_to_it() -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        heads.append(await reader.readexactly(2))
        writer.write(WHOLE)

    async with served(serve) as url, network() as made:
        headers = {"Content-Type": "application/json", "X-Request-ID": "abc"}
        request = httpx.Request("POST", url, headers=headers, content=b"{}")
        answer = await made.handle_async_request(request)
        assert (answer.status_code, await answer.aread()) == (200, b"whole")
        await answer.aclose()
    lines = heads[0].decode().strip().split("\r\n")
    assert lines[0] == "POST /v1/query HTTP/1.1"
    names = sorted(line.partition(":")[0].lower() for line in lines[1:])
    assert names == ["content-length", "content-type", "host", "x-request-id"]
    assert heads[1] == b"{}"


async def test_a_connection_is_kept_after_a_whole_answer_and_closed_after_half_of_one() -> None:
    connections, closed = [], asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while (await reader.read(4096)) != b"":
            asked = len(connections)
            writer.write(WHOLE if asked == 1 else WHOLE[:-2])
        closed.set()

    async with served(serve) as url, network() as made:
        for _ in range(2):
            answer = await made.handle_async_request(httpx.Request("GET", url))
            await answer.aread()
            await answer.aclose()
        assert len(connections) == 1
        connections.append(connections[0])  # from now on, half an answer
        answer = await made.handle_async_request(httpx.Request("GET", url))
        await answer.aclose()
        async with asyncio.timeout(5):
            await closed.wait()


async def test_an_answer_that_is_left_unread_does_not_hold_back_the_next() -> None:
    """It is whole and more than is kept waiting, so that reading was stopped at its end."""
    long, asked = bytes(MAX_WAITING_BYTES + 1), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.read(4096)) != b"":
            body = b"whole" if asked.is_set() else long
            asked.set()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    async with served(serve) as url, network() as made:
        left = await made.handle_async_request(httpx.Request("GET", url))
        for _ in range(100):
            await asyncio.sleep(0)
        await left.aclose()
        async with asyncio.timeout(5):
            answer = await made.handle_async_request(httpx.Request("GET", url))
            assert await answer.aread() == b"whole"


async def test_a_second_answer_that_nobody_asked_for_changes_nothing_of_the_first() -> None:
    second = b"HTTP/1.1 500 Oops\r\nX: y\r\nContent-Length: 4\r\n\r\nmore"
    async with served(saying(WHOLE + second)) as url, network() as made:
        said = await made.handle_async_request(httpx.Request("GET", url))
        assert (said.status_code, await said.aread()) == (200, b"whole")
        assert "x" not in said.headers
