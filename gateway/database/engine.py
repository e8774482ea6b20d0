"""The engine below everything the gateway stores: SQLite in a file, or PostgreSQL.

Covers: the pool's bound, and how each database is made to begin, wait and notice that it is gone.
Does not cover: which URLs are taken (gateway.database.url), transactions
(gateway.database.transactions) or tables.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

from gateway.database.writer import Writer

BUSY_SHARE = 0.9
"""Of a transaction's time, for SQLite's own wait for a lock, which then ends cleanly."""
IDLE_SHARE = 2
"""PostgreSQL ends a transaction idle for this many times a transaction's time: its gateway hangs,
or its machine is gone, and others wait for the rows."""
WRITES = {"begin": "BEGIN IMMEDIATE"}
"""Execution options of transactions that write. In SQLite one that reads first and writes later
fails at once when another has written in between; begun as a writer it waits."""


def make_engine(url: URL, timeout_s: float, connections: int) -> AsyncEngine:
    """An engine that connects at first use, with at most so many connections."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, timeout_s, connections)
    settings = {
        "application_name": "groundling gateway",
        "idle_in_transaction_session_timeout": str(int(timeout_s * IDLE_SHARE * 1000)),
    }
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=timeout_s,
        pool_pre_ping=True,  # a server that was restarted costs no turn
        connect_args={"timeout": timeout_s, "server_settings": settings},
    )


def make_writer(url: URL, timeout_s: float) -> Writer | None:
    """The thread that writes to a SQLite file; None: this database is none."""
    file = _file(url)
    if file is None:
        return None
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": timeout_s * BUSY_SHARE, "check_same_thread": False},
        execution_options=WRITES,
    )
    _prepare_each(engine, file)
    return Writer(engine)


def _file(url: URL) -> Path | None:
    """SQLite's; a database in memory has none."""
    in_memory = url.database in (None, "", ":memory:")
    return None if in_memory or url.get_backend_name() != "sqlite" else Path(str(url.database))


def _sqlite(url: URL, timeout_s: float, connections: int) -> AsyncEngine:
    file = _file(url)
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections if file is not None else 1,  # in memory each has its own database
        max_overflow=0,
        pool_timeout=timeout_s,
        connect_args={"timeout": timeout_s * BUSY_SHARE},
    )
    _prepare_each(engine.sync_engine, file)
    return engine


def _prepare_each(engine: Engine, file: Path | None) -> None:
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    if file is not None:
        _watch(engine, file)


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # `_begin` says how transactions begin, not the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # reads do not wait for a write
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """By the driver itself: one trip to its thread, where SQLAlchemy's cursor takes three."""
    how = connection.get_execution_options().get("begin", "BEGIN")
    driver: Any = connection.connection.dbapi_connection
    try:
        if connection.dialect.is_async:
            driver.run_async(lambda own: own.execute(how))
        else:
            driver.execute(how)
    except sqlite3.Error as error:
        raise OperationalError(how, None, error) from error


def _watch(engine: Engine, file: Path) -> None:
    """Connect anew when the file has been moved or replaced: SQLite writes on into the old one."""

    def remember(_: object, record: Any) -> None:
        record.info["file"] = _identity(file)

    def compare(_: object, record: Any, __: object) -> None:
        if record.info["file"] != _identity(file):
            raise DisconnectionError("the file is another one now")

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino
