"""`create_tool_app`: a service whose work is one string in, a list of strings out.

Covers: `POST /v1/query` as services.contract defines it.
Does not cover: what a tool answers; that is its `query` function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from fastapi import FastAPI

from services.chassis.app import Lifespan, Readiness, create_app
from services.chassis.errors import check_length
from services.chassis.limits import PathLimits
from services.chassis.settings import ServiceSettings
from services.contract import QueryRequest, QueryResponse, Snippet, query_response

PagedQuery = Callable[[str, int, int], Awaitable[Sequence[Snippet] | None]]
"""`query(text, skip, limit)`: the ranked snippets skip..skip+limit, or None to decline the text."""


def create_tool_app(
    name: str,
    settings: ServiceSettings,
    *,
    summary: str,
    query: PagedQuery,
    readiness: Readiness,
    lifespan: Lifespan | None = None,
    paths: Mapping[str, PathLimits] | None = None,
) -> FastAPI:
    """`create_app` plus `POST /v1/query`.

    `query` returning None is status "unparsed": the text is not for this tool. An empty list is
    status "ok" with nothing found or nothing left after `skip`.
    """
    app = create_app(
        name, settings, summary=summary, readiness=readiness, lifespan=lifespan, paths=paths
    )

    @app.post("/v1/query", tags=["tool"], summary=summary)
    async def answer(request: QueryRequest) -> QueryResponse:
        check_length("input", request.input, settings.max_input_chars)
        snippets = await query(request.input, request.skip, request.limit)
        if snippets is None:
            return query_response([], "unparsed")
        assert len(snippets) <= request.limit, "the tool's query ignored its limit"
        return query_response(snippets, "ok")

    return app
