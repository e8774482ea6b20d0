"""Every test here runs on both databases: SQLite in a file, and a PostgreSQL server of its own.

The server is started once, where it is installed, and each test gets a database of its own in it.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from gateway.app import build
from gateway.database.engine import make_engine
from gateway.database.transactions import Database
from gateway.database.url import checked_url
from gateway.schemas import ChatResponse, Timings
from gateway.session_locks import SessionLocks
from gateway.sessions.place import Asked, Place
from gateway.sessions.places import Places
from gateway.settings import Settings
from tests.gateway.sessions.servers import (
    PostgresOutage,
    PostgresServer,
    SqliteOutage,
    postgresql_programs,
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed here")
    pytest.importorskip("asyncpg")
    server = PostgresServer(programs)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'sessions.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def outage(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> SqliteOutage | PostgresOutage:
    if database_url.startswith("sqlite"):
        return SqliteOutage(tmp_path / "sessions.db")
    return PostgresOutage(request.getfixturevalue("postgres"))


@pytest.fixture
def locked(settings: Settings) -> Callable[[], AbstractAsyncContextManager[None]]:
    """`async with locked()`: somebody else holds the whole database."""

    @asynccontextmanager
    async def lock() -> AsyncIterator[None]:
        engine = make_engine(checked_url(settings.sessions_url), 5.0, 1)
        async with engine.execution_options(begin="BEGIN EXCLUSIVE").begin() as db:
            if engine.dialect.name != "sqlite":
                await db.execute(text("LOCK TABLE turns, sessions, session_leases"))
            yield
        await engine.dispose()

    return lock


@pytest.fixture
def app(settings: Settings, world: Any) -> FastAPI:
    return build(settings, world)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings) as database:
        yield database


@pytest.fixture
def asked() -> Callable[..., Asked]:
    """A turn of "me" with the message "hello" in a new session, but for what is given."""

    def ask(**given: Any) -> Asked:
        usual = {
            "turn_id": uuid4().hex,
            "owner": "me",
            "message": "hello",
            "role": None,
            "session_id": None,
            "request_id": None,
            "new_session_id": uuid4().hex,
        }
        return Asked(**{**usual, **given})

    return ask


@pytest.fixture
def say(asked: Callable[..., Asked]) -> Callable[..., Awaitable[str]]:
    """`await say(places, session_id=…)`: a turn without a model; its session.

    during: what happens while the turn runs, an async function of its place.
    """

    async def said(places: Places, during: Any = None, **given: Any) -> str:
        async with places.hold(asked(**given)) as place:
            if during is not None:
                await during(place)
            await places.store(place, answer_in(place))
        return place.session_id

    return said


def answer_in(place: Place) -> ChatResponse:
    none = {"citations": [], "ledger": [], "rounds": [], "base": "draft", "response": "answer"}
    stages = ("base_ms", "query_ms", "tools_ms", "rewrite_ms", "gateway_ms", "total_ms")
    return ChatResponse(
        id=place.asked.turn_id,
        session_id=place.session_id,
        stop_reason="user",
        timings=Timings(**dict.fromkeys(stages, 0.0)),
        **none,
    )


@pytest.fixture
def places_of(settings: Settings) -> Callable[..., Places]:
    """Places as another gateway has them; settings by name."""

    def make(database: Database, **changed: Any) -> Places:
        return Places(database, settings.model_copy(update=changed), SessionLocks())

    return make
