"""`/mcp` of every tool: the Model Context Protocol's streamable HTTP, stateless.

Covers: the route, who may call it, and starting the server when it is first called: the SDK takes
longer to load, and more memory, than most tools (docs/mcp.md has figures), and few need it.
Does not cover: what the server answers (services.chassis.mcp_server), or the limits, which are the
chassis' own for this route as for all.

    403   an Origin other than the service itself: a browser on some other site's page
    405   GET and DELETE: there is no session to listen to or to end
    421   a Host that is not allowed, which is what a rebound DNS name brings
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis.errors import Failure
from services.chassis.logs import log_crash
from services.contract import ErrorCode

PATH = "/mcp"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ANY_HOST = "*"
STOP_GRACE_S = 5.0
"""How long the server may take to stop before it is cut."""

Serving = Callable[[], AbstractAsyncContextManager[ASGIApp]]


class McpEndpoint:
    """An ASGI app that loads and starts `serving()` at its first call, within `run()`."""

    def __init__(self, load: Callable[[], Serving], allowed_hosts: Sequence[str]) -> None:
        """`load` imports what is needed, in a thread, and returns what starts the server."""
        self._load = load
        self._allowed_hosts = frozenset(host.lower() for host in (*LOOPBACK, *allowed_hosts))
        self._server: asyncio.Future[ASGIApp] | None = None
        self._owner: asyncio.Task[None] | None = None
        self._stop: asyncio.Event | None = None  # None: not within run()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """While this lasts, calls are answered; afterwards nothing of the server is left."""
        self._stop = stop = asyncio.Event()
        try:
            yield
        finally:
            self._stop = None
            stop.set()
            owner, self._owner, self._server = self._owner, None, None
            if owner is not None:
                await asyncio.wait({owner}, timeout=STOP_GRACE_S)
                owner.cancel()

    def route(self) -> Route:
        return _NamedRoute(PATH, self, methods=["POST"], include_in_schema=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        check_caller(headers, self._allowed_hosts)
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            message = "body: must be JSON, sent with the header content-type: application/json"
            raise Failure(ErrorCode.BAD_REQUEST, message)
        server = await self._started()
        await server(scope, receive, send)

    async def _started(self) -> ASGIApp:
        if self._stop is None:
            raise Failure(ErrorCode.UNAVAILABLE, "not serving: the service is not running")
        if self._server is None:
            self._server = asyncio.get_running_loop().create_future()
            # Of no request's context: the server outlives the request that started it.
            own = self._own(self._server, self._stop)
            self._owner = asyncio.create_task(own, context=Context())
        return await asyncio.shield(self._server)

    async def _own(self, server: asyncio.Future[ASGIApp], stop: asyncio.Event) -> None:
        """Enter and leave the server in one task, as its task group needs."""
        try:
            serving = await asyncio.to_thread(self._load)
            async with serving() as app:
                server.set_result(app)
                await stop.wait()
        except Exception as error:
            log_crash(error)
            if not server.done():
                self._server = None  # the next call tries again
                server.set_exception(error)
                server.exception()  # seen, even where every caller has left


class _NamedRoute(Route):
    """A route that metrics and log lines know by its path, as they do FastAPI's own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        return match, found if match is Match.NONE else {**found, "route": self}


def check_caller(headers: Headers, allowed_hosts: frozenset[str]) -> None:
    """HTTPException 421 or 403 for a request that a page of another site may have sent."""
    host = headers.get("host", "").lower()
    if not allowed_hosts & {host, _without_port(host), ANY_HOST}:
        raise HTTPException(
            421, "Host: not a name this service goes by (setting mcp_allowed_hosts)"
        )
    origin = headers.get("origin")
    if origin is not None and origin.lower().partition("://")[2] != host:
        raise HTTPException(403, "Origin: pages of other sites may not call this service")


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host
