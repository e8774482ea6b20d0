from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse

from services.chassis import remaining_ms
from services.contract import QueryRequest, Snippet

QUERY = {"input": "x"}


class Endless:
    """Work that never ends and records that it was cancelled."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def __call__(self, request: QueryRequest) -> list[Snippet]:
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        raise AssertionError


@pytest.mark.anyio
async def test_work_that_passes_its_deadline_is_cut_and_answers_504(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    work = Endless()
    async with asyncio.timeout(5), serve(tool_app(work)) as client:
        response = await client.post("/v1/query", json=QUERY, headers={"X-Deadline-Ms": "30"})
    assert response.status_code == 504
    assert response.json()["error"]["code"] == "deadline"
    assert response.json()["error"]["request_id"] == response.headers["X-Request-ID"]
    assert work.cancelled.is_set()


@pytest.mark.anyio
async def test_the_service_has_a_deadline_of_its_own_that_no_header_can_lengthen(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with asyncio.timeout(5), serve(tool_app(Endless(), default_deadline_ms=30)) as client:
        without = await client.post("/v1/query", json=QUERY)
        longer = await client.post("/v1/query", json=QUERY, headers={"X-Deadline-Ms": "3600000"})
    assert (without.status_code, longer.status_code) == (504, 504)


@pytest.mark.anyio
@pytest.mark.parametrize("bad", ["", "0", "-5", "1.5", "soon", "1e3", "٣", "9" * 30])
async def test_a_malformed_deadline_is_a_bad_request_that_names_the_header(
    serve: Any, tool_app: Callable[..., FastAPI], bad: str
) -> None:
    async with serve(tool_app()) as client:
        response = await client.post(
            "/v1/query", json=QUERY, headers={"X-Deadline-Ms": bad.encode()}
        )
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_request"
    assert "X-Deadline-Ms" in response.json()["error"]["message"]


@pytest.mark.anyio
async def test_a_handler_sees_what_is_left_of_the_shorter_deadline(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    seen: list[float | None] = []

    async def query(request: QueryRequest) -> list[Snippet]:
        seen.append(remaining_ms())
        return []

    async with serve(tool_app(query, default_deadline_ms=8000)) as client:
        await client.post("/v1/query", json=QUERY, headers={"X-Deadline-Ms": "4000"})
        await client.post("/v1/query", json=QUERY)
    shorter, own = seen
    assert shorter is not None
    assert own is not None
    assert 0 < shorter <= 4000 < own <= 8000


@pytest.mark.anyio
async def test_work_that_swallows_its_cancellation_cannot_hold_back_the_answer(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    release = asyncio.Event()

    async def stubborn(request: QueryRequest) -> list[Snippet]:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return []

    async with asyncio.timeout(5), serve(tool_app(stubborn, max_concurrent=1)) as client:
        cut = await client.post("/v1/query", json=QUERY, headers={"X-Deadline-Ms": "20"})
        still_busy = await client.post("/v1/query", json=QUERY)
        release.set()
    assert cut.status_code == 504
    assert still_busy.status_code == 429, "work that goes on still counts"


@pytest.mark.anyio
async def test_what_cut_work_still_says_is_dropped(
    serve: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    async def late(request: QueryRequest) -> list[Snippet]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if request.input == "raise":
                raise ValueError("too late") from None
        return [Snippet("too late")]

    async with asyncio.timeout(5), serve(tool_app(late, default_deadline_ms=20)) as client:
        for text in ("answer", "raise"):
            response = await client.post("/v1/query", json={"input": text})
            assert response.status_code == 504
    gc.collect()  # asyncio reports an exception nobody looked at when its task is collected
    assert "never retrieved" not in capsys.readouterr().err


@pytest.mark.anyio
async def test_a_timeout_inside_a_handler_is_not_taken_for_the_deadline(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async def query(request: QueryRequest) -> list[Snippet]:
        raise TimeoutError

    async with serve(tool_app(query)) as client:
        response = await client.post("/v1/query", json=QUERY)
    assert response.status_code == 500


@pytest.mark.anyio
async def test_a_stream_that_has_started_ends_at_the_deadline(
    listen: Any, tool_app: Callable[..., FastAPI]
) -> None:
    app, cancelled = tool_app(), asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            yield b"one\n"
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(endless())

    async with asyncio.timeout(10), listen(app) as (host, port), httpx.AsyncClient() as client:
        response = await client.get(
            f"http://{host}:{port}/stream", headers={"X-Deadline-Ms": "100"}
        )
        assert (response.status_code, response.content) == (200, b"one\n")
        await cancelled.wait()


@pytest.mark.anyio
async def test_a_client_that_does_not_read_cannot_keep_a_stream_past_its_deadline(
    listen: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    app = tool_app(default_deadline_ms=200)

    async def flood() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(flood())

    async with asyncio.timeout(10), listen(app) as (host, port):
        _, writer = await asyncio.open_connection(host, port, limit=1024)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: test\r\n\r\n")
        logged = ""
        while '"status": 504' not in logged:
            await asyncio.sleep(0.01)
            logged += capsys.readouterr().err
        writer.transport.abort()


@pytest.mark.anyio
async def test_a_background_task_may_go_on_after_its_response(
    listen: Any, tool_app: Callable[..., FastAPI]
) -> None:
    app, go, done = tool_app(), asyncio.Event(), asyncio.Event()

    async def later() -> None:
        await go.wait()
        done.set()

    @app.get("/later")
    async def start(tasks: BackgroundTasks) -> str:
        tasks.add_task(later)
        return "started"

    async with asyncio.timeout(10), listen(app) as (host, port), httpx.AsyncClient() as client:
        assert (await client.get(f"http://{host}:{port}/later")).json() == "started"
        go.set()
        await done.wait()
