"""What has been ingested already, so that running again goes on where it stopped.

One SQLite file in the data folder. For each service, collection and file: its size and time of
change, the last record that the service acknowledged, that record's document, and whether the file
is done. Does not cover: whether the service still has it, which ingest.py asks for each file before
it skips one. The journal only saves work: without it everything is sent again, and the service
finds it unchanged.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from groundling.ingest_files import Found

FILE = "ingest.sqlite3"
MAX_PROBLEMS = 100
"""Kept per file; more are counted."""

_TABLE = """
CREATE TABLE IF NOT EXISTS files (
    service TEXT, collection TEXT, path TEXT,
    size INTEGER, mtime_ns INTEGER, url TEXT,
    at INTEGER, last_id TEXT, done INTEGER, problems TEXT,
    PRIMARY KEY (service, collection, path)
) WITHOUT ROWID
"""


@dataclass(slots=True)
class Entry:
    at: int = 0
    """The last record that was dealt with; records after it are to be read."""
    last_id: str = ""
    """Of the last document that the service acknowledged."""
    done: bool = False
    problems: list[tuple[int, str]] = field(default_factory=list)
    """What was wrong with records up to `at`, and which they are."""


class Journal:
    """Use as a context manager. Where nothing can be written, it remembers until it is closed."""

    def __init__(self, folder: Path, service: str, collection: str) -> None:
        self._key = (service, collection)
        self.problem: str | None = None
        """Why it will not be there next time."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._open(folder / FILE)
        except (OSError, sqlite3.Error) as error:
            self.problem = (
                f"no journal can be kept in {folder} ({error}): running again starts over"
            )
            self._db = sqlite3.connect(":memory:")
            self._db.execute(_TABLE)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def _open(self, path: Path) -> None:
        try:
            self._db = _connect(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # Damaged. It only saves work, so a new one will do.
            for name in (
                path,
                path.with_name(f"{path.name}-wal"),
                path.with_name(f"{path.name}-shm"),
            ):
                with suppress(FileNotFoundError):
                    name.unlink()
            self._db = _connect(path)

    def find(self, file: Found) -> Entry | None:
        """What was done with the file as it is now; None: nothing, or it has changed since."""
        row = self._db.execute(
            "SELECT at, last_id, done, problems FROM files WHERE service = ? AND collection = ? "
            "AND path = ? AND size = ? AND mtime_ns = ? AND url IS ?",
            (*self._key, _text(file.path), file.size, file.mtime_ns, file.url),
        ).fetchone()
        if row is None:
            return None
        at, last_id, done, problems = row
        # Those of records after `at` will be found again.
        known = [(number, text) for number, text in json.loads(problems) if done or number <= at]
        return Entry(at, last_id, bool(done), known)

    def save(self, entries: Sequence[tuple[Found, Entry]]) -> None:
        rows = [
            (
                *self._key,
                _text(file.path),
                file.size,
                file.mtime_ns,
                file.url,
                entry.at,
                entry.last_id,
                entry.done,
                json.dumps(entry.problems[:MAX_PROBLEMS]),
            )
            for file, entry in entries
        ]
        try:
            with self._db:
                self._db.executemany(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
                )
        except sqlite3.Error as error:
            self.problem = f"the journal cannot be written ({error}): running again repeats work"

    def forget(self) -> None:
        """All of this collection at this service."""
        with suppress(sqlite3.Error), self._db:
            self._db.execute("DELETE FROM files WHERE service = ? AND collection = ?", self._key)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(_TABLE)
        db.execute("SELECT at, last_id, done, problems, url FROM files LIMIT 1").fetchall()
    except BaseException:
        db.close()
        raise
    return db


def _text(path: Path) -> str:
    """Names that are not UTF-8 have surrogates in Python, which SQLite does not take."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
