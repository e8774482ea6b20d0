"""A small tool app to put behind the chassis, and a real server to reach it through sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from services.chassis import ToolSettings, create_tool_app
from services.contract import Missing, QueryRequest, Snippet

Answer = Callable[[QueryRequest], Awaitable[Sequence[Snippet] | None]]


async def nothing_missing() -> list[Missing]:
    return []


@pytest.fixture
def tool_app() -> Callable[..., FastAPI]:
    """`tool_app(query, **settings)`: a tool whose work is `query(request)`."""

    async def echo(request: QueryRequest) -> list[Snippet]:
        return [Snippet(request.input)][request.skip :][: request.limit]

    def build(query: Answer = echo, *, name: str = "echo", **settings: Any) -> FastAPI:
        return create_tool_app(
            name,
            ToolSettings(**settings),
            summary="Answers its input",
            query=query,
            readiness=nothing_missing,
        )

    return build


@pytest.fixture
def listen() -> Callable[[FastAPI], AbstractAsyncContextManager[tuple[str, int]]]:
    """`async with listen(app) as (host, port)`: the app under uvicorn on a free port."""

    @asynccontextmanager
    async def listening(app: FastAPI) -> AsyncIterator[tuple[str, int]]:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            # The socket listens already: whoever connects before the server is up is queued.
            yield "127.0.0.1", listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving

    return listening
