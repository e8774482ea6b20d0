"""What a caller gets of its stored sessions, and how much it may store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from gateway.app import build
from gateway.database.transactions import Database
from gateway.schemas import SessionExport
from gateway.sessions.errors import SessionFull, SessionUnknown
from gateway.sessions.places import Places
from gateway.sessions.room import Room
from gateway.sessions.store import SessionStore
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

Say = Callable[..., Awaitable[str]]
MakePlaces = Callable[..., Places]


async def test_sessions_are_somebodys_and_unknown_to_others(
    database: Database, places_of: MakePlaces, say: Say
) -> None:
    places, store = places_of(database), SessionStore(database)
    session_id = await say(places, owner="me")
    for asking in (
        store.read(session_id, "you"),
        store.export(session_id, "you"),
        places.delete(session_id, "you"),
        say(places, owner="you", session_id=session_id),
    ):
        with pytest.raises(SessionUnknown, match=session_id):
            await asking
    assert (await store.list("you", 10, None)).sessions == []
    assert [one.session_id for one in (await store.list("me", 10, None)).sessions] == [session_id]
    assert len((await store.read(session_id, "me")).turns) == 1


async def test_pages_list_every_session_once_the_one_used_last_first(
    database: Database, places_of: MakePlaces, say: Say
) -> None:
    places, store = places_of(database), SessionStore(database)
    made = [await say(places, message=f"number {n}") for n in range(7)]
    async with database.writing() as db:  # all in one millisecond, and long ago
        await db.execute(text("UPDATE sessions SET updated_at = '2026'"))
    page = await store.list("me", 3, None)
    seen = [one.session_id for one in page.sessions]
    await say(places, session_id=made[0])
    await say(places)  # what begins or is used meanwhile moves nothing behind the cursor
    while page.next is not None:
        page = await store.list("me", 3, page.next)
        seen += [one.session_id for one in page.sessions]
    assert len(seen) == len(set(seen))
    assert set(made) - set(seen) <= {made[0]}
    newest = (await store.list("me", 100, None)).sessions
    assert [one.updated_at for one in newest] == sorted(
        (n.updated_at for n in newest), reverse=True
    )
    assert newest[1].session_id == made[0]
    assert newest[1].turns == 2


async def test_the_list_and_its_bounds_over_http(app: FastAPI, world: Any, serve: Any) -> None:
    world.model.extend(["Hi.", "User, Hi!"] * 2)
    async with serve(app) as client:
        for message in ("one", "two"):
            await client.post("/v1/chat", json={"message": message})
        page = (await client.get("/v1/sessions", params={"limit": 1})).json()
        rest = (await client.get("/v1/sessions", params={"after": page["next"]})).json()
        bad = [
            await client.get("/v1/sessions", params=params)
            for params in (
                {"limit": 0},
                {"limit": 101},
                {"limit": "x"},
                {"after": "nonsense"},
                {"after": "é"},
                {"after": "AA"},
            )
        ]
    titles = [one["title"] for one in (*page["sessions"], *rest["sessions"])]
    assert titles == ["two", "one"]
    assert rest["next"] is None
    for answer in bad:
        [name] = answer.request.url.params
        assert answer.status_code == 422
        assert name in answer.json()["error"]["message"]


async def test_an_export_is_a_file_with_the_whole_session(
    app: FastAPI, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, Hi!"])
    async with serve(app) as client:
        session_id = (await client.post("/v1/chat", json={"message": "hello"})).json()["session_id"]
        read = (await client.get(f"/v1/sessions/{session_id}")).json()
        file = await client.get(f"/v1/sessions/{session_id}/export")
        none = await client.get("/v1/sessions/nobody/export")
    name = f'attachment; filename="groundling-{session_id}.json"'
    assert file.headers["content-disposition"] == name
    export = SessionExport.model_validate_json(file.content)
    assert (export.format, export.version) == ("groundling-session", 1)
    assert json.loads(file.content)["session"] == read
    assert none.status_code == 404


async def test_a_session_takes_no_more_bytes_than_allowed(
    database: Database, places_of: MakePlaces, say: Say
) -> None:
    places = places_of(database, max_session_bytes=1_000)
    session_id = await say(places, message="x" * 900)
    with pytest.raises(SessionFull, match="max_session_bytes"):
        await say(places, session_id=session_id)


async def test_a_sessions_counters_are_those_of_its_turns(
    database: Database, places_of: MakePlaces, say: Say
) -> None:
    places = places_of(database)
    session_id = await say(places, message="größer")
    await say(places, message="二", session_id=session_id)
    counted = "SELECT turns, bytes, (SELECT max(created_at) FROM turns) = updated_at FROM sessions"
    stored = "SELECT message, answer FROM turns"
    async with database.reading() as db:
        turns, size, latest = (await db.execute(text(counted))).one()
        rows = (await db.execute(text(stored))).all()
    assert (turns, bool(latest)) == (2, True)
    assert size == sum(len(message.encode()) + len(answer.encode()) for message, answer in rows)


async def test_with_too_many_sessions_no_new_one_begins_before_anything_is_done(
    settings: Settings, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, Hi!"] * 4)
    async with serve(build(settings.model_copy(update={"max_sessions": 2}), world)) as client:
        body, named = {"message": "hello"}, {"message": "hello", "request_id": "known"}
        first, second = [
            (await client.post("/v1/chat", json=given)).json() for given in (named, body)
        ]
        refused = [
            await client.post("/v1/chat", json=body | more)
            for more in (
                {},
                {"stream": True},
                {"request_id": "a"},
                {"request_id": "a", "stream": True},
            )
        ]
        asked = len(world.asked("model/v1/base"))
        again = await client.post("/v1/chat", json=named)
        going_on = await client.post("/v1/chat", json=body | {"session_id": first["session_id"]})
        await client.delete(f"/v1/sessions/{second['session_id']}")
        after = await client.post("/v1/chat", json=body)
    for answer in refused:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        assert "max_sessions" in answer.json()["error"]["message"]
    assert asked == 2
    assert again.json() == first
    assert (going_on.status_code, after.status_code) == (200, 200)


async def test_sixteen_gateways_do_not_pass_the_limit_of_sessions_together() -> None:
    stored, most = 0, 10_000
    rooms = [Room(most) for _ in range(16)]
    refused = 0
    while refused < len(rooms):
        refused = 0
        for room in rooms:
            if not room.left("me"):
                room.counted("me", stored)
                if stored >= most:
                    refused += 1
                    continue
            room.use("me")
            stored += 1
    assert stored == most


async def test_two_reads_of_one_database_do_not_wait_for_a_write(
    database: Database, places_of: MakePlaces, say: Say
) -> None:
    session_id = await say(places_of(database))
    store = SessionStore(database)
    async with asyncio.timeout(5), database.writing() as db:
        await db.execute(text("UPDATE sessions SET title = 'half done'"))
        assert (await store.read(session_id, "me")).title == "hello"


@pytest.mark.parametrize(
    "stored", ['{"broken', "{}", "[]", '{"response": "a\\u0000b"}', '{"response": 1}']
)
async def test_a_stored_turn_that_cannot_be_read_is_told_and_spoils_no_other_session(
    stored: str, app: FastAPI, database: Database, world: Any, serve: Any
) -> None:
    world.model.extend(["Hi.", "User, Hi!"] * 3)
    async with serve(app) as client:
        bodies = [{"message": "1", "request_id": "a"}, {"message": "1"}]
        broken, sound = [
            (await client.post("/v1/chat", json=body)).json()["session_id"] for body in bodies
        ]
        async with database.writing() as db:
            change = text("UPDATE turns SET answer = :stored WHERE session_id = :broken")
            await db.execute(change, {"stored": stored, "broken": broken})
        refused = [
            await client.post("/v1/chat", json={"message": "2", "session_id": broken}),
            await client.post("/v1/chat", json=bodies[0]),
            await client.get(f"/v1/sessions/{broken}"),
            await client.get(f"/v1/sessions/{broken}/export"),
        ]
        listed = (await client.get("/v1/sessions")).json()["sessions"]
        goes_on = await client.post("/v1/chat", json={"message": "2", "session_id": sound})
        deleted = await client.delete(f"/v1/sessions/{broken}")
    for answer in refused:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        assert f"{broken} as it is stored cannot be read" in answer.json()["error"]["message"]
    assert (len(listed), goes_on.status_code, deleted.status_code) == (2, 200, 204)
