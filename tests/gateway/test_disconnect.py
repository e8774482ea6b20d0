"""A client that leaves, on real sockets: the work it asked for stops, in both modes."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from gateway.settings import Settings

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The app behind uvicorn on a free port of this machine, in this event loop."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("at", ["model", "tool"])
async def test_a_client_that_leaves_cancels_the_calls_made_for_it_and_nothing_is_stored(
    stream: bool, at: str, app: FastAPI, settings: Settings, world: Any
) -> None:
    reached, cancelled = asyncio.Event(), asyncio.Event()

    async def waits(_: dict[str, Any]) -> httpx.Response:
        reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    if at == "model":
        world.model.extend(["draft", waits])
    else:
        world.model.extend(["draft", "TS, q"])
        world.tools["calculator"] = waits
    async with asyncio.timeout(20), listening(app) as url, httpx.AsyncClient() as client:
        body = {"message": "x", "stream": stream}
        asking = asyncio.create_task(client.post(f"{url}/v1/chat", json=body))
        await reached.wait()
        asking.cancel()
        await cancelled.wait()
        alive = await client.get(f"{url}/healthz")
    with sqlite3.connect(settings.data_dir / "sessions.db") as database:  # the gateway has stopped
        stored = database.execute("SELECT id FROM sessions").fetchall()
    assert (alive.status_code, stored) == (200, [])
    assert len(world.asked("model/v1/research")) == 1, "nothing was asked after the client left"


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
    assert names == ["turn", "base", "response", "done"]
