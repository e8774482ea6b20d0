"""The client for code that waits: `Client`.

Covers: sending, waiting, streams and pages, each in its blocking form. Does not cover: what is sent
and how it is read, which both clients share (groundling.client.calls and answers).
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
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


class TurnStream:
    """A turn as it happens: iterate over it; leaving the `with` block, or close, cancels it."""

    def __init__(self, steps: Generator[TurnStep, None, None]) -> None:
        self._steps = steps

    def __enter__(self) -> TurnStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> TurnStream:
        return self

    def __next__(self) -> TurnStep:
        return next(self._steps)

    def close(self) -> None:
        self._steps.close()


class Client:
    """A gateway's client. Use it as a context manager; calls raise ClientError.

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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        to = connection(url, api_key, timeout_s)
        self.url = to.url
        self._retries = retries if retries is not None else Retries()
        self._http = httpx.Client(transport=transport, **to.arguments())

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def check(self) -> None:
        """Raise NotRunning or BadAnswer unless a gateway is there; needs no key."""
        with failures(self.url):
            check_health(self._http.get("/healthz"))

    def chat(self, message: str, **options: Unpack[TurnOptions]) -> ChatResponse:
        """One whole turn. See TurnOptions for what it may be asked with."""
        call = calls.turn(message, options, stream=False)
        return read(call, self._begun(call, whole=True))

    def stream(self, message: str, **options: Unpack[TurnOptions]) -> TurnStream:
        """One turn as it happens; it begins with the first step that is asked for."""
        return TurnStream(self._steps(calls.turn(message, options, stream=True)))

    def toolset(
        self, text: str, *, skip: int | Mapping[str, int] = 0, limit: int = 5
    ) -> ToolsetResponse:
        """One string for all tools, without the model. skip: results to leave out, of all tools or
        of each; limit: results per tool."""
        return self._ask(calls.toolset(text, skip, limit))

    def tools(self) -> list[ToolInfo]:
        """In toolset order."""
        return self._ask(calls.TOOLS).tools

    def roles(self) -> list[RoleInfo]:
        """The roles a dialog can begin with."""
        return self._ask(calls.ROLES).roles

    def sessions(self) -> Iterator[SessionInfo]:
        """The caller's sessions, the one used last first; pages are fetched as they are needed."""
        after: str | None = None
        while True:
            page = self._ask(calls.sessions(after))
            yield from page.sessions
            if page.next is None or page.next == after:
                return
            after = page.next

    def session(self, session_id: str) -> SessionResponse:
        """A stored dialog, oldest turn first."""
        return self._ask(calls.session(session_id))

    def export_session(self, session_id: str) -> SessionExport:
        """A stored dialog as a file to keep: write its model_dump_json()."""
        return self._ask(calls.export(session_id))

    def delete_session(self, session_id: str) -> None:
        self._ask(calls.delete(session_id))

    def _ask(self, call: Call[B]) -> B:
        with failures(self.url):
            return read(call, self._sent(call, whole=True))

    def _steps(self, call: Call[ChatResponse]) -> Generator[TurnStep, None, None]:
        reader = TurnReader()
        answer = self._begun(call, whole=False)
        with failures(self.url), closing(answer):
            for received in answer.iter_bytes():
                yield from reader.feed(received)
                if reader.done:
                    return
        reader.end()

    def _begun(self, call: Call[B], *, whole: bool) -> httpx.Response:
        """The answer, asked for again where that may help and nothing has come of it yet."""
        for attempt in count():
            try:
                with failures(self.url):
                    return self._sent(call, whole=whole)
            except ClientError as error:
                wait_s = self._retries.wait_s(error, attempt)
                if wait_s is None:
                    raise
            time.sleep(wait_s)
        raise AssertionError("counting does not end")

    def _sent(self, call: Call[B], *, whole: bool) -> httpx.Response:
        """The answer, its body read if `whole`; one without success is raised as an error."""
        request = self._http.build_request(**call.arguments())
        answer = self._http.send(request, stream=True)
        try:
            if whole or not answer.is_success:
                answer.read()
            refuse(answer)
        except BaseException:
            answer.close()
            raise
        return answer
