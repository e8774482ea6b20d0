"""Fixtures every test may use: the async backend and a client for an app in this process."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from deploy.data_dir import data_dir_from

Serve = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def serve() -> Serve:
    """`async with serve(app) as client`: the app's lifespan runs, requests need no socket.

    httpx.ASGITransport ignores timeouts: a test that may hang needs `asyncio.timeout`. A response
    is handed over only when all of it is there: streams that matter need a real server.
    """

    @asynccontextmanager
    async def serving(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        ):
            yield client

    return serving


@pytest.fixture(scope="session")
def facts_into() -> Callable[[Path], None]:
    """`facts_into(data_dir)`: the facts that set-up built, if any; no documents."""

    def link(data_dir: Path) -> None:
        folder = data_dir / "retrieval"
        folder.mkdir(parents=True)
        for file in (data_dir_from(os.environ).absolute() / "retrieval").glob("facts.*"):
            (folder / file.name).symlink_to(file)

    return link
