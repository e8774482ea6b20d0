"""The network below the gateway's calls, behind httpx's transport interface.

httpx's own network takes ten times the processor time for a call, and with hundreds of calls open
it looks through all of them for each new one (docs/gateway_speed.md). What httpx calls a transport
is kept as the seam: the tests' and the cassettes' stand-ins take this one's place.

Covers: connections made at need and kept, and httpx's names for what goes wrong:

    ConnectError          no connection
    ReadError             it was closed before the answer was whole
    RemoteProtocolError   the answer is not HTTP
    UnsupportedProtocol   the address is neither http:// nor https://
    LocalProtocolError    the request cannot be written, e.g. a header with a line break

Does not cover: deadlines, redirects, proxies, compressed answers, HTTP/2; no call of ours needs
them. HTTP itself is gateway.http1's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx

from gateway.http1 import Connection, ConnectionClosed, NotHttp

KEEPALIVE_S = 4.0
"""How long an idle connection is kept: shorter than a server keeps it (uvicorn by default 5 s,
deploy.serve longer), so that no call goes out on a connection that is being closed."""
_PORTS = {"http": 80, "https": 443}

_Address = tuple[str, str, int]


class Network(httpx.AsyncBaseTransport):
    """Use it in one event loop, and close it there. Connections are as many as calls at once."""

    def __init__(self) -> None:
        self._idle: dict[_Address, deque[tuple[Connection, asyncio.TimerHandle]]] = {}
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        address, written = _address(request.url), _written(request, await request.aread())
        connection = self._kept(address) or await self._connect(address)
        try:
            with _in_httpx_words():
                await connection.ask(written)
        except BaseException:
            connection.close()
            raise
        body = _Body(self, address, connection)
        return httpx.Response(connection.status, headers=connection.headers, stream=body)

    async def aclose(self) -> None:
        for address in list(self._idle):
            while (connection := self._kept(address)) is not None:
                connection.close()

    def keep(self, address: _Address, connection: Connection) -> None:
        """Until it is used again, too long idle, or closed by the other side."""
        expiry = asyncio.get_running_loop().call_later(KEEPALIVE_S, connection.close)
        idle = self._idle.setdefault(address, deque())
        idle.append((connection, expiry))
        while not idle[0][0].reusable:  # those that are idle longest are closed first
            idle.popleft()[1].cancel()

    def _kept(self, address: _Address) -> Connection | None:
        idle = self._idle.get(address)
        while idle:
            connection, expiry = idle.pop()
            expiry.cancel()
            if connection.reusable:
                return connection
        return None

    async def _connect(self, address: _Address) -> Connection:
        scheme, host, port = address
        tls = None
        if scheme == "https":
            tls = self._tls = self._tls or httpx.create_ssl_context(trust_env=False)
        loop = asyncio.get_running_loop()
        try:
            return (await loop.create_connection(Connection, host, port, ssl=tls))[1]
        except (OSError, UnicodeError) as error:  # UnicodeError: of a host that is no name
            raise httpx.ConnectError(type(error).__name__) from error


class _Body(httpx.AsyncByteStream):
    def __init__(self, network: Network, address: _Address, connection: Connection) -> None:
        self._network = network
        self._address = address
        self._connection: Connection | None = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert self._connection is not None, "the body is closed"
        with _in_httpx_words():
            async for piece in self._connection.body():
                yield piece

    async def aclose(self) -> None:
        """Keep the connection if the answer was whole and read, else close it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if connection.reusable:
            self._network.keep(self._address, connection)
        else:
            connection.close()


def _address(url: httpx.URL) -> _Address:
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"{url.scheme[:20]!r} is neither http nor https")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


def _written(request: httpx.Request, content: bytes) -> bytes:
    headers = request.headers.raw
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in headers]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(headers) or head.count(b"\r") != len(headers):
        raise httpx.LocalProtocolError("a line break in a request's line or header")
    return b"%s\r\n\r\n%s" % (head, content)


@contextmanager
def _in_httpx_words() -> Iterator[None]:
    try:
        yield
    except ConnectionClosed as error:
        raise httpx.ReadError("it went away before its answer was whole") from error
    except NotHttp as error:
        raise httpx.RemoteProtocolError(str(error)) from error
