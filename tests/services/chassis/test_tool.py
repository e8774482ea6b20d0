from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI

from services.chassis import ToolSettings, create_tool_app
from services.contract import Missing, QueryRequest, Snippet, Source

RANKED = [Snippet("first", Source(title="Page", url="http://a/")), Snippet("second")]


async def ranked(request: QueryRequest) -> list[Snippet]:
    return RANKED[request.skip :][: request.limit]


@pytest.mark.anyio
async def test_results_and_sources_run_parallel(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with serve(tool_app(ranked)) as client:
        answer = await client.post("/v1/query", json={"input": "x"})
    assert answer.json() == {
        "results": ["first", "second"],
        "status": "ok",
        "sources": [{"title": "Page", "url": "http://a/", "score": None}, None],
    }


@pytest.mark.anyio
async def test_skip_pages_to_the_next_ranked_result_and_then_to_nothing(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    pages = []
    async with serve(tool_app(ranked)) as client:
        for skip in range(3):
            body = {"input": "x", "skip": skip, "limit": 1}
            pages.append((await client.post("/v1/query", json=body)).json())
    assert [page["results"] for page in pages] == [["first"], ["second"], []]
    assert {page["status"] for page in pages} == {"ok"}


@pytest.mark.anyio
async def test_none_is_a_decline(serve: Any, tool_app: Callable[..., FastAPI]) -> None:
    async def decline(request: QueryRequest) -> None:
        return None

    async with serve(tool_app(decline)) as client:
        answer = await client.post("/v1/query", json={"input": "x"})
    assert answer.status_code == 200
    assert answer.json() == {"results": [], "status": "unparsed", "sources": []}


@pytest.mark.anyio
async def test_a_tool_that_ignores_its_limit_fails_instead_of_being_cut_silently(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async def greedy(request: QueryRequest) -> list[Snippet]:
        return RANKED

    async with serve(tool_app(greedy)) as client:
        answer = await client.post("/v1/query", json={"input": "x", "limit": 1})
    assert answer.status_code == 500


@pytest.mark.anyio
async def test_the_input_may_be_as_long_as_the_setting_and_no_longer(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with serve(tool_app(max_input_chars=10)) as client:
        fits = await client.post("/v1/query", json={"input": "ä" * 10})
        over = await client.post("/v1/query", json={"input": "ä" * 11})
    assert fits.status_code == 200
    assert over.status_code == 422
    assert "input: 11 characters; at most 10 are allowed" in over.json()["error"]["message"]


class Coloured(QueryRequest):
    colour: str = "any"


async def show(request: Coloured) -> list[Snippet]:
    return [Snippet(f"{request.colour} {request.input}")]


async def nothing_missing() -> list[Missing]:
    return []


@pytest.mark.anyio
async def test_a_tool_may_extend_the_request_with_optional_fields(serve: Any) -> None:
    settings = ToolSettings(max_input_chars=10)
    app = create_tool_app(
        *("colours", settings),
        summary="S",
        query=show,
        readiness=nothing_missing,
        request_model=Coloured,
    )
    async with serve(app) as client:
        plain = await client.post("/v1/query", json={"input": "x"})
        extended = await client.post("/v1/query", json={"input": "x", "colour": "red"})
        unknown = await client.post("/v1/query", json={"input": "x", "shape": "round"})
        wrong = await client.post("/v1/query", json={"input": "x", "colour": 1})
        long = await client.post("/v1/query", json={"input": "x" * 11, "colour": "red"})
        described = (await client.get("/openapi.json")).json()
    assert [answer.json()["results"] for answer in (plain, extended)] == [["any x"], ["red x"]]
    assert [answer.status_code for answer in (unknown, wrong, long)] == [422] * 3
    assert "colour" in described["components"]["schemas"]["Coloured"]["properties"]
