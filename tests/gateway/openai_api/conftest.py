"""OpenAI's own client, unmodified, in front of the app; and the app on a socket of this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk

Asking = Callable[[FastAPI], AbstractAsyncContextManager[AsyncOpenAI]]
NO_KEY = "none"
"""The client insists on a key; on this machine none is needed."""


@pytest.fixture
def asking() -> Asking:
    """`async with asking(app) as client`: without a socket, and without the client's retries."""

    @asynccontextmanager
    async def client_of(app: FastAPI) -> AsyncIterator[AsyncOpenAI]:
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport) as http,
            AsyncOpenAI(
                base_url="http://localhost/v1", api_key=NO_KEY, http_client=http, max_retries=0
            ) as client,
        ):
            yield client

    return client_of


@pytest.fixture
def listening() -> Callable[[FastAPI], AbstractAsyncContextManager[str]]:
    """`async with listening(app) as url`: behind uvicorn on a free port, in this event loop."""

    @asynccontextmanager
    async def served(app: FastAPI) -> AsyncIterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
            finally:
                server.should_exit = True
                await serving

    return served


@pytest.fixture
def listening_beside() -> Callable[[FastAPI], Any]:
    """`with listening_beside(app) as url`: the same in a thread, for the synchronous client."""

    @contextmanager
    def served(app: FastAPI) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
            finally:
                server.should_exit = True
                thread.join()

    return served


TOWER = {"title": "Tower", "url": "https://example.org/tower", "score": 2.5}


@pytest.fixture
def tower(world: Any) -> Any:
    """A world that knows when the tower was opened, for one turn."""
    world.model.extend(["In 1887.", "TS, when opened", "User, It was opened in 1889."])
    world.answers("retrieval", "The tower was opened in 1889 in Paris.", sources=[TOWER])
    return world


@pytest.fixture
def text_of() -> Callable[..., str]:
    """`text_of(chunks, index=0)`: what a choice's deltas say."""

    def text(chunks: list[ChatCompletionChunk], index: int = 0) -> str:
        return "".join(
            choice.delta.content or ""
            for chunk in chunks
            for choice in chunk.choices
            if choice.index == index
        )

    return text


@pytest.fixture
def read() -> Callable[..., Awaitable[None]]:
    """`await read(stream, chunks)`: the chunks that came stay, if the stream then breaks."""

    async def reading(
        stream: AsyncStream[ChatCompletionChunk], chunks: list[ChatCompletionChunk]
    ) -> None:
        async for chunk in stream:
            chunks.append(chunk)

    return reading
