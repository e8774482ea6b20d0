"""A client that leaves, on real sockets: the work it asked for stops, in both modes."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from gateway.app import build
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

USAGE = {"prompt_tokens": 1, "completion_tokens": 1}


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The app behind uvicorn on a free port of this machine, in this event loop."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, 8192
        )  # so that readers can be slow
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


RECIPIENT = b'event: recipient\ndata: {"recipient": "User"}\n\n'
DELTA = b'event: delta\ndata: {"index": 0, "text": "words"}\n\n'


class Upstream:
    """Work of another process that never ends: `reached` when it is asked, `ended` when cut."""

    def __init__(self) -> None:
        self.reached, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: dict[str, Any] | None = None) -> httpx.Response:
        self.reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()
        raise AssertionError


def arrange(world: Any, at: str, work: Upstream) -> None:
    """Let the turn get as far as `at`, and wait there."""
    if at == "draft":
        world.model.append(work)
    elif at == "draft, streaming":
        world.model.append(world.stream_of(DELTA, work))
    elif at == "query":
        world.model.extend(["draft", work])
    elif at == "tool":
        world.model.extend(["draft", "TS, q"])
        world.tools["calculator"] = work
    elif at == "rewrite":
        world.model.extend(["draft", "TS, q", work])
    else:
        world.model.extend(["draft", "TS, q", world.stream_of(RECIPIENT, DELTA, work)])


PLACES = [
    *((False, at) for at in ("draft", "query", "tool", "rewrite")),
    *((True, at) for at in ("draft", "query", "tool", "rewrite")),
    *((True, at) for at in ("draft, streaming", "rewrite, streaming")),
]


@pytest.mark.parametrize(("stream", "at"), PLACES)
async def test_a_client_that_leaves_cancels_the_calls_made_for_it_and_nothing_is_stored(
    stream: bool, at: str, app: FastAPI, settings: Settings, world: Any
) -> None:
    work, before = Upstream(), asyncio.all_tasks()
    arrange(world, at, work)
    async with asyncio.timeout(20), listening(app) as url, httpx.AsyncClient() as client:
        body = {"message": "x", "stream": stream}
        leaving = asyncio.create_task(client.post(f"{url}/v1/chat", json=body))
        await work.reached.wait()
        asked = len(world.requests)
        leaving.cancel()
        async with asyncio.timeout(1):  # the promise: within a second
            await work.ended.wait()
        alive = await client.get(f"{url}/healthz")
    with sqlite3.connect(settings.data_dir / "sessions.db") as database:  # the gateway has stopped
        stored = database.execute("SELECT id FROM sessions").fetchall()
    assert (alive.status_code, stored) == (200, [])
    assert len(world.requests) == asked, "nothing was asked after the client left"
    assert all(stream.closed for stream in world.streams)
    assert asyncio.all_tasks() - before <= {leaving}


@pytest.mark.parametrize(("most_pending", "waits"), [(100, False), (1, True)])
async def test_a_client_that_reads_nothing_holds_the_model_only_beyond_the_bound(
    most_pending: int, waits: bool, settings: Settings, world: Any
) -> None:
    """More than a socket's buffers take is written before the client reads its first byte."""
    over, before = asyncio.Event(), asyncio.all_tasks()

    async def read_to_its_end() -> None:
        over.set()

    text, many = "x" * 10_000, 40
    delta = f'event: delta\ndata: {{"index": 0, "text": "{text}"}}\n\n'.encode()
    drafted = {"response": text * many, "candidates": [], "usage": USAGE, "model": "fake"}
    said = {"recipient": "User", "text": "words", "usage": USAGE, "model": "fake"}
    world.model.append(world.stream_of(*[delta] * many, done_with(drafted)))
    world.model.append("TS, q")  # the query and each tool are events that wait for the draft
    world.model.append(world.stream_of(RECIPIENT, DELTA, read_to_its_end, done_with(said)))
    large = {"max_response_chars": 1_000_000, "max_pending_events": most_pending}
    app = build(settings.model_copy(update=large), world)
    async with asyncio.timeout(20), listening(app) as url:
        writer = await asking(url, {"message": "x", "stream": True, "deadline_ms": 5_000})
        if waits:
            await idle()
            assert not over.is_set()
        else:
            await over.wait()
        writer.transport.abort()
    assert all(stream.closed for stream in world.streams)
    assert asyncio.all_tasks() == before


def done_with(said: dict[str, Any]) -> bytes:
    return f"event: done\ndata: {json.dumps(said)}\n\n".encode()


async def asking(url: str, body: dict[str, Any]) -> asyncio.StreamWriter:
    """A request whose answer nobody reads, on a socket that takes little."""
    host, port = httpx.URL(url).host, httpx.URL(url).port
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, (host, port))
    reader, writer = await asyncio.open_connection(sock=client, limit=1024)
    content = json.dumps(body).encode()
    head = f"POST /v1/chat HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
    await reader.readline()
    return writer


async def idle() -> None:
    """Let every other task go as far as it can."""
    for _ in range(50):
        await asyncio.sleep(0.001)


async def test_events_leave_as_they_happen(app: FastAPI, world: Any) -> None:
    go_on = asyncio.Event()

    async def later(_: dict[str, Any]) -> str:
        await go_on.wait()
        return "User, done"

    world.model.extend(["the draft", later])
    async with asyncio.timeout(20), listening(app) as url, httpx.AsyncClient() as client:
        body = {"message": "x", "stream": True}
        async with client.stream("POST", f"{url}/v1/chat", json=body) as answer:
            names = []
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    names.append(line.removeprefix("event: "))
                    if names[-1] == "base":
                        go_on.set()  # the draft is here before the answer is even written
    assert list(dict.fromkeys(names)) == ["turn", "base", "response", "done"]
