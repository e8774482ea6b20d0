"""The network below the gateway's calls: httpx's transport interface over aiohttp's client.

httpx's own network takes five times the processor time of a call, and with hundreds of calls open
it looks through all of them for each new one (docs/gateway_speed.md). What httpx calls a transport
is kept as the seam: the tests' and the cassettes' stand-ins take this one's place.

Covers: one request, its answer's bytes as they come, and httpx's names for what goes wrong:

    ConnectError          no connection
    ReadError             it was closed before the answer was whole
    RemoteProtocolError   the answer is not HTTP
    UnsupportedProtocol   the address is none that can be called
    LocalProtocolError    the request cannot be written, e.g. a header with a line break

Does not cover: deadlines, redirects, proxies, compressed answers; no call of ours needs them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx

KEEPALIVE_S = 4.0
"""How long an idle connection is kept: shorter than a server keeps it (uvicorn by default 5 s,
deploy.serve longer), so that no call goes out on a connection that is being closed."""

_NOT_ADDED = ("Accept", "Accept-Encoding", "User-Agent")


class Network(httpx.AsyncBaseTransport):
    """Connections are made at need and kept; use it in one event loop, and close it there."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._session is None:
            self._session = _session()
        with _in_httpx_words():
            answer = await self._session.request(
                request.method,
                str(request.url),
                data=await request.aread() or None,
                headers=[(name.decode(), value.decode()) for name, value in request.headers.raw],
                skip_auto_headers=_NOT_ADDED,
                allow_redirects=False,
            )
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer))

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _in_httpx_words():
            async for piece in self._answer.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        """Keep the connection if the answer was read to its end, else close it."""
        self._answer.release()


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=0,  # the requests being worked on are limited, and with them these calls
        keepalive_timeout=KEEPALIVE_S,
        ssl=httpx.create_ssl_context(trust_env=False),
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # each call has a deadline
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


@contextmanager
def _in_httpx_words() -> Iterator[None]:
    try:
        yield
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise httpx.UnsupportedProtocol(type(error).__name__) from error
    except (aiohttp.ClientConnectorError, UnicodeError) as error:  # UnicodeError: no host's name
        raise httpx.ConnectError(type(error).__name__) from error
    except aiohttp.ClientResponseError as error:  # a head that cannot be parsed
        raise httpx.RemoteProtocolError(type(error).__name__) from error
    except (aiohttp.ClientError, ConnectionError) as error:
        raise httpx.ReadError(type(error).__name__) from error
    except ValueError as error:
        raise httpx.LocalProtocolError(type(error).__name__) from error
