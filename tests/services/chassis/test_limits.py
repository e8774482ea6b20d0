from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from services.chassis import ToolSettings, create_tool_app
from services.contract import Missing, QueryRequest, Snippet

TEN_MB = 10 * 1024 * 1024


@pytest.mark.anyio
async def test_a_body_at_the_limit_passes_and_one_byte_more_is_too_large(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    body = b'{"input": "x"}'
    async with serve(tool_app(max_body_bytes=len(body))) as client:
        headers = {"content-type": "application/json"}
        fits = await client.post("/v1/query", content=body, headers=headers)
        over = await client.post("/v1/query", content=body + b" ", headers=headers)
    assert fits.status_code == 200
    assert over.status_code == 413
    assert over.json()["error"]["code"] == "too_large"
    assert f"at most {len(body)} bytes" in over.json()["error"]["message"]


@pytest.mark.anyio
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_the_limit_is_not_read_to_its_end(
    tool_app: Callable[..., FastAPI], declared: bool
) -> None:
    received_bytes = 0
    sent: list[Message] = []

    async def receive() -> Message:
        nonlocal received_bytes
        received_bytes += 1000
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", str(TEN_MB).encode())] if declared else []
    scope = {"type": "http", "method": "POST", "path": "/v1/query", "headers": headers}
    await tool_app(max_body_bytes=5000)(scope, receive, send)
    assert sent[0]["status"] == 413
    assert received_bytes == (0 if declared else 6000)


@pytest.mark.anyio
@pytest.mark.parametrize("chunked", [True, False])
async def test_ten_megabytes_are_refused_on_a_real_socket_and_the_service_goes_on(
    listen: Any, tool_app: Callable[..., FastAPI], chunked: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b"x" * 65_536

    async with (
        asyncio.timeout(20),
        listen(tool_app()) as (host, port),
        httpx.AsyncClient(base_url=f"http://{host}:{port}") as client,
    ):
        content = chunks() if chunked else b"x" * TEN_MB
        refused = await client.post("/v1/query", content=content)
        good = await client.post("/v1/query", json={"input": "x"})
    assert refused.status_code == 413
    assert "65536 bytes" in refused.json()["error"]["message"]
    assert good.json()["results"] == ["x"]


@pytest.mark.anyio
async def test_one_request_too_many_is_told_to_come_back_while_health_still_answers(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def query(request: QueryRequest) -> list[Snippet]:
        started.set()
        await release.wait()
        return [Snippet(request.input)]

    async with asyncio.timeout(5), serve(tool_app(query, max_concurrent=1)) as client:
        first = asyncio.create_task(client.post("/v1/query", json={"input": "x"}))
        await started.wait()
        refused = await client.post("/v1/query", json={"input": "x"})
        exempt = [await client.get(path) for path in ("/healthz", "/readyz", "/metrics")]
        release.set()
        finished = await first
        after = await client.post("/v1/query", json={"input": "x"})
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "overloaded"
    assert int(refused.headers["Retry-After"]) >= 1
    assert [response.status_code for response in exempt] == [200, 200, 200]
    assert (finished.status_code, after.status_code) == (200, 200)


@pytest.mark.anyio
async def test_a_probe_that_hangs_takes_no_place_from_a_request(serve: Any) -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def readiness() -> list[Missing]:
        asked.set()
        await release.wait()
        return []

    async def query(request: QueryRequest) -> list[Snippet]:
        return [Snippet(request.input)]

    app = create_tool_app(
        "slow", ToolSettings(max_concurrent=1), summary="S", query=query, readiness=readiness
    )
    async with asyncio.timeout(5), serve(app) as client:
        probe = asyncio.create_task(client.get("/readyz"))
        await asked.wait()
        answer = await client.post("/v1/query", json={"input": "x"})
        release.set()
        assert (await probe).status_code == 200
    assert answer.status_code == 200
