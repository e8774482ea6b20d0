from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI

from services.contract import Snippet, Source

RANKED = [Snippet("first", Source(title="Page", url="http://a/")), Snippet("second")]


async def ranked(text: str, skip: int, limit: int) -> list[Snippet]:
    return RANKED[skip : skip + limit]


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
    async def decline(text: str, skip: int, limit: int) -> None:
        return None

    async with serve(tool_app(decline)) as client:
        answer = await client.post("/v1/query", json={"input": "x"})
    assert answer.status_code == 200
    assert answer.json() == {"results": [], "status": "unparsed", "sources": []}


@pytest.mark.anyio
async def test_a_tool_that_ignores_its_limit_fails_instead_of_being_cut_silently(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async def greedy(text: str, skip: int, limit: int) -> list[Snippet]:
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
