"""`create_tool_app`: a service whose work is one string in, a list of strings out.

Covers: `POST /v1/query` as services.contract defines it.
Does not cover: what a tool answers; that is its `query` function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from fastapi import FastAPI

from services.chassis.app import Lifespan, Readiness, create_app
from services.chassis.errors import check_length
from services.chassis.limits import PathLimits
from services.chassis.settings import ServiceSettings
from services.contract import QueryRequest, QueryResponse, Snippet, query_response

R = TypeVar("R", bound=QueryRequest)

ToolQuery = Callable[[R], Awaitable[Sequence[Snippet] | None]]
"""`query(request)`: the ranked snippets skip..skip+limit, or None to decline the input."""


def create_tool_app(
    name: str,
    settings: ServiceSettings,
    *,
    summary: str,
    query: ToolQuery[R],
    readiness: Readiness,
    lifespan: Lifespan | None = None,
    paths: Mapping[str, PathLimits] | None = None,
    request_model: type[R] = QueryRequest,  # type: ignore[assignment]
) -> FastAPI:
    """`create_app` plus `POST /v1/query`.

    `query` returning None is status "unparsed": the text is not for this tool. An empty list is
    status "ok" with nothing found or nothing left after `skip`. `request_model` may add optional
    fields to QueryRequest: whoever sends the contract's only is answered by every tool.
    """
    app = create_app(
        name, settings, summary=summary, readiness=readiness, lifespan=lifespan, paths=paths
    )

    async def answer(request: R) -> QueryResponse:
        check_length("input", request.input, settings.max_input_chars)
        snippets = await query(request)
        if snippets is None:
            return query_response([], "unparsed")
        assert len(snippets) <= request.limit, "the tool's query ignored its limit"
        return query_response(snippets, "ok")

    answer.__annotations__["request"] = request_model  # FastAPI reads the body's type here
    app.post("/v1/query", tags=["tool"], summary=summary)(answer)
    return app
