"""Every tool at /mcp, asked by the SDK's own client in each of the protocol's two eras."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from services.contract import Example, QueryRequest, ToolManifest

pytestmark = pytest.mark.anyio

ERAS = ["legacy", "2026-07-28"]


@asynccontextmanager
async def connected(app: FastAPI, era: str = "auto") -> AsyncIterator[Client]:
    transport = httpx2.ASGITransport(app)
    async with (
        httpx2.AsyncClient(transport=transport) as http,
        Client(streamable_http_client("http://localhost/mcp", http_client=http), mode=era) as mcp,
    ):
        yield mcp


async def test_a_tool_is_offered_under_its_name_with_what_it_takes(
    app: FastAPI, tool: ToolManifest
) -> None:
    async with connected(app) as mcp:
        [offered] = (await mcp.list_tools()).tools
    assert offered.name == tool.name
    assert offered.description
    properties: dict[str, Any] = offered.input_schema["properties"]
    assert set(QueryRequest.model_fields) <= set(properties)
    assert offered.input_schema["required"] == ["input"]


@pytest.mark.parametrize("era", ERAS)
async def test_an_example_is_answered_as_over_http(
    app: FastAPI, client: httpx.AsyncClient, example: Example, era: str
) -> None:
    arguments = {"input": example.input, "limit": 2}
    async with connected(app, era) as mcp:
        result = await mcp.call_tool((await mcp.list_tools()).tools[0].name, arguments)
    answer = (await client.post("/v1/query", json=arguments)).json()
    assert result.structured_content == answer
    assert [block.model_dump()["text"] for block in result.content] == answer["results"]
    assert not result.is_error


async def test_what_is_for_no_tool_is_declined(
    app: FastAPI, client: httpx.AsyncClient, tool: ToolManifest
) -> None:
    async with connected(app) as mcp:
        result = await mcp.call_tool(tool.name, {"input": "(˘ ³˘)♥ ⟨∅⟩"})
    assert (result.content, result.is_error) == ([], False)


async def test_an_argument_out_of_bounds_is_a_tool_error_that_names_it(
    app: FastAPI, tool: ToolManifest
) -> None:
    async with connected(app) as mcp:
        result = await mcp.call_tool(tool.name, {"input": "x", "limit": 0})
    assert result.is_error
    assert result.content[0].model_dump()["text"].startswith("invalid_request: limit: ")
