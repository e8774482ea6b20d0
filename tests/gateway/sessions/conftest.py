"""Every test here runs on both databases: SQLite in a file, and a PostgreSQL server of its own.

The server is started once, where it is installed, and each test gets a database of its own in it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from glob import glob
from itertools import count
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

PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/p*/bin")
PROGRAMS = ("initdb", "postgres", "pg_isready", "createdb")
START_S = 60.0
STOP_S = 30.0
OPTIONS = ("fsync=off", "max_connections=60", "shared_buffers=16MB", "log_min_messages=fatal")


def postgresql_programs() -> Path | None:
    """The folder of initdb and postgres, the newest one if there are several."""
    on_path = shutil.which("pg_ctl")
    found = [Path(folder) for place in PLACES for folder in sorted(glob(place))]
    if on_path is not None:
        found.append(Path(on_path).resolve().parent)
    whole = (folder for folder in reversed(found) if all((folder / p).exists() for p in PROGRAMS))
    return next(whole, None)


class PostgresServer:
    """A server on a free port of 127.0.0.1. initdb refuses root: then it runs as another user."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="groundling-pg-"))
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            name = "postgres" if self._run(["id", "postgres"]) == 0 else "nobody"
            self._user = {"user": name, "group": None, "extra_groups": []}
            shutil.chown(self.folder, user=name)
        self.port = _free_port()
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        made = ["-D", str(self.folder / "data"), "-U", "test", "-A", "trust", "-E", "UTF8", "-N"]
        assert self._run([str(programs / "initdb"), *made, "--locale=C"]) == 0

    def start(self) -> None:
        options = [word for option in OPTIONS for word in ("-c", option)]
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self.folder / "data", *where, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **self._user,
        )
        until = time.monotonic() + START_S
        while self._run([str(self._programs / "pg_isready"), *where[:4]]) != 0:
            assert self._process.poll() is None, "the server has ended"
            assert time.monotonic() < until, "the server is not ready"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: fast, SIGQUIT: immediately, as if its machine had failed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STOP_S)

    def new_database(self) -> str:
        name = f"test{next(self._numbers)}"
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "test"]
        assert self._run([str(self._programs / "createdb"), *where, name]) == 0
        return f"postgresql://test@127.0.0.1:{self.port}/{name}"

    def _run(self, command: list[str]) -> int:
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, timeout=60, check=False, **self._user
        )
        return done.returncode


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


class SqliteOutage:
    """The file is moved away, with a folder in its place, and moved back."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = file.with_suffix(".kept")

    def begin(self) -> None:
        self._file.rename(self._kept)
        self._file.mkdir()

    def end(self) -> None:
        self._file.rmdir()
        self._kept.rename(self._file)


class PostgresOutage:
    """The server ends as if its machine had failed, and is started again."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def begin(self) -> None:
        self._server.stop(signal.SIGQUIT)

    def end(self) -> None:
        self._server.start()


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
