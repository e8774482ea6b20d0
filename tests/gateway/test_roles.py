"""Roles: reading their files, listing them, and what a turn makes of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.app import build
from gateway.roles import BUILT_IN, MAX_ROLE_CHARS, MAX_ROLE_TURNS, read_roles, roles_of
from gateway.settings import Settings
from services.chassis import SettingsError

pytestmark = pytest.mark.anyio

GREETING = '[[turns]]\nrole = "assistant"\ncontent = "Hi, I\'m a lighthouse."\n'
LIGHTHOUSE = f'title = "Lighthouse"\nsummary = "Speaks of the sea."\n{GREETING}'


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost", timeout=20
    )


def test_the_papers_two_roles_are_built_in_and_two_more() -> None:
    roles = read_roles(BUILT_IN)
    assert {"everest", "music"} < set(roles)
    assert len(roles) >= 4
    assert all(role.examples and role.turns for role in roles.values())


def test_a_users_role_wins_over_a_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "everest.toml").write_text(LIGHTHOUSE, encoding="utf-8")
    (tmp_path / "lighthouse.toml").write_text(LIGHTHOUSE, encoding="utf-8")
    roles = read_roles(BUILT_IN, tmp_path)
    assert roles["everest"].title == roles["lighthouse"].title == "Lighthouse"
    assert list(roles) == sorted(roles)


def test_a_folder_that_is_not_there_has_no_roles(tmp_path: Path) -> None:
    assert read_roles(tmp_path / "none") == {}


def test_a_folder_that_is_named_and_is_not_there_stops_the_start(tmp_path: Path) -> None:
    assert "everest" in roles_of(Settings(data_dir=tmp_path))
    with pytest.raises(SettingsError, match=r"ROLES_DIR='.*none': is no folder"):
        roles_of(Settings(data_dir=tmp_path, roles_dir=tmp_path / "none"))


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("Big.toml", LIGHTHOUSE, "lower-case"),
        ("a b.toml", LIGHTHOUSE, "lower-case"),
        ("x.toml", "title = ", "TOML"),
        ("x.toml", 'title = "X"\n', "summary"),
        ("x.toml", 'title = "X"\nsummary = "Y"\nturns = []\n', "turns"),
        ("x.toml", LIGHTHOUSE.replace('"assistant"', '"system"'), "turns.0.role"),
        ("x.toml", LIGHTHOUSE + 'colour = "red"\n', "turns.0.colour"),
        ("x.toml", LIGHTHOUSE + GREETING * MAX_ROLE_TURNS, "turns"),
        ("x.toml", LIGHTHOUSE.replace("Hi", "x" * MAX_ROLE_CHARS), "turns: .* characters; at most"),
        ("x.toml", "x = " + "[" * 5_000, "TOML"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, text: str, named: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=named) as raised:
        read_roles(tmp_path)
    assert str(tmp_path / name) in str(raised.value)


async def test_the_roles_are_listed_with_their_turns(settings: Settings, world: Any) -> None:
    folder = settings.data_dir / "roles"
    folder.mkdir(parents=True)
    (folder / "lighthouse.toml").write_text(LIGHTHOUSE, encoding="utf-8")
    app = build(settings, world)
    async with app.router.lifespan_context(app), client_of(app) as client:
        listed = (await client.get("/v1/roles")).json()["roles"]
    names = [role["name"] for role in listed]
    assert names == sorted(names)
    assert "lighthouse" in names
    everest = next(role for role in listed if role["name"] == "everest")
    assert everest["turns"][0]["role"] == "assistant"


async def test_a_roles_turns_stand_before_the_dialog_in_every_call_of_the_model(
    app: FastAPI, world: Any
) -> None:
    world.model.extend(["I am tall.", "TS, Mount Everest's height", "User, I am 8,849 m tall."])
    body = {"message": "How tall are you?", "role": "everest", "history": []}
    async with app.router.lifespan_context(app), client_of(app) as client:
        answer = (await client.post("/v1/chat", json=body)).json()
    assert answer["role"] == "everest"
    turns = read_roles(BUILT_IN)["everest"].turns
    calls = [*world.asked("model/v1/base"), *world.asked("model/v1/research")]
    assert len(calls) == 3
    for call in calls:
        assert call["role_turns"] == [turn.model_dump() for turn in turns]
        assert [turn["content"] for turn in call["context"]] == ["How tall are you?"]


async def test_an_unknown_role_is_refused_before_anything_is_asked(
    app: FastAPI, world: Any
) -> None:
    async with app.router.lifespan_context(app), client_of(app) as client:
        for stream in (False, True):
            body = {"message": "x", "role": "nobody", "stream": stream}
            answer = await client.post("/v1/chat", json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
            assert "nobody" in answer.json()["error"]["message"]
    assert world.requests == []


async def test_a_role_stays_when_the_dialog_is_too_long_for_the_model(
    app: FastAPI, world: Any
) -> None:
    refused = {"code": "invalid_request", "message": "too long", "request_id": ""}
    world.model.extend([httpx.Response(422, json={"error": refused}), "a draft", "User, an answer"])
    history = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "Hi."},
    ]
    body = {"message": "How tall are you?", "role": "everest", "history": history}
    async with app.router.lifespan_context(app), client_of(app) as client:
        answer = await client.post("/v1/chat", json=body)
    assert answer.status_code == 200
    first, second = world.asked("model/v1/base")
    assert (len(first["context"]), len(second["context"])) == (3, 1)
    assert first["role_turns"] == second["role_turns"] != []
