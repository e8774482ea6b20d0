"""One request and its response as the inner app sees them: a bounded body, a gated `send`.

Covers: the messages that pass, the headers added to every response, and what has been sent so far.
Does not cover: when to stop (services.chassis.middleware).
"""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.body import read_body
from services.chassis.context import RequestContext
from services.chassis.limits import PathLimits
from services.contract import REQUEST_ID_HEADER, TRACEPARENT_HEADER


class Exchange:
    def __init__(self, scope: Scope, receive: Receive, send: Send, context: RequestContext) -> None:
        self.scope = scope
        self.context = context
        self.status: int | None = None  # None until the response has started
        self.completed = False
        self.client_left = asyncio.Event()
        self._server_receive = receive
        self._server_send = send
        self._body: bytes | None = None
        self._body_read = asyncio.Event()
        self._cut = False
        self._has_length = False

    async def run(self, app: ASGIApp, limits: PathLimits) -> None:
        """Read the body, then let the app answer; it sees the body as one message."""
        headers = Headers(scope=self.scope)
        self._body = await read_body(headers, self._server_receive, limits)
        self._body_read.set()
        await app(self.scope, self._receive, self._send)

    async def watch_client(self) -> None:
        """Return when the client has left or the response is over; `client_left` tells which."""
        await self._body_read.wait()  # until then, reading the body is what notices
        while (await self._server_receive())["type"] != "http.disconnect":
            pass
        # Servers also say "disconnect" when the response is over: then nobody left.
        if not self.completed:
            self.client_left.set()

    def cut(self) -> None:
        """From now on whatever the app sends is dropped."""
        self._cut = True

    async def answer(self, response: ASGIApp) -> None:
        """Send a response of our own, if none has started."""
        if self.status is None:
            await response(self.scope, self._receive, self._pass_on)

    async def end_stream(self) -> None:
        """End a started response where it stands, unless it has promised a length."""
        if self.status is not None and not self.completed and not self._has_length:
            await self._pass_on({"type": "http.response.body", "body": b"", "more_body": False})

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.client_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if not self._cut:
            await self._pass_on(message)

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID_HEADER] = self.context.request_id
            headers[TRACEPARENT_HEADER] = self.context.trace.header()
            self._has_length = "content-length" in headers
        elif message["type"] == "http.response.body":
            self.completed = not message.get("more_body", False)
        await self._server_send(message)
