"""The database of documents: its tables, its version, and how a connection to it is opened.

    collections   a name and a number that is never used again
    documents     one row a document; its sections as compressed JSON
    passages      the pieces that are searched; the id is the BM25 index's id, never used again
    deletions     ids of passages that went, in order: how other processes hear of it

Does not cover: what is written and read (store.py).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from services.retrieval.documents.backend import BackendError

FILE = "documents.sqlite3"
VERSION = 1

_TABLES = """
CREATE TABLE collections (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    documents INTEGER NOT NULL DEFAULT 0,
    passages INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL REFERENCES collections (number),
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT,
    hash BLOB NOT NULL,
    passage_words INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    added_s REAL NOT NULL,
    sections BLOB NOT NULL,
    UNIQUE (collection, id)
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL REFERENCES collections (number),
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    heading TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX passages_of_document ON passages (document);
CREATE INDEX passages_of_collection ON passages (collection);
CREATE TABLE deletions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
);
"""


def connect(path: Path, *, busy_timeout_s: float, writing: bool = True) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any thread, one at a time.

    writing False opens what is there and never changes it. sqlite3.Error: it cannot be opened.
    """
    mode = "rwc" if writing else "ro"
    if not writing and at_rest(path):
        # Without a log beside it nobody is writing, and SQLite could not make one in a read-only
        # folder.
        mode += "&immutable=1"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=64,
        uri=True,
    )
    try:
        if writing:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(
                "PRAGMA fullfsync = ON"
            )  # macOS: fsync alone leaves the drive's cache
            connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables in an empty database; BackendError where the version is another."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        version = _create(connection, path)
    if version != VERSION:
        raise BackendError(
            f"{path} has the schema version {version}, this release reads version {VERSION}: use "
            "the release that wrote it, or move it away and ingest the documents again"
        )


def _create(connection: sqlite3.Connection, path: Path) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been first.
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise BackendError(f"{path} is a database of something else: move it away")
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            version = VERSION
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return version


def at_rest(path: Path) -> bool:
    """Whether no process has the database open for writing."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size == 0
    except FileNotFoundError:
        return True
