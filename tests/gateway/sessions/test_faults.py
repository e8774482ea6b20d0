"""A database that is locked, full or gone in mid-turn: it is told, and no turn is half stored."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from gateway.app import build
from gateway.database.engine import make_engine
from gateway.database.failures import StoreUnavailable, unavailable
from gateway.database.transactions import Database
from gateway.database.url import checked_url
from gateway.sessions.errors import TurnNotStored
from gateway.sessions.place import Place
from gateway.sessions.places import Places
from gateway.sessions.store import SessionStore
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

Say = Callable[..., Awaitable[str]]
MakePlaces = Callable[..., Places]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"database_timeout_ms": 200})


@asynccontextmanager
async def locked(settings: Settings) -> AsyncIterator[None]:
    """Somebody else holds the whole database."""
    engine = make_engine(checked_url(settings.sessions_url), 5.0, 1)
    sqlite = engine.dialect.name == "sqlite"
    async with engine.execution_options(begin="BEGIN EXCLUSIVE").begin() as db:
        if not sqlite:
            await db.execute(text("LOCK TABLE turns, sessions, session_leases"))
        yield
    await engine.dispose()


async def _turns(database: Database, session_id: str) -> list[str]:
    session = await SessionStore(database).read(session_id, "me")
    return [turn.message for turn in session.turns]


def _out(database: Database) -> int:
    """Connections that somebody has not given back."""
    return int(database._reading.pool.checkedout())  # type: ignore[attr-defined]


async def test_a_locked_database_fails_the_turn_and_the_next_one_works(
    settings: Settings, database: Database, places_of: MakePlaces, say: Say
) -> None:
    places = places_of(database)
    session_id = await say(places)
    for given in ({}, {"session_id": session_id}):
        lock = locked(settings)

        async def lock_it(_: Place, lock: Any = lock) -> None:
            await lock.__aenter__()

        with pytest.raises(TurnNotStored, match=r"(locked|in time); the turn could not"):
            await say(places, lock_it, message="lost", **given)
        await lock.__aexit__(None, None, None)
    await say(places, session_id=session_id, message="kept")
    assert await _turns(database, session_id) == ["hello", "kept"]
    assert len((await SessionStore(database).list("me", 10, None)).sessions) == 1
    assert _out(database) == 0


async def test_a_locked_database_is_503_in_both_modes(
    settings: Settings, world: Any, serve: Any, events: Any
) -> None:
    said = []
    async with serve(build(settings, world)) as client, asyncio.timeout(20):
        for stream in (False, True):
            lock = locked(settings)

            async def lock_it(_: dict[str, Any], lock: Any = lock) -> str:
                await lock.__aenter__()
                return "draft"

            world.model.extend([lock_it, "User, Hi!"])
            said.append(await client.post("/v1/chat", json={"message": "x", "stream": stream}))
            await lock.__aexit__(None, None, None)
        none = (await client.get("/v1/sessions")).json()["sessions"]
        async with locked(settings):
            answers = [await client.post("/v1/chat", json={"message": "x", "session_id": "s"})]
    plain, streamed = said
    name, failed = events(streamed.text)[-1]
    assert name == "error"
    for error in (plain.json()["error"], failed["error"]):
        assert error["code"] == "unavailable"
        assert "the turn could not be stored" in error["message"]
    for answer in (plain, *answers):
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
    assert none == []


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
    database: Database, database_url: str, places_of: MakePlaces, say: Say, request: Any
) -> None:
    places = places_of(database)
    session_id = await say(places)
    if database_url.startswith("sqlite"):
        gone = GoneFile(Path(str(checked_url(database_url).database)))
    else:
        server = request.getfixturevalue("postgres")
        gone = SimpleNamespace(go=lambda: server.stop(signal.SIGQUIT), back=server.start)

    async def go(_: Place) -> None:
        await asyncio.to_thread(gone.go)

    try:
        with pytest.raises(TurnNotStored, match="could not be stored"):
            await say(places, go, session_id=session_id, message="lost")
        with pytest.raises(StoreUnavailable):
            await SessionStore(database).read(session_id, "me")
        assert await SessionStore(database).lack(1.0) is not None
    finally:
        await asyncio.to_thread(gone.back)
    await say(places, session_id=session_id, message="kept")
    assert await _turns(database, session_id) == ["hello", "kept"]
    assert _out(database) == 0
    await places.close()


class GoneFile:
    """A SQLite file that is moved away, with a folder in its place, and moved back."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = file.with_suffix(".kept")

    def go(self) -> None:
        self._file.rename(self._kept)
        self._file.mkdir()

    def back(self) -> None:
        self._file.rmdir()
        self._kept.rename(self._file)


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
    settings: Settings, database: Database, places_of: MakePlaces, say: Say, caplog: Any
) -> None:
    places = places_of(database)
    await say(places)
    caplog.set_level("DEBUG", logger="gateway")
    async with locked(settings):
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
