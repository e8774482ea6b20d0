from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.anyio
async def test_requests_are_counted_and_timed_by_route_method_and_status(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with serve(tool_app()) as client:
        for _ in range(2):
            await client.post("/v1/query", json={"input": "x"})
        await client.post("/v1/query", json={})
        found = samples((await client.get("/metrics")).text)
    place = (("method", "POST"), ("route", "/v1/query"))
    assert found["groundling_http_requests_total", (*place, ("status", "200"))] == 2
    assert found["groundling_http_requests_total", (*place, ("status", "422"))] == 1
    assert found["groundling_http_request_seconds_count", place] == 3
    assert found["groundling_http_requests_in_progress", ()] == 1, "this very request"


@pytest.mark.anyio
async def test_nothing_a_caller_chooses_becomes_a_label(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    app = tool_app()

    @app.get("/things/{name}")
    async def thing(name: str) -> str:
        return name

    async with serve(app) as client:
        await client.get("/things/grapes")
        await client.get("/grapes?grapes=grapes", headers={"X-Request-ID": "grapes"})
        await client.request("GRAPES", "/v1/query")
        await client.post("/v1/query", json={"input": "grapes"})
        text = (await client.get("/metrics")).text
    assert "grapes" not in text.lower()
    assert 'route="/things/{name}"' in text
    assert 'method="OTHER"' in text


@pytest.mark.anyio
async def test_two_apps_in_one_process_count_apart(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    one, other = tool_app(), tool_app()
    async with serve(one) as client:
        await client.post("/v1/query", json={"input": "x"})
    async with serve(other) as client:
        text = (await client.get("/metrics")).text
    assert 'route="/v1/query"' not in text
