"""A key's turns: so many a minute, so many at once, in plain and streamed answers."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from gateway.access.limits import KeyLimits
from services.chassis import Failure

ELSEWHERE = ("203.0.113.7", 50000)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def refused(limits: KeyLimits, key: str, per_minute: int, at_once: int = 9) -> int | None:
    """Seconds to wait; None: the turn ran, and is over."""
    try:
        with limits.turn(key, per_minute, at_once):
            return None
    except Failure as failure:
        return failure.retry_after_s


def test_a_minutes_turns_may_come_at_once_then_one_for_each_share_of_a_minute() -> None:
    clock = Clock()
    limits = KeyLimits(clock)
    assert [refused(limits, "k", 6) for _ in range(7)] == [None] * 6 + [10]
    clock.now_s = 7.5
    assert refused(limits, "k", 6) == 3  # 2.5, rounded up
    clock.now_s = 10.0
    assert [refused(limits, "k", 6) for _ in range(2)] == [None, 10]
    clock.now_s = 1000.0
    assert [refused(limits, "k", 6) for _ in range(7)] == [None] * 6 + [10]


def test_keys_are_counted_apart() -> None:
    limits = KeyLimits(Clock())
    assert [refused(limits, "one", 1), refused(limits, "other", 1)] == [None, None]
    assert refused(limits, "one", 1) == 60


def test_a_wait_of_less_than_a_second_is_said_as_one() -> None:
    limits = KeyLimits(Clock())
    assert [refused(limits, "k", 600) for _ in range(601)][-1] == 1


def test_as_many_run_at_once_as_may_and_a_refusal_costs_none_of_the_minutes_turns() -> None:
    limits = KeyLimits(Clock())
    with limits.turn("k", 3, 2):
        with limits.turn("k", 3, 2):
            assert [refused(limits, "k", 3, 2) for _ in range(5)] == [1] * 5
        assert refused(limits, "k", 3, 2) is None
    assert refused(limits, "k", 3, 2) == 20


def test_nothing_is_kept_of_keys_that_are_idle_for_a_minute() -> None:
    clock = Clock()
    limits = KeyLimits(clock)
    for number in range(1000):
        clock.now_s += 0.01
        refused(limits, f"k{number}", 60)
    assert limits.remembered == 1000
    clock.now_s += 60
    refused(limits, "k", 60)
    assert limits.remembered == 1


@pytest.mark.anyio
async def test_only_what_takes_work_is_counted_as_a_turn(gate: Any) -> None:
    there = await gate(key_turns_per_minute=2)
    key = await there.key()
    async with there.client(ELSEWHERE) as client:
        for _ in range(5):
            assert (await client.get("/v1/sessions", headers=key)).status_code == 200
            assert (await client.get("/v1/chat", headers=key)).status_code == 405
        assert (await client.post("/v1/chat", headers=key)).status_code == 200
        assert (await client.post("/v1/toolset", headers=key)).status_code == 200
        answer = await client.post("/v1/chat/completions", headers=key)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
        assert answer.json()["error"]["code"] == "rate_limited"
        there.time.passed_s = 30
        assert (await client.post("/v1/chat/completions", headers=key)).status_code == 200


@pytest.mark.anyio
async def test_a_keys_own_limits_win_over_the_settings(gate: Any) -> None:
    there = await gate(key_turns_per_minute=1)
    key = await there.key(turns_per_minute=3)
    async with there.client(ELSEWHERE) as client:
        answers = [await client.post("/v1/chat", headers=key) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@pytest.mark.anyio
async def test_this_machine_without_a_key_has_no_such_limits(gate: Any) -> None:
    there = await gate(key_turns_per_minute=1, key_concurrent_turns=1)
    async with there.client() as client:
        answers = [await client.post("/v1/chat") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]


class Visit:
    """A request put to the app without a client between, so that the test decides when it ends."""

    def __init__(self, app: Any, path: str, headers: dict[str, str], query: bytes = b"") -> None:
        self.sent: list[Any] = []
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        pairs = {"host": "localhost", "x-test": "wait", **headers}
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": query,
            "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
            "client": ELSEWHERE,
        }
        self.over = asyncio.create_task(app(scope, self._messages.get, self._send))

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    async def leave(self) -> None:
        self._messages.put_nowait({"type": "http.disconnect"})
        await self.over


@pytest.mark.anyio
@pytest.mark.parametrize("query", [b"", b"stream=1"], ids=["plain", "streamed"])
@pytest.mark.parametrize("how", ["ends", "client leaves"])
async def test_a_turn_counts_until_it_has_ended(how: str, query: bytes, gate: Any) -> None:
    there = await gate(key_concurrent_turns=1)
    key = await there.key()
    async with there.client(ELSEWHERE) as client, asyncio.timeout(20):
        visit = Visit(there.app, "/v1/chat", key, query)
        await there.turn.begun.wait()
        meanwhile = await client.post("/v1/chat", headers=key)
        assert (meanwhile.status_code, meanwhile.headers["retry-after"]) == (429, "1")
        assert "1 turns at once" in meanwhile.json()["error"]["message"]
        if how == "ends":
            there.turn.may_end.set()
            await visit.over
            assert visit.sent[0]["status"] == 200
        else:
            await visit.leave()
        afterwards: httpx.Response = await client.post("/v1/chat", headers=key)
    assert afterwards.status_code == 200
