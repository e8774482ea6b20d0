"""The client for asyncio: `AsyncClient`.

Covers: sending, waiting, streams and pages, each in its asynchronous form. Does not cover: what is
sent and how it is read, which both clients share (groundling.client.calls and answers).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from itertools import count
from typing import TypeVar, Unpack

import httpx

from gateway.schemas import (
    ChatResponse,
    RoleInfo,
    SessionExport,
    SessionInfo,
    SessionResponse,
    ToolInfo,
    ToolsetResponse,
    TurnStep,
)
from groundling.client import calls
from groundling.client.answers import TurnReader, check_health, failures, read, refuse
from groundling.client.calls import Call, TurnOptions
from groundling.client.connection import DEFAULT_TIMEOUT_S, DEFAULT_URL, connection
from groundling.client.errors import ClientError
from groundling.client.retries import Retries
from services.contract import Body

B = TypeVar("B", bound=Body)


class AsyncTurnStream:
    """A turn as it happens: `async for`; leaving the `async with` block, or aclose, cancels it."""

    def __init__(self, steps: AsyncGenerator[TurnStep, None]) -> None:
        self._steps = steps

    async def __aenter__(self) -> AsyncTurnStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncTurnStream:
        return self

    async def __anext__(self) -> TurnStep:
        return await anext(self._steps)

    async def aclose(self) -> None:
        await self._steps.aclose()


class AsyncClient:
    """A gateway's client. Use it as an asynchronous context manager; calls raise ClientError.

    url: where the gateway is. api_key: None takes GROUNDLING_API_KEY's, if that is set; ValueError
    if it cannot be one. timeout_s: how long to wait for a next byte. retries: see Retries.
    transport: the seam for tests, and for gateways that are reached in another way.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        to = connection(url, api_key, timeout_s)
        self.url = to.url
        self._retries = retries if retries is not None else Retries()
        self._http = httpx.AsyncClient(transport=transport, **to.arguments())

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def check(self) -> None:
        """Raise NotRunning or BadAnswer unless a gateway is there; needs no key."""
        with failures(self.url):
            check_health(await self._http.get("/healthz"))

    async def chat(self, message: str, **options: Unpack[TurnOptions]) -> ChatResponse:
        """One whole turn. See TurnOptions for what it may be asked with."""
        call = calls.turn(message, options, stream=False)
        return read(call, await self._begun(call, whole=True))

    def stream(self, message: str, **options: Unpack[TurnOptions]) -> AsyncTurnStream:
        """One turn as it happens; it begins with the first step that is asked for."""
        return AsyncTurnStream(self._steps(calls.turn(message, options, stream=True)))

    async def toolset(
        self, text: str, *, skip: int | Mapping[str, int] = 0, limit: int = 5
    ) -> ToolsetResponse:
        """One string for all tools, without the model. skip: results to leave out, of all tools or
        of each; limit: results per tool."""
        return await self._ask(calls.toolset(text, skip, limit))

    async def tools(self) -> list[ToolInfo]:
        """In toolset order."""
        return (await self._ask(calls.TOOLS)).tools

    async def roles(self) -> list[RoleInfo]:
        """The roles a dialog can begin with."""
        return (await self._ask(calls.ROLES)).roles

    async def sessions(self) -> AsyncIterator[SessionInfo]:
        """The caller's sessions, the one used last first; pages are fetched as they are needed."""
        after: str | None = None
        while True:
            page = await self._ask(calls.sessions(after))
            for one in page.sessions:
                yield one
            if page.next is None or page.next == after:
                return
            after = page.next

    async def session(self, session_id: str) -> SessionResponse:
        """A stored dialog, oldest turn first."""
        return await self._ask(calls.session(session_id))

    async def export_session(self, session_id: str) -> SessionExport:
        """A stored dialog as a file to keep: write its model_dump_json()."""
        return await self._ask(calls.export(session_id))

    async def delete_session(self, session_id: str) -> None:
        await self._ask(calls.delete(session_id))

    async def _ask(self, call: Call[B]) -> B:
        with failures(self.url):
            return read(call, await self._sent(call, whole=True))

    async def _steps(self, call: Call[ChatResponse]) -> AsyncGenerator[TurnStep, None]:
        reader = TurnReader()
        answer = await self._begun(call, whole=False)
        with failures(self.url):
            async with aclosing(answer):
                async for received in answer.aiter_bytes():
                    for step in reader.feed(received):
                        yield step
                    if reader.done:
                        return
        reader.end()

    async def _begun(self, call: Call[B], *, whole: bool) -> httpx.Response:
        """The answer, asked for again where that may help and nothing has come of it yet."""
        for attempt in count():
            try:
                with failures(self.url):
                    return await self._sent(call, whole=whole)
            except ClientError as error:
                wait_s = self._retries.wait_s(error, attempt)
                if wait_s is None:
                    raise
            await asyncio.sleep(wait_s)
        raise AssertionError("counting does not end")

    async def _sent(self, call: Call[B], *, whole: bool) -> httpx.Response:
        """The answer, its body read if `whole`; one without success is raised as an error."""
        request = self._http.build_request(**call.arguments())
        answer = await self._http.send(request, stream=True)
        try:
            if whole or not answer.is_success:
                await answer.aread()
            refuse(answer)
        except BaseException:
            await answer.aclose()
            raise
        return answer
