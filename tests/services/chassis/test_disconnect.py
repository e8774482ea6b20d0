"""A client that leaves cancels the work: on real sockets, since only they can close."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from services.contract import QueryRequest, Snippet

PLAIN = (
    b"POST /v1/query HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    b'Content-Length: 14\r\n\r\n{"input": "x"}'
)
STREAM = b"GET /stream HTTP/1.1\r\nHost: test\r\n\r\n"
HALF_A_BODY = b'POST /v1/query HTTP/1.1\r\nHost: test\r\nContent-Length: 14\r\n\r\n{"inp'


async def request_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The log line of the one request, as soon as it is there."""
    text = ""
    while '"event": "request"' not in text:
        await asyncio.sleep(0.01)
        text += capsys.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    return next(line for line in lines if line["event"] == "request")


@pytest.mark.anyio
async def test_a_client_that_leaves_cancels_a_plain_handler_and_is_logged_as_499(
    listen: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def query(request: QueryRequest) -> list[Snippet]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return []

    async with asyncio.timeout(10), listen(tool_app(query)) as (host, port):
        _, writer = await asyncio.open_connection(host, port)
        writer.write(PLAIN)
        await started.wait()
        assert not cancelled.is_set()
        writer.close()
        await cancelled.wait()
        line = await request_line(capsys)
    assert (line["status"], line["route"]) == (499, "/v1/query")


@pytest.mark.anyio
async def test_a_client_that_leaves_cancels_a_stream_that_waits_for_its_next_part(
    listen: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
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

    async with asyncio.timeout(10), listen(app) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(STREAM)
        await reader.readuntil(b"one\n")
        writer.close()
        await cancelled.wait()
        line = await request_line(capsys)
    assert line["status"] == 499


@pytest.mark.anyio
async def test_a_client_that_leaves_amid_its_body_is_logged_as_499(
    listen: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    async with asyncio.timeout(10), listen(tool_app()) as (host, port):
        _, writer = await asyncio.open_connection(host, port)
        writer.write(HALF_A_BODY)
        await writer.drain()
        writer.close()
        line = await request_line(capsys)
    assert line["status"] == 499


@pytest.mark.anyio
async def test_a_client_that_never_sends_its_body_gets_504_at_the_deadline(
    listen: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with (
        asyncio.timeout(10),
        listen(tool_app(default_deadline_ms=50)) as (host, port),
    ):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(HALF_A_BODY)
        status = await reader.readline()
        writer.close()
    assert status.startswith(b"HTTP/1.1 504 ")


@pytest.mark.anyio
async def test_a_stream_that_breaks_is_not_ended_as_if_it_were_whole(
    listen: Any, tool_app: Callable[..., FastAPI], capsys: pytest.CaptureFixture[str]
) -> None:
    app = tool_app()

    async def broken() -> AsyncIterator[bytes]:
        yield b"one\n"
        raise ValueError("secret of the user")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(broken())

    async with asyncio.timeout(10), listen(app) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(STREAM)
        received = await reader.read()
        writer.close()
    logged = capsys.readouterr().err
    assert b"one\n" in received
    assert not received.endswith(b"0\r\n\r\n"), "the last chunk says that all is there"
    assert "unexpected error" in logged
    assert "secret of the user" not in logged
