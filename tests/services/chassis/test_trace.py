from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI

from services.chassis import forwarded_headers, remaining_ms, request_id
from services.contract import QueryRequest, Snippet

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


@pytest.mark.anyio
async def test_a_request_id_is_echoed_and_a_missing_one_is_made(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with serve(tool_app()) as client:
        echoed = await client.get("/healthz", headers={"X-Request-ID": "turn-17.b_C"})
        made = [(await client.get("/healthz")).headers["X-Request-ID"] for _ in range(2)]
    assert echoed.headers["X-Request-ID"] == "turn-17.b_C"
    assert made[0] != made[1]
    assert all(made)


@pytest.mark.anyio
@pytest.mark.parametrize("bad", ["", "a b", "x" * 129, 'a"b', "a/b", "<script>"])
async def test_a_request_id_that_could_harm_a_log_is_replaced(
    serve: Any, tool_app: Callable[..., FastAPI], bad: str
) -> None:
    async with serve(tool_app()) as client:
        response = await client.get("/healthz", headers={"X-Request-ID": bad})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])


@pytest.mark.anyio
async def test_a_trace_is_continued_with_a_span_of_our_own(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    async with serve(tool_app()) as client:
        response = await client.get("/healthz", headers={"traceparent": PARENT})
    version, trace_id, span_id, flags = response.headers["traceparent"].split("-")
    assert (version, trace_id, flags) == ("00", TRACE_ID, "01")
    assert span_id != "00f067aa0ba902b7"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        f"ff-{TRACE_ID}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID.upper()}-00f067aa0ba902b7-01",
        PARENT + "-extra",
    ],
)
async def test_a_malformed_traceparent_starts_a_new_trace(
    serve: Any, tool_app: Callable[..., FastAPI], bad: str
) -> None:
    async with serve(tool_app()) as client:
        response = await client.get("/healthz", headers={"traceparent": bad})
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", response.headers["traceparent"])
    assert TRACE_ID not in response.headers["traceparent"]


@pytest.mark.anyio
async def test_a_later_traceparent_version_is_continued(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    header = f"01-{TRACE_ID}-00f067aa0ba902b7-01-what-comes-later"
    async with serve(tool_app()) as client:
        response = await client.get("/healthz", headers={"traceparent": header})
    assert TRACE_ID in response.headers["traceparent"]


@pytest.mark.anyio
async def test_upstream_calls_carry_the_id_the_trace_and_what_is_left_of_the_deadline(
    serve: Any, tool_app: Callable[..., FastAPI]
) -> None:
    seen: dict[str, str] = {}

    async def query(request: QueryRequest) -> list[Snippet]:
        seen.update(forwarded_headers())
        return []

    async with serve(tool_app(query)) as client:
        response = await client.post(
            "/v1/query",
            json={"input": "x"},
            headers={"X-Request-ID": "r1", "traceparent": PARENT, "X-Deadline-Ms": "5000"},
        )
    assert seen["X-Request-ID"] == "r1"
    assert seen["traceparent"] == response.headers["traceparent"]
    assert 0 < int(seen["X-Deadline-Ms"]) <= 5000


def test_outside_a_request_there_is_nothing_to_pass_on() -> None:
    assert (request_id(), remaining_ms(), forwarded_headers()) == ("", None, {})
