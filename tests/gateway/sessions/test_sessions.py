"""Stored dialogs: what the model is given of them, their order, and what a client can ask."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.app import build
from gateway.session_locks import SessionLocks
from gateway.sessions.errors import SessionBusy
from gateway.settings import Settings

pytestmark = pytest.mark.anyio


async def test_a_session_gives_its_turns_to_the_model_and_to_the_client(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, Hi there!", "Fine.", "User, I am fine."])
    async with serve(app) as client:
        first = (await client.post("/v1/chat", json={"message": "hello"})).json()
        again = {"message": "how are you?", "session_id": first["session_id"]}
        second = (await client.post("/v1/chat", json=again)).json()
        stored = (await client.get(f"/v1/sessions/{first['session_id']}")).json()
    assert second["session_id"] == first["session_id"]
    assert [turn["message"] for turn in stored["turns"]] == ["hello", "how are you?"]
    assert [turn["answer"] for turn in stored["turns"]] == [first, second]
    assert world.asked("model/v1/base")[1]["context"] == [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "Hi there!"},
        {"role": "user", "content": "how are you?"},
    ]


async def test_sessions_outlive_the_process(settings: Settings, world: Any, serve: Any) -> None:
    world.model.extend(["Hi.", "User, Hi!"])
    async with serve(build(settings, world)) as client:
        first = (await client.post("/v1/chat", json={"message": "hello"})).json()
    async with serve(build(settings, world)) as client:
        stored = (await client.get(f"/v1/sessions/{first['session_id']}")).json()
    assert [turn["answer"] for turn in stored["turns"]] == [first]


async def test_a_client_that_keeps_the_dialog_itself_leaves_nothing_behind(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.model.extend(["Fine.", "User, Fine."])
    history = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hi!"}]
    async with serve(app) as client:
        answer = await client.post("/v1/chat", json={"message": "how?", "history": history})
    assert answer.json()["session_id"] is None
    said = world.asked("model/v1/base")[0]["context"]
    assert said == [*history, {"role": "user", "content": "how?"}]


async def test_only_the_latest_turns_that_fit_are_given_to_the_model(
    settings: Settings, world: Any, serve: Any
) -> None:
    limits = {"max_context_turns": 3, "max_context_chars": 25}
    app = build(settings.model_copy(update=limits), world)
    history = [
        {"role": ("user", "assistant")[n % 2], "content": f"{n}" * size}
        for n, size in enumerate([3, 3, 10, 9, 5, 5])
    ]
    async with serve(app) as client:
        for message in ("x", "y" * 10):
            world.model.extend(["d", "User, a"])
            await client.post("/v1/chat", json={"message": message, "history": history})
    by_turns, by_chars = (body["context"][:-1] for body in world.asked("model/v1/base"))
    assert by_turns == history[4:], "three turns would begin with the assistant's"
    assert by_chars == history[4:]


async def test_an_unknown_session_is_named(app: FastAPI, world: Any, serve: Any) -> None:
    async with serve(app) as client:
        answers = [
            await client.post("/v1/chat", json={"message": "x", "session_id": "nobody"}),
            await client.get("/v1/sessions/nobody"),
            await client.delete("/v1/sessions/nobody"),
        ]
    for answer in answers:
        assert answer.status_code == 404
        assert "nobody" in answer.json()["error"]["message"]
    assert world.requests == []


@pytest.mark.parametrize("session_id", ["a b", "x" * 65, "%00", "..%2Fx"])
async def test_a_malformed_session_id_is_refused(session_id: str, app: FastAPI, serve: Any) -> None:
    async with serve(app) as client:
        answer = await client.get(f"/v1/sessions/{session_id}")
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]["request_id"]


async def test_a_deleted_session_is_gone_with_its_turns(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, Hi!"])
    async with serve(app) as client:
        path = f"/v1/sessions/{(await _say(client, 'hello'))['session_id']}"
        deleted = await client.delete(path)
        after = await client.get(path)
    assert (deleted.status_code, deleted.content, after.status_code) == (204, b"", 404)


async def test_a_full_session_takes_no_more_turns(
    settings: Settings, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, Hi!"])
    async with serve(build(settings.model_copy(update={"max_session_turns": 1}), world)) as client:
        first = await _say(client, "hello")
        body = {"message": "more", "session_id": first["session_id"]}
        answer = await client.post("/v1/chat", json=body)
    assert answer.status_code == 409
    assert "max_session_turns" in answer.json()["error"]["message"]


async def test_turns_of_one_session_run_one_after_another(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, Hi!"])
    drafting, go_on = asyncio.Event(), asyncio.Event()

    async def slow_draft(_: dict[str, Any]) -> str:
        drafting.set()
        await go_on.wait()
        return "slow"

    async with serve(app) as client, asyncio.timeout(10):
        session_id = (await _say(client, "hello"))["session_id"]
        world.model.extend([slow_draft, "User, second", "draft", "User, third"])
        second = asyncio.create_task(_say(client, "2", session_id))
        await drafting.wait()
        third = asyncio.create_task(_say(client, "3", session_id))
        await client.get(f"/v1/sessions/{session_id}")  # time for the third to begin
        assert len(world.asked("model/v1/base")) == 2, "the third turn waits"
        go_on.set()
        assert [(await second)["response"], (await third)["response"]] == ["second", "third"]
    seen = [turn["content"] for turn in world.asked("model/v1/base")[2]["context"]]
    assert seen == ["hello", "Hi!", "2", "second", "3"]


async def test_a_turns_timings_leave_out_its_wait_for_an_earlier_turn(
    app: FastAPI, world: Any, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0
    clock = SimpleNamespace(monotonic=lambda: now_s)
    monkeypatch.setattr("gateway.turns.time", clock)
    monkeypatch.setattr("gateway.sessions.places.time", clock)
    world.model.extend(["Hi.", "User, Hi!"])
    drafting, go_on = asyncio.Event(), asyncio.Event()

    async def slow_draft(_: dict[str, Any]) -> str:
        drafting.set()
        await go_on.wait()
        return "slow"

    async with serve(app) as client, asyncio.timeout(10):
        session_id = (await _say(client, "hello"))["session_id"]
        world.model.extend([slow_draft, "User, second", "draft", "User, third"])
        second = asyncio.create_task(_say(client, "2", session_id))
        await drafting.wait()
        third = asyncio.create_task(_say(client, "3", session_id))
        await client.get(f"/v1/sessions/{session_id}")  # time for the third to begin
        now_s = 30.0
        go_on.set()
        total_ms = [(await turn)["timings"]["total_ms"] for turn in (second, third)]
    assert total_ms == [30_000.0, 0.0]


async def test_a_turn_that_waits_too_long_for_its_session_is_a_conflict(
    settings: Settings, world: Any, serve: Any
) -> None:
    drafting = asyncio.Event()

    async def never(_: dict[str, Any]) -> str:
        drafting.set()
        await asyncio.Event().wait()
        return ""

    world.model.extend(["Hi.", "User, Hi!"])
    app = build(settings.model_copy(update={"session_wait_ms": 20}), world)
    async with serve(app) as client, asyncio.timeout(10):
        session_id = (await _say(client, "hello"))["session_id"]
        world.model.append(never)
        stuck = asyncio.create_task(_say(client, "stuck", session_id))
        await drafting.wait()
        body = {"message": "x", "session_id": session_id}
        chat = await client.post("/v1/chat", json=body)
        stream = await client.post("/v1/chat", json=body | {"stream": True})
        delete = await client.delete(f"/v1/sessions/{session_id}")
        stuck.cancel()
    for answer in (chat, stream, delete):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        assert "retry-after" in answer.headers


async def test_locks_are_kept_only_while_they_are_used() -> None:
    locks = SessionLocks()
    async with locks.hold("a", 1.0):
        with pytest.raises(SessionBusy):
            async with locks.hold("a", 0.01):
                raise AssertionError("held twice")
        async with locks.hold("b", 0.01):
            pass
    assert (locks._locks, +locks._users) == ({}, {})


async def _say(client: Any, message: str, session_id: str | None = None) -> Any:
    body = {"message": message, **({"session_id": session_id} if session_id else {})}
    answer = await client.post("/v1/chat", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()
