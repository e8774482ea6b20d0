"""A database that is locked, full or gone in mid-turn: it is told, and no turn is half stored."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from gateway.database.failures import StoreUnavailable, unavailable
from gateway.database.transactions import Database
from gateway.sessions.errors import TurnNotStored
from gateway.sessions.place import Place
from gateway.sessions.places import Places
from gateway.sessions.store import SessionStore
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

Say = Callable[..., Awaitable[str]]
MakePlaces = Callable[..., Places]
Locked = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"database_timeout_ms": 200})


async def _turns(database: Database, session_id: str) -> list[str]:
    session = await SessionStore(database).read(session_id, "me")
    return [turn.message for turn in session.turns]


def _out(database: Database) -> int:
    """Connections that somebody has not given back."""
    return int(database._reading.pool.checkedout())  # type: ignore[attr-defined]


async def test_a_locked_database_fails_the_turn_and_the_next_one_works(
    database: Database, places_of: MakePlaces, say: Say, locked: Locked
) -> None:
    places = places_of(database)
    session_id = await say(places)
    for given in ({}, {"session_id": session_id}):
        lock = locked()

        async def lock_it(_: Place, lock: Any = lock) -> None:
            await lock.__aenter__()

        with pytest.raises(TurnNotStored, match=r"(locked|in time); the turn could not"):
            await say(places, lock_it, message="lost", **given)
        await lock.__aexit__(None, None, None)
    await say(places, session_id=session_id, message="kept")
    assert await _turns(database, session_id) == ["hello", "kept"]
    assert len((await SessionStore(database).list("me", 10, None)).sessions) == 1
    assert _out(database) == 0


async def test_a_full_database_fails_the_turn_whole(
    settings: Settings, database_url: str, places_of: MakePlaces, say: Say
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("only SQLite can be told how large it may grow")
    async with Database(settings.model_copy(update={"database_connections": 1})) as database:
        places = places_of(database)
        session_id = await say(places)

        def may_grow_to(db: Connection, pages: int | None) -> None:
            """None: not at all."""
            pages = pages or db.scalar(text("PRAGMA page_count"))
            db.execute(text(f"PRAGMA max_page_count = {pages}"))

        async def fill(_: Place) -> None:
            await database.write(lambda db: may_grow_to(db, None))

        large = "x" * 100_000
        with pytest.raises(TurnNotStored, match="is full"):
            await say(places, fill, session_id=session_id, message=large)
        assert await _turns(database, session_id) == ["hello"]
        await database.write(lambda db: may_grow_to(db, 100_000))
        await say(places, session_id=session_id, message=large)
        assert len(await _turns(database, session_id)) == 2
        assert _out(database) == 0


async def test_a_database_that_goes_and_comes_back(
    database: Database, places_of: MakePlaces, say: Say, outage: Any
) -> None:
    places = places_of(database)
    session_id = await say(places)

    async def go(_: Place) -> None:
        await asyncio.to_thread(outage.begin)

    try:
        with pytest.raises(TurnNotStored, match="could not be stored"):
            await say(places, go, session_id=session_id, message="lost")
        with pytest.raises(StoreUnavailable):
            await SessionStore(database).read(session_id, "me")
        assert await SessionStore(database).lack(1.0) is not None
    finally:
        await asyncio.to_thread(outage.end)
    await say(places, session_id=session_id, message="kept")
    assert await _turns(database, session_id) == ["hello", "kept"]
    assert _out(database) == 0
    await places.close()


async def test_a_transaction_that_is_cancelled_gives_its_connection_back(
    database: Database,
) -> None:
    inside = asyncio.Event()

    async def stuck() -> None:
        async with database.writing() as db:
            await db.execute(text("SELECT 1"))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stuck())
    await inside.wait()
    task.cancel()
    await asyncio.wait({task})
    assert _out(database) == 0
    async with database.writing() as db:
        assert await db.scalar(text("SELECT 1")) == 1


async def test_a_failure_is_logged_by_its_kind_without_what_was_stored(
    database: Database, places_of: MakePlaces, say: Say, locked: Locked, caplog: Any
) -> None:
    places = places_of(database)
    await say(places)
    caplog.set_level("DEBUG", logger="gateway")
    async with locked():
        with pytest.raises(TurnNotStored):
            await say(places, message="a secret")
    assert [record.message for record in caplog.records] == ["database failed"]
    assert "a secret" not in "".join(str(vars(record)) for record in caplog.records)


@pytest.mark.parametrize(
    ("orig", "told"),
    [
        (sqlite3.OperationalError("attempt to write a readonly database"), "is read-only"),
        (sqlite3.OperationalError("database or disk is full"), "is full"),
        (sqlite3.OperationalError("disk I/O error"), "has failed"),
        (sqlite3.DatabaseError("file is not a database"), "is damaged, or no database"),
        (sqlite3.OperationalError("unable to open database file"), "cannot be reached"),
    ],
)
def test_sqlites_words_are_told_as_what_they_mean(orig: Exception, told: str) -> None:
    assert str(unavailable(OperationalError("SELECT", {}, orig))) == f"the database {told}"


@pytest.mark.parametrize(
    ("sqlstate", "told"),
    [
        ("53100", "is full"),
        ("53300", "has no connection left"),
        ("25006", "is read-only"),
        ("57P01", "cannot be reached"),
        ("28P01", "refuses the user or the password"),
        ("3D000", "does not exist on its server"),
        ("XX000", "has failed"),
    ],
)
def test_postgresqls_states_are_told_as_what_they_mean(sqlstate: str, told: str) -> None:
    orig = Exception("words with somebody's secret")
    orig.sqlstate = sqlstate  # type: ignore[attr-defined]
    assert str(unavailable(DBAPIError("SELECT", {}, orig))) == f"the database {told}"
