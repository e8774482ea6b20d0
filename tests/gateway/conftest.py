"""The gateway's world in miniature: a model server and three tools behind one httpx transport.

Fakes are small classes with a queue of answers and a history of requests; tests reach the gateway
through the real `build(settings, transport=…)`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import build
from gateway.settings import Settings

MODEL_URL = "http://model.test"
TOOLS = ("calculator", "translator", "retrieval")
USAGE = {"prompt_tokens": 1, "completion_tokens": 1}

PIECE_CHARS = 4
"""Of a streamed text at a time; more than "TS," has, so that no piece is all of it by chance."""

Behaviour = Callable[[dict[str, Any]], Awaitable[httpx.Response]]


def query_answer(*results: str, sources: list[Any] | None = None) -> httpx.Response:
    status = "ok" if results else "unparsed"
    parallel = sources if sources is not None else [None] * len(results)
    return httpx.Response(
        200, json={"results": list(results), "status": status, "sources": parallel}
    )


def sse(event: str, data: Any) -> bytes:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()


def sse_of(said: dict[str, Any]) -> list[bytes]:
    """A model server's answer as the pieces of a stream."""
    text = said["text"] if "text" in said else said["response"]
    pieces = [text[at : at + PIECE_CHARS] for at in range(0, len(text), PIECE_CHARS)]
    deltas = [sse("delta", {"index": 0, "text": piece}) for piece in pieces]
    chosen = [sse("recipient", {"recipient": said["recipient"]})] if "recipient" in said else []
    return [*chosen, *deltas, sse("done", said)]


class Stream(httpx.AsyncByteStream):
    """A streamed body: pieces, exceptions to raise and async functions to await, in order."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            if callable(part):
                await part()
            else:
                yield part

    async def aclose(self) -> None:
        self.closed = True

    def response(self) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=self)


class FakeWorld(httpx.AsyncBaseTransport):
    """Answers for the model server and the tools, and remembers what it was asked."""

    def __init__(self) -> None:
        self.model: deque[Any] = deque()
        """Next answers: a draft or an output like "TS, query" (text), which comes as a stream where
        one is asked for; or an httpx.Response, a Stream, an exception, or an async function of the
        request that returns one of these."""
        self.tools: dict[str, Behaviour] = {}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[tuple[str, httpx.Headers]] = []
        self.ready: dict[str, int] = {}
        self.streams: list[Stream] = []
        """Those that the model server has begun, oldest first."""

    def stream_of(self, *parts: Any) -> Stream:
        """A stream to put among the answers of the model, for tests that cannot import this."""
        return Stream(*parts)

    def asked(self, path: str) -> list[dict[str, Any]]:
        """Bodies of the calls to e.g. "model/v1/base" or "retrieval/v1/query"."""
        return [body for where, body in self.requests if where == path]

    def answers(self, tool: str, *results: str, sources: list[Any] | None = None) -> None:
        """Let a tool answer every query with these results, paged by skip and limit."""

        async def page(body: dict[str, Any]) -> httpx.Response:
            window = slice(body["skip"], body["skip"] + body["limit"])
            found, where = results[window], (sources or [None] * len(results))[window]
            return httpx.Response(
                200, json={"results": list(found), "status": "ok", "sources": list(where)}
            )

        self.tools[tool] = page

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host.removesuffix(".test")
        where = f"{host}{request.url.path}"
        self.headers.append((where, request.headers))
        if request.url.path == "/readyz":
            return httpx.Response(self.ready.get(host, 200), json={})
        body = json.loads(await request.aread())
        self.requests.append((where, body))
        if host == "model":
            return await self._model(request, body)
        behaviour = self.tools.get(host)
        return await behaviour(body) if behaviour else query_answer()

    async def _model(self, request: httpx.Request, body: dict[str, Any]) -> httpx.Response:
        assert self.model, f"no answer is left for {request.url.path}"
        answer = self.model.popleft()
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = await answer(body)
            assert answer is not None
        if isinstance(answer, Stream):
            self.streams.append(answer)
            return answer.response()
        if isinstance(answer, httpx.Response):
            return answer
        if request.url.path == "/v1/base":
            said = {"response": answer, "candidates": [{"text": answer, "scores": None}]}
        else:
            recipient, _, text = answer.partition(", ")
            said = {"recipient": recipient, "text": text}
        said |= {"usage": USAGE, "model": "fake"}
        if not body.get("stream"):
            return httpx.Response(200, json=said)
        self.streams.append(Stream(*sse_of(said)))
        return self.streams[-1].response()


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "tools"
    for order, name in enumerate(TOOLS, start=1):
        (folder / name).mkdir(parents=True)
        (folder / name / "tool.toml").write_text(
            f'name = "{name}"\nsummary = "The {name}."\nport = {9100 + order}\norder = {order}\n'
            f'app = "services.{name}.app:build"\ntimeout_s = 5.0\n'
            '[[examples]]\ninput = "x"\nresults = []\n',
            encoding="utf-8",
        )
    return Settings(
        log_level="CRITICAL",
        model_url=MODEL_URL,
        tools_dir=folder,
        tool_urls={name: f"http://{name}.test" for name in TOOLS},
        data_dir=tmp_path / "data",
        model_retries=0,  # each queued answer is asked for once; tests of retries say so
        tool_retries=0,
    )


@pytest.fixture
def app(settings: Settings, world: FakeWorld) -> FastAPI:
    return build(settings, world)


@pytest.fixture
def events() -> Callable[[str], list[tuple[str, Any]]]:
    """Parse server-sent events into (name, data) pairs; comments are left out."""

    def parse(text: str) -> list[tuple[str, Any]]:
        found = []
        for block in text.split("\n\n"):
            lines = dict(
                line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
            )
            if lines:
                found.append((lines["event"], json.loads(lines["data"])))
        return found

    return parse
