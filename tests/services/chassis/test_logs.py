from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.contract import QueryRequest, Snippet

log = logging.getLogger("services.sample")


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.anyio
async def test_every_request_is_one_json_line_with_its_id_route_status_and_time(
    serve: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve(tool_app()) as client:
        await client.post("/v1/query", json={"input": "x"}, headers={"X-Request-ID": "r1"})
    [line] = [line for line in lines_of(capsys) if line["event"] == "request"]
    assert line["level"] == "INFO"
    assert line["service"] == "echo"
    assert line["request_id"] == "r1"
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/query", 200)
    assert line["elapsed_ms"] > 0
    assert line["time"].startswith("20")


@pytest.mark.anyio
async def test_a_line_logged_by_a_handler_carries_the_request_id_and_its_figures(
    serve: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    async def query(request: QueryRequest) -> list[Snippet]:
        log.info("worker restarted", extra={"restarts": 2})
        return []

    async with serve(tool_app(query)) as client:
        await client.post("/v1/query", json={"input": "x"}, headers={"X-Request-ID": "r2"})
    [line] = [line for line in lines_of(capsys) if line["event"] == "worker restarted"]
    assert (line["request_id"], line["restarts"], line["logger"]) == ("r2", 2, "services.sample")


@pytest.mark.anyio
async def test_no_text_of_a_user_is_logged_at_info_whatever_goes_wrong(
    serve: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    async def query(request: QueryRequest) -> list[Snippet]:
        if "raise" in request.input:
            raise ValueError(f"cannot digest {request.input}")
        return [Snippet(request.input)]

    async with serve(tool_app(query)) as client:
        for body in ({"input": "grapes"}, {"input": "raise grapes"}, {"grapes": 1}):
            await client.post("/v1/query?q=grapes", json=body, headers={"X-Grapes": "grapes"})
        await client.get("/grapes")
    written = capsys.readouterr().err
    assert '"error": "ValueError"' in written
    assert "grapes" not in written


@pytest.mark.anyio
async def test_uvicorn_writes_the_same_json_and_no_access_lines_of_its_own(
    listen: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    async with listen(tool_app()) as (host, port), httpx.AsyncClient() as client:
        url = f"http://{host}:{port}/v1/query?q=grapes"
        await client.post(url, json={"input": "x"})
    lines = lines_of(capsys)
    assert "uvicorn.error" in {line["logger"] for line in lines}
    assert "grapes" not in json.dumps(lines)
    assert sum(line["event"] == "request" for line in lines) == 1


@pytest.mark.anyio
async def test_probes_do_not_fill_the_log(
    serve: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve(tool_app()) as client:
        for path in ("/healthz", "/readyz", "/metrics"):
            await client.get(path)
    assert "request" not in {line["event"] for line in lines_of(capsys)}


@pytest.mark.anyio
async def test_the_log_level_is_a_setting(
    serve: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    async with serve(tool_app(log_level="WARNING")) as client:
        await client.post("/v1/query", json={"input": "x"})
    assert lines_of(capsys) == []
