"""A tool that fails for a moment is asked again, and one that keeps failing is not: in the app."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import build
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

OK = {"results": ["fact"], "status": "ok", "sources": [None]}
CHAT = {"message": "x"}


class Tool:
    """Fails or answers as it is told, one after another; the last for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, _: dict[str, Any]) -> httpx.Response:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if answer == "hang":
            await asyncio.Event().wait()
        status, body, *headers = answer
        return httpx.Response(status, json=body, headers=headers[0] if headers else {})


GONE = httpx.ConnectError("refused")
FINE = (200, OK)


def app_with(settings: Settings, world: Any, tool: Tool, **changed: int) -> FastAPI:
    world.tools["calculator"] = tool
    return build(settings.model_copy(update={"retry_base_ms": 1, **changed}), world)


async def statuses(client: httpx.AsyncClient, times: int) -> list[str]:
    found = []
    for _ in range(times):
        answer = await client.post("/v1/toolset", json={"input": "x"})
        found.append(answer.json()["tools"][0]["status"])
    return found


RETRIED: dict[str, tuple[list[Any], str, int]] = {
    "refuses once": ([GONE, FINE], "ok", 2),
    "breaks off once": ([httpx.ReadError("reset"), FINE], "ok", 2),
    "is not ready once": ([(503, {}), FINE], "ok", 2),
    "is overloaded once": ([(429, {}, {"retry-after": "0"}), FINE], "ok", 2),
    "asks for more time than there is": (
        [(503, {}, {"retry-after": "60"}), FINE],
        "unavailable",
        1,
    ),
    "stays away": ([GONE], "unavailable", 2),
    "crashes": ([(500, {}), FINE], "error", 1),
    "is a broken proxy": ([(502, {}), FINE], "error", 1),
    "cuts its work": ([(504, {}), FINE], "timeout", 1),
    "refuses the query": ([(422, {}), FINE], "error", 1),
}


@pytest.mark.parametrize("case", RETRIED)
async def test_only_a_tool_that_did_not_answer_is_asked_again(
    case: str, settings: Settings, world: Any, serve: Any
) -> None:
    answers, status, asked = RETRIED[case]
    tool = Tool(*answers)
    async with serve(app_with(settings, world, tool, tool_retries=1)) as client:
        assert await statuses(client, 1) == [status]
    assert tool.asked == asked


@pytest.mark.parametrize("failure", [GONE, (500, {}), (200, {"results": "nonsense"}), (504, {})])
async def test_a_tool_that_keeps_failing_is_not_asked_for_a_while(
    failure: Any, settings: Settings, world: Any, serve: Any
) -> None:
    tool = Tool(failure)
    app = app_with(settings, world, tool, breaker_failures=3, breaker_open_ms=60_000)
    async with serve(app) as client:
        found = await statuses(client, 5)
        world.model.extend(["draft", "TS, q", "User, answer"])
        turn = (await client.post("/v1/chat", json=CHAT)).json()
    assert tool.asked == 3
    assert found[3:] == ["unavailable"] * 2
    assert turn["rounds"][0]["tools"][0]["status"] == "unavailable", "chat shares the breaker"
    assert turn["response"] == "answer"
    assert len(world.asked("translator/v1/query")) == 6, "the other tools go on"


async def test_a_tool_that_answers_again_is_asked_again(
    settings: Settings, world: Any, serve: Any
) -> None:
    tool = Tool((500, {}), (500, {}), FINE)
    app = app_with(settings, world, tool, breaker_failures=2, breaker_open_ms=1)
    async with serve(app) as client:
        assert await statuses(client, 2) == ["error", "error"]
        await asyncio.sleep(0.002)
        assert await statuses(client, 3) == ["ok"] * 3


@pytest.mark.parametrize("answer", [(422, {}), (200, OK | {"results": [], "sources": []})])
async def test_a_query_that_a_tool_does_not_take_says_nothing_against_the_tool(
    answer: Any, settings: Settings, world: Any, serve: Any
) -> None:
    tool = Tool(answer)
    async with serve(app_with(settings, world, tool, breaker_failures=1)) as client:
        await statuses(client, 3)
    assert tool.asked == 3


async def test_a_tool_cut_by_the_turns_own_time_has_not_failed(
    settings: Settings, world: Any, serve: Any
) -> None:
    tool = Tool("hang")
    app = app_with(settings, world, tool, breaker_failures=1, turn_budget_ms=20)
    async with serve(app) as client, asyncio.timeout(10):
        assert await statuses(client, 3) == ["timeout"] * 3
    assert tool.asked == 3


async def test_a_request_that_is_cut_says_nothing_against_the_tool(
    settings: Settings, world: Any, serve: Any
) -> None:
    tool = Tool("hang")
    async with serve(app_with(settings, world, tool, breaker_failures=1)) as client:
        for _ in range(3):
            short = {"X-Deadline-Ms": "20"}
            await client.post("/v1/toolset", json={"input": "x"}, headers=short)
    assert tool.asked == 3


async def test_one_probe_at_a_time_tries_a_tool(settings: Settings, world: Any, serve: Any) -> None:
    tool = Tool((500, {}), "hang")
    app = app_with(settings, world, tool, breaker_failures=1, breaker_open_ms=1, turn_budget_ms=100)
    async with serve(app) as client, asyncio.timeout(10):
        await statuses(client, 1)
        await asyncio.sleep(0.002)
        found = await asyncio.gather(*(statuses(client, 1) for _ in range(3)))
    assert sorted(found) == [["timeout"], ["unavailable"], ["unavailable"]]
    assert tool.asked == 2
