"""Tools over HTTP: whatever one of them does is a status, and the turn goes on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import build
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

OK = {"results": ["fact"], "status": "ok", "sources": [None]}


async def hangs(_: dict[str, Any]) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def refuses(_: dict[str, Any]) -> httpx.Response:
    raise httpx.ConnectError("connection refused")


async def breaks_off(_: dict[str, Any]) -> httpx.Response:
    raise httpx.ReadError("connection reset")


async def speaks_no_http(_: dict[str, Any]) -> httpx.Response:
    raise httpx.RemoteProtocolError("illegal status line")


def says(status: int, body: Any = None, **kwargs: Any) -> Callable[[Any], Awaitable[Any]]:
    async def answer(_: dict[str, Any]) -> httpx.Response:
        if kwargs:
            return httpx.Response(status, **kwargs)
        return httpx.Response(status, json=body)

    return answer


FAILURES = {
    "hangs": (hangs, "timeout"),
    "cuts its work": (says(504, {"error": "deadline"}), "timeout"),
    "refuses connections": (refuses, "unavailable"),
    "breaks off": (breaks_off, "unavailable"),
    "is not ready": (says(503, {}), "unavailable"),
    "is overloaded": (says(429, {}), "unavailable"),
    "crashes": (says(500, {"error": "internal"}), "error"),
    "refuses the body": (says(422, {}), "error"),
    "redirects": (says(307, headers={"location": "http://elsewhere.test/"}), "error"),
    "speaks no HTTP": (speaks_no_http, "error"),
    "sends HTML": (says(200, html="<p>hello</p>"), "error"),
    "sends broken JSON": (
        says(200, content=b"{", headers={"content-type": "application/json"}),
        "error",
    ),
    "sends text that is not UTF-8": (
        says(200, content=b'{"results": ["\xff"]}', headers={"content-type": "application/json"}),
        "error",
    ),
    "sends a list": (says(200, [1, 2]), "error"),
    "sends numbers as results": (says(200, OK | {"results": [40]}), "error"),
    "sends fewer sources than results": (says(200, OK | {"sources": []}), "error"),
    "sends an unknown status": (says(200, OK | {"status": "maybe"}), "error"),
    "sends results it calls unparsed": (says(200, OK | {"status": "unparsed"}), "error"),
    "sends control characters": (says(200, OK | {"results": ["\x1b[2J"]}), "error"),
    "sends a score that is no number": (
        says(
            200,
            content=b'{"results": ["x"], "status": "ok", "sources": [{"title": "", "score": NaN}]}',
            headers={"content-type": "application/json"},
        ),
        "error",
    ),
    "sends too much": (says(200, OK | {"results": ["x" * 2_000_000]}), "error"),
}


@pytest.fixture
def app(settings: Settings, world: Any) -> FastAPI:
    text = (settings.tools_dir / "retrieval" / "tool.toml").read_text()
    hurried = text.replace("timeout_s = 5.0", "timeout_s = 0.05")
    (settings.tools_dir / "retrieval" / "tool.toml").write_text(hurried)
    return build(settings, world)


@pytest.mark.parametrize("case", FAILURES)
async def test_a_tool_that_fails_shows_how_and_the_turn_goes_on(
    case: str, app: FastAPI, world: Any, serve: Any
) -> None:
    behaviour, status = FAILURES[case]
    world.tools["retrieval"] = behaviour
    world.answers("calculator", "7856")
    world.model.extend(["draft", "TS, 135+7721", "User, 7856."])
    async with serve(app) as client, asyncio.timeout(10):
        answer = await client.post("/v1/chat", json={"message": "135+7721?"})
    assert answer.status_code == 200, answer.text
    turn = answer.json()
    tools = turn["rounds"][0]["tools"]
    assert [tool["status"] for tool in tools] == ["ok", "unparsed", status]
    assert (tools[2]["results"], tools[2]["sources"]) == ([], [])
    assert world.asked("model/v1/research")[1]["steps"][0]["snippets"] == ["7856"]
    assert turn["response"] == "7856."


async def test_the_toolset_keeps_its_order_whatever_finishes_first(
    app: FastAPI, world: Any, serve: Any
) -> None:
    finished: list[str] = []
    turns = {"retrieval": asyncio.Event(), "translator": asyncio.Event()}

    def after(name: str, others: str | None) -> Any:
        async def answer(_: dict[str, Any]) -> httpx.Response:
            if others:
                await turns[others].wait()
            finished.append(name)
            if name in turns:
                turns[name].set()
            return httpx.Response(200, json=OK | {"results": [name]})

        return answer

    world.tools["retrieval"] = after("retrieval", None)
    world.tools["translator"] = after("translator", "retrieval")
    world.tools["calculator"] = after("calculator", "translator")
    async with serve(app) as client, asyncio.timeout(10):
        answer = (await client.post("/v1/toolset", json={"input": "x"})).json()
    assert finished == ["retrieval", "translator", "calculator"]
    assert answer["results"] == ["calculator", "translator", "retrieval"]
    assert [tool["tool"] for tool in answer["tools"]] == answer["results"]


async def test_tools_are_asked_at_the_same_time(app: FastAPI, world: Any, serve: Any) -> None:
    everyone = asyncio.Barrier(3)

    async def meet(_: dict[str, Any]) -> httpx.Response:
        await everyone.wait()
        return httpx.Response(200, json=OK)

    for name in ("calculator", "translator", "retrieval"):
        world.tools[name] = meet
    async with serve(app) as client, asyncio.timeout(10):
        answer = (await client.post("/v1/toolset", json={"input": "x"})).json()
    assert len(answer["results"]) == 3


async def test_skip_and_limit_reach_each_tool(app: FastAPI, world: Any, serve: Any) -> None:
    async with serve(app) as client:
        body = {"input": "x", "skip": {"retrieval": 4}, "limit": 2}
        await client.post("/v1/toolset", json=body)
        await client.post("/v1/toolset", json={"input": "x", "skip": 7})
    assert world.asked("retrieval/v1/query") == [
        {"input": "x", "skip": 4, "limit": 2},
        {"input": "x", "skip": 7, "limit": 5},
    ]
    assert [body["skip"] for body in world.asked("calculator/v1/query")] == [0, 7]


async def test_a_tool_that_sends_more_than_asked_is_cut(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.tools["calculator"] = says(
        200, {"results": ["a", "b", "c"], "status": "ok", "sources": [None] * 3}
    )
    async with serve(app) as client:
        answer = await client.post("/v1/toolset", json={"input": "x", "limit": 2})
    assert answer.json()["results"] == ["a", "b"]


async def test_results_and_sources_without_the_model_are_cleaned_as_with_it(
    app: FastAPI, world: Any, serve: Any
) -> None:
    source = {"title": "a\nb" * 1000, "url": None, "score": None}
    world.answers("calculator", "one\ntwo", "x" * 10_000, sources=[source, None])
    async with serve(app) as client:
        answer = (await client.post("/v1/toolset", json={"input": "x"})).json()
    first, second = answer["results"]
    assert first == "one two"
    assert len(second) == 300
    title = answer["tools"][0]["sources"][0]["title"]
    assert (len(title) <= 300, title.splitlines()) == (True, [title])


async def test_ids_and_the_time_left_travel_to_every_process(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.model.extend(["draft", "TS, q", "User, a"])
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    given = {"X-Request-ID": "turn-1", "traceparent": trace}
    async with serve(app) as client:
        answer = await client.post("/v1/chat", json={"message": "x"}, headers=given)
    assert answer.headers["X-Request-ID"] == "turn-1"
    assert len(world.headers) == 6
    for where, headers in world.headers:
        assert headers["X-Request-ID"] == "turn-1"
        assert headers["traceparent"].split("-")[1] == trace.split("-")[1]
        limit_ms = {"retrieval": 50, "model": 60_000}.get(where.split("/")[0], 5_000)
        assert 0 < int(headers["X-Deadline-Ms"]) <= limit_ms


async def test_no_words_of_the_user_or_a_tool_are_logged_when_a_tool_fails(
    settings: Settings, world: Any, serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.tools["calculator"] = says(500, {"error": "TOOLWORDS"})
    world.tools["translator"] = says(200, {"results": "TOOLWORDS"})
    with caplog.at_level("INFO"):
        app = build(settings.model_copy(update={"log_level": "INFO"}), world)
        async with serve(app) as client:
            await client.post("/v1/toolset", json={"input": "USERWORDS"})
    logged = json.dumps([vars(record) for record in caplog.records], default=str)
    assert "tool failed" in logged
    assert "USERWORDS" not in logged
    assert "TOOLWORDS" not in logged


async def test_a_request_that_ends_early_leaves_no_call_behind(
    app: FastAPI, world: Any, serve: Any
) -> None:
    cancelled = asyncio.Event()

    async def waits(_: dict[str, Any]) -> httpx.Response:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    world.tools["calculator"] = waits
    async with serve(app) as client, asyncio.timeout(10):
        since = time.monotonic()
        answer = await client.post(
            "/v1/toolset", json={"input": "x"}, headers={"X-Deadline-Ms": "80"}
        )
        await cancelled.wait()
    assert time.monotonic() - since < 4, "the tool's own five seconds were not waited for"
    assert answer.status_code in (200, 504)
