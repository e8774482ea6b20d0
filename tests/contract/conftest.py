"""Every tool with a tool.toml, started once per module and asked through its own app."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.contract import ToolManifest, discover_tools

TOOLS = {tool.name: tool for tool in discover_tools()}
READY_TIMEOUT_S = 300  # a tool without its data builds them first


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Of the module's scope, since a tool is started once for all of a module's tests."""
    return "asyncio"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory, facts_into: Callable[[Path], None]) -> str:
    """A folder with what set-up made, and no documents: a user's must not answer the examples."""
    folder = tmp_path_factory.mktemp("data")
    facts_into(folder)
    return str(folder)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `tool` runs for each; one that takes an `example` too, for each of each.

    All cases of a tool share one name object: pytest compares parameters by identity, and would
    start the tool anew for an equal one.
    """
    if "example" in metafunc.fixturenames:
        cases = [
            pytest.param(name, example, id=f"{name}-{example.input}")
            for name, tool in TOOLS.items()
            for example in tool.examples
        ]
        metafunc.parametrize(("tool", "example"), cases, indirect=["tool"], scope="module")
    elif "tool" in metafunc.fixturenames:
        metafunc.parametrize("tool", list(TOOLS), indirect=True, scope="module")


@pytest.fixture(scope="module")
def tool(request: pytest.FixtureRequest) -> ToolManifest:
    return TOOLS[request.param]


@pytest.fixture(scope="module")
async def app(tool: ToolManifest, data_dir: str) -> AsyncIterator[FastAPI]:
    """The tool's app, running."""
    module, _, factory = tool.app.partition(":")
    build: Callable[[], FastAPI] = getattr(importlib.import_module(module), factory)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GROUNDLING_DATA_DIR", data_dir)
        app = build()
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture(scope="module")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the tool's app, once the tool is ready."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tool") as tool_client:
        await _until_ready(tool_client)
        yield tool_client


async def _until_ready(client: httpx.AsyncClient) -> None:
    loop = asyncio.get_running_loop()
    give_up_at_s = loop.time() + READY_TIMEOUT_S
    while (answer := await client.get("/readyz")).status_code != 200:
        assert loop.time() < give_up_at_s, f"not ready after {READY_TIMEOUT_S} s: {answer.text}"
        await asyncio.sleep(0.1)
