"""What a turn's session does to it, over HTTP: its role, and its name for asking again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.app import build
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

ROLE = """title = "T"
summary = "S"
[[turns]]
role = "assistant"
content = "I am {name}."
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    folder = settings.data_dir / "roles"
    folder.mkdir(parents=True)
    for name in ("sea", "moon"):
        (folder / f"{name}.toml").write_text(ROLE.format(name=name), encoding="utf-8")
    return settings


def _answers(world: Any, count: int) -> None:
    world.model.extend(["Hi.", "User, Hi!"] * count)


async def test_a_session_keeps_the_role_it_began_with(
    app: FastAPI, world: Any, serve: Any, events: Any
) -> None:
    _answers(world, 4)
    async with serve(app) as client:
        first = (await client.post("/v1/chat", json={"message": "1", "role": "sea"})).json()
        body = {"message": "2", "session_id": first["session_id"]}
        streamed = events((await client.post("/v1/chat", json=body | {"stream": True})).text)
        other = (await client.post("/v1/chat", json=body | {"role": "moon"})).json()
        last = (await client.post("/v1/chat", json=body)).json()
        session = (await client.get(f"/v1/sessions/{first['session_id']}")).json()
    (_, begun), *_, (_, done) = streamed
    said = [begun["role"], done["role"], first["role"], other["role"], last["role"]]
    assert said == ["sea", "sea", "sea", "moon", "sea"]
    assert session["role"] == "sea"
    spoke = [body["role_turns"][0]["content"] for body in world.asked("model/v1/base")]
    assert spoke == ["I am sea.", "I am sea.", "I am moon.", "I am sea."]


async def test_a_role_that_is_no_longer_there_is_named(
    settings: Settings, world: Any, serve: Any
) -> None:
    _answers(world, 1)
    async with serve(build(settings, world)) as client:
        first = (await client.post("/v1/chat", json={"message": "1", "role": "sea"})).json()
    (settings.data_dir / "roles" / "sea.toml").unlink()
    async with serve(build(settings, world)) as client:
        body = {"message": "2", "session_id": first["session_id"]}
        answers = [
            await client.post("/v1/chat", json=body | {"stream": stream})
            for stream in (False, True)
        ]
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert "sea" in answer.json()["error"]["message"]


async def test_a_turn_asked_again_by_its_name_is_given_again(
    app: FastAPI, world: Any, serve: Any, events: Any
) -> None:
    _answers(world, 1)
    body = {"message": "1", "request_id": "my.turn:1"}
    async with serve(app) as client:
        first = (await client.post("/v1/chat", json=body)).json()
        again = (await client.post("/v1/chat", json=body)).json()
        streamed = events((await client.post("/v1/chat", json=body | {"stream": True})).text)
        other = await client.post("/v1/chat", json=body | {"message": "2"})
        stream = await client.post("/v1/chat", json=body | {"message": "2", "stream": True})
    assert again == first
    assert [name for name, _ in streamed] == ["turn", "done"]
    assert (streamed[0][1]["id"], streamed[1][1]) == (first["id"], first)
    assert len(world.asked("model/v1/base")) == 1
    for refused in (other, stream):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
        assert "request_id: my.turn:1" in refused.json()["error"]["message"]


async def test_a_turn_asked_again_while_it_runs_is_told_to_wait(
    app: FastAPI, world: Any, serve: Any
) -> None:
    drafting, go_on = asyncio.Event(), asyncio.Event()

    async def slow_draft(_: dict[str, Any]) -> str:
        drafting.set()
        await go_on.wait()
        return "slow"

    world.model.extend([slow_draft, "User, Hi!"])
    body = {"message": "1", "request_id": "a"}
    async with serve(app) as client, asyncio.timeout(20):
        first = asyncio.create_task(client.post("/v1/chat", json=body))
        await drafting.wait()
        refused = [
            await client.post("/v1/chat", json=body | {"stream": stream})
            for stream in (False, True)
        ]
        go_on.set()
        stored = (await first).json()
        again = (await client.post("/v1/chat", json=body)).json()
    for answer in refused:
        assert (answer.status_code, "retry-after" in answer.headers) == (409, True)
    assert again == stored


async def test_a_cancelled_turn_leaves_nothing_behind(app: FastAPI, world: Any, serve: Any) -> None:
    drafting = asyncio.Event()

    async def never(_: dict[str, Any]) -> str:
        drafting.set()
        await asyncio.Event().wait()
        return ""

    async with serve(app) as client, asyncio.timeout(20):
        _answers(world, 1)
        session_id = (await client.post("/v1/chat", json={"message": "1"})).json()["session_id"]
        world.model.append(never)
        body = {"message": "2", "session_id": session_id, "request_id": "a"}
        leaving = asyncio.create_task(client.post("/v1/chat", json=body))
        await drafting.wait()
        leaving.cancel()
        await asyncio.wait({leaving})
        _answers(world, 1)
        stored = (await client.post("/v1/chat", json=body)).json()
        session = (await client.get(f"/v1/sessions/{session_id}")).json()
    assert [turn["message"] for turn in session["turns"]] == ["1", "2"]
    assert session["turns"][1]["answer"] == stored
