"""The database's tables when a gateway starts: made, brought up to date, or refused."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database.engine import make_engine
from gateway.database.failures import StoreUnavailable
from gateway.database.migrating import SchemaUnknown
from gateway.database.tables import Base
from gateway.database.transactions import Database
from gateway.database.url import checked_url
from gateway.sessions.store import SessionStore
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

BEFORE = (
    "CREATE TABLE sessions (id VARCHAR(64) PRIMARY KEY, created_at VARCHAR(40) NOT NULL)",
    "CREATE TABLE turns (session_id VARCHAR(64) NOT NULL REFERENCES sessions (id) ON DELETE"
    " CASCADE, position INTEGER NOT NULL, created_at VARCHAR(40) NOT NULL, message TEXT NOT NULL,"
    " answer TEXT NOT NULL, PRIMARY KEY (session_id, position))",
)
"""The tables of a gateway from before there were migrations."""
ANSWER = (
    '{"id":"1","session_id":"old","response":"Hi!","base":"Hi","rounds":[],"citations":[],'
    '"ledger":[],"stop_reason":"user","timings":{"base_ms":1,"query_ms":1,"tools_ms":0,'
    '"rewrite_ms":0,"gateway_ms":1,"total_ms":3}}'
)


async def _as_before(settings: Settings, **sessions: list[str]) -> None:
    engine = make_engine(checked_url(settings.sessions_url), 5.0, 1)
    async with engine.begin() as db:
        for statement in BEFORE:
            await db.execute(text(statement))
        for session_id, messages in sessions.items():
            await _store_as_before(db, session_id, messages)
    await engine.dispose()


async def _store_as_before(db: AsyncConnection, session_id: str, messages: list[str]) -> None:
    began = "2026-01-01T00:00:00.000+00:00"
    session = text("INSERT INTO sessions VALUES (:id, :began)")
    await db.execute(session, {"id": session_id, "began": began})
    turn = text("INSERT INTO turns VALUES (:id, :n, :at, :message, :answer)")
    for n, message in enumerate(messages):
        row = {"id": session_id, "n": n, "message": message, "answer": ANSWER}
        await db.execute(turn, row | {"at": f"2026-01-01T00:00:{n + 1:02}.000+00:00"})


async def test_models_and_migrations_agree(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with database.reading() as db:
        assert await db.run_sync(differences) == []


async def test_sessions_from_before_there_were_migrations_are_kept(settings: Settings) -> None:
    messages = ["Who painted  the\nMona Lisa? " + "x" * 100, "größer?"]
    await _as_before(settings, old=messages, empty=[])
    async with Database(settings) as database:
        store = SessionStore(database)
        session = await store.read("old", "local")
        listed = (await store.list("local", 10, None)).sessions
        async with database.reading() as db:
            size = await db.scalar(text("SELECT bytes FROM sessions WHERE id = 'old'"))
    assert [turn.message for turn in session.turns] == messages
    assert [turn.answer.response for turn in session.turns] == ["Hi!", "Hi!"]
    assert session.title.startswith("Who painted the Mona Lisa? xxx")
    assert session.updated_at == session.turns[-1].created_at
    assert [(info.session_id, info.turns) for info in listed] == [("old", 2), ("empty", 0)]
    assert size == sum(len(f"{message}{ANSWER}".encode()) for message in messages)


async def test_a_session_from_before_in_which_a_turn_is_missing_goes_on_after_its_last(
    settings: Settings, places_of: Any, say: Any
) -> None:
    await _as_before(settings, old=["1", "2", "3"])
    engine = make_engine(checked_url(settings.sessions_url), 5.0, 1)
    async with engine.begin() as db:
        await db.execute(text("DELETE FROM turns WHERE position = 1"))
    await engine.dispose()
    async with Database(settings) as database:
        await say(places_of(database), owner="local", session_id="old", message="4")
        session = await SessionStore(database).read("old", "local")
    assert [turn.message for turn in session.turns] == ["1", "3", "4"]


async def test_gateways_that_start_at_once_migrate_once(settings: Settings) -> None:
    await _as_before(settings, old=["hello"])
    databases = [Database(settings) for _ in range(4)]
    await asyncio.gather(*(database.open() for database in databases))
    for database in databases:
        session = await SessionStore(database).read("old", "local")
        assert len(session.turns) == 1
        await database.close()


async def test_a_migration_that_breaks_leaves_all_as_it_was(settings: Settings) -> None:
    await _as_before(settings, old=["hello"])
    engine = make_engine(checked_url(settings.sessions_url), 5.0, 1)
    async with engine.begin() as db:
        await db.execute(text("CREATE TABLE api_keys (id INTEGER)"))  # is in its way
    with pytest.raises((StoreUnavailable, ProgrammingError)) as broke:
        await Database(settings).open()
    assert "api_keys" in str(broke.value.__cause__)
    async with engine.begin() as db:
        assert await db.scalar(text("SELECT count(*) FROM turns")) == 1
        await db.execute(text("DROP TABLE api_keys"))
    await engine.dispose()
    async with Database(settings) as database:
        assert len((await SessionStore(database).read("old", "local")).turns) == 1


async def test_a_database_of_a_newer_groundling_stops_the_start(
    settings: Settings, database: Database
) -> None:
    async with database.writing() as db:
        await db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaUnknown, match=r"9999.*newer.*0002"):
        await Database(settings).open()


async def test_migrating_leaves_logging_as_it_is(settings: Settings) -> None:
    def state() -> object:
        loggers = [logging.getLogger(name) for name in (None, "gateway", "sqlalchemy", "alembic")]
        return [(one.level, one.disabled, list(one.handlers)) for one in loggers]

    before = state()
    async with Database(settings):
        assert state() == before
