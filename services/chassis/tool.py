"""`create_tool_app`: a service whose work is one string in, a list of strings out.

Covers: `POST /v1/query` as services.contract defines it, and the same at `/mcp` for MCP clients.
Does not cover: what a tool answers; that is its `query` function.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import TypeVar

from fastapi import FastAPI

from services.chassis.app import Lifespan, Readiness, create_app
from services.chassis.errors import check_length
from services.chassis.limits import PathLimits
from services.chassis.mcp import McpEndpoint, Serving
from services.chassis.settings import ToolSettings
from services.contract import QueryRequest, QueryResponse, Snippet, query_response

R = TypeVar("R", bound=QueryRequest)

ToolQuery = Callable[[R], Awaitable[Sequence[Snippet] | None]]
"""`query(request)`: the ranked snippets skip..skip+limit, or None to decline the input."""


def create_tool_app(
    name: str,
    settings: ToolSettings,
    *,
    summary: str,
    query: ToolQuery[R],
    readiness: Readiness,
    lifespan: Lifespan | None = None,
    paths: Mapping[str, PathLimits] | None = None,
    request_model: type[R] = QueryRequest,  # type: ignore[assignment]
) -> FastAPI:
    """`create_app` plus `POST /v1/query` and `/mcp`.

    `query` returning None is status "unparsed": the text is not for this tool. An empty list is
    status "ok" with nothing found or nothing left after `skip`. `request_model` may add optional
    fields to QueryRequest: whoever sends the contract's only is answered by every tool.
    """

    async def answer(request: R) -> QueryResponse:
        check_length("input", request.input, settings.max_input_chars)
        snippets = await query(request)
        if snippets is None:
            return query_response([], "unparsed")
        assert len(snippets) <= request.limit, "the tool's query ignored its limit"
        return query_response(snippets, "ok")

    def load_mcp() -> Serving:
        from services.chassis.mcp_server import McpTool  # noqa: PLC0415 - loads the SDK

        return McpTool(name, summary, settings, request_model, answer).serving

    mcp = McpEndpoint(load_mcp, settings.mcp_allowed_hosts)
    app = create_app(
        name,
        settings,
        summary=summary,
        readiness=readiness,
        lifespan=_with_mcp(mcp, lifespan),
        paths=paths,
    )
    answer.__annotations__["request"] = request_model  # FastAPI reads the body's type here
    app.post("/v1/query", tags=["tool"], summary=summary)(answer)
    app.router.routes.append(mcp.route())
    return app


def _with_mcp(mcp: McpEndpoint, lifespan: Lifespan | None) -> Lifespan:
    @asynccontextmanager
    async def both(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(app) if lifespan is not None else nullcontext(), mcp.run():
            yield

    return both
