"""A model server and tools whose pace a test decides, and the gateway served above them.

Covers: queued answers, plain or streamed as asked, that stop at a gate until the test opens it, so
that a test can look at the page in the middle of a turn without sleeping.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

USAGE = {"prompt_tokens": 1, "completion_tokens": 1}
START_S = 20.0


class Gate:
    """Holds whoever comes to it, in the server's thread, until the test opens it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.left = threading.Event()
        """Somebody was cancelled while waiting here."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = asyncio.Event()

    async def passed(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.reached.set()
        try:
            await self._open.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise

    def open(self) -> None:
        assert self.reached.wait(5), "nobody came to this gate"
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._open.set)


class StagedWorld(httpx.AsyncBaseTransport):
    """Below the gateway's client: the model server and the tools."""

    def __init__(self) -> None:
        self.says: deque[str | httpx.Response] = deque()
        """The model's next answers: a draft, or "TS, query", or "User, answer"."""
        self.finds: dict[str, httpx.Response | Exception | list[Any]] = {}
        """A tool's answer: [(text, source), …], or a response, or an exception."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._gates: dict[str, deque[Gate]] = defaultdict(deque)

    def gate(self, place: str) -> Gate:
        """The next that comes to `place` waits: "base", "research", a tool's name; or in a stream,
        after its first word, "base …", "research …"."""
        gate = Gate()
        self._gates[place].append(gate)
        return gate

    async def _passed(self, place: str) -> None:
        if self._gates[place]:
            await self._gates[place].popleft().passed()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host.removesuffix(".test")
        if request.method == "GET":
            return httpx.Response(200, json={})
        body = json.loads(await request.aread())
        place = host if host != "model" else request.url.path.removeprefix("/v1/")
        self.asked.append((place, body))
        await self._passed(place)
        return self._found(host) if host != "model" else self._said(place, body)

    def _found(self, tool: str) -> httpx.Response:
        found = self.finds.get(tool, [])
        if isinstance(found, Exception):
            raise found
        if isinstance(found, httpx.Response):
            return found
        texts, sources = [text for text, _ in found], [source for _, source in found]
        status = "ok" if texts else "unparsed"
        body = {"results": texts, "status": status, "sources": sources}
        return httpx.Response(200, json=body)

    def _said(self, place: str, body: dict[str, Any]) -> httpx.Response:
        assert self.says, f"no answer is left for {place}"
        answer = self.says.popleft()
        if isinstance(answer, httpx.Response):
            return answer
        recipient, _, text = answer.partition(", ") if place == "research" else ("", "", answer)
        ends: dict[str, Any] = {"usage": USAGE, "model": "staged"}
        if place == "research":
            ends |= {"recipient": recipient, "text": text}
        else:
            ends |= {"response": text, "candidates": [{"text": text, "scores": None}]}
        if not body.get("stream"):
            return httpx.Response(200, json=ends)
        events = self._events(place, recipient, text, ends)
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, stream=_Stream(events))

    async def _events(
        self, place: str, recipient: str, text: str, ends: dict[str, Any]
    ) -> AsyncIterator[bytes]:
        if recipient:
            yield _frame("recipient", {"recipient": recipient})
        for number, word in enumerate(re.findall(r"\s*\S+", text)):
            if number == 1:
                await self._passed(f"{place} …")
            yield _frame("delta", {"index": 0, "text": word})
        yield _frame("done", ends)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, events: AsyncIterator[bytes]) -> None:
        self._events = events

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._events


def _frame(event: str, data: dict[str, Any]) -> bytes:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    stop: Any
    """Ends the server at once, as if it had died."""


@contextmanager
def serving(app: FastAPI) -> Iterator[Site]:
    """The app under uvicorn, on a free port, in a thread."""
    config = uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="gateway", daemon=True)
    thread.start()
    waited = threading.Event()
    for _ in range(int(START_S / 0.01)):
        if server.started or not thread.is_alive():
            break
        waited.wait(0.01)
    assert server.started, "the gateway did not start"
    port = server.servers[0].sockets[0].getsockname()[1]

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    try:
        yield Site(f"http://127.0.0.1:{port}", stop)
    finally:
        stop()
        assert not thread.is_alive(), "the gateway did not stop"
