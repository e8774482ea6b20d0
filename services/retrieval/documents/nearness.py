"""Passages' vectors in one process, one index a collection, kept equal to what the store holds.

New passages are encoded in the background, by one process of those that serve the folder; until
then a passage is found by its words only. Vectors are derived data: the file may be deleted.

    <folder>/<encoder>.sqlite3    a passage's id, its vector and their checksum
    <folder>/lock                 held by the process that encodes

Covers: loading, following the store, encoding. Does not cover: when that is done, or what is made
of the nearest passages (embedded.py).
"""

from __future__ import annotations

import logging
import sqlite3
import struct
import threading
import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from services.retrieval.dense.encoder import Encoder, Vectors
from services.retrieval.dense.vectors import VectorIndex
from services.retrieval.documents.search import indexed_text
from services.retrieval.documents.store import Store, found_in
from services.retrieval.lock import FolderLock

logger = logging.getLogger(__name__)

BATCH = 128
"""Passages encoded, and vectors read, at a time."""

_CHECKSUM = struct.Struct("<I")
Stamp = tuple[int, int]


class Nearness:
    """Thread-safe, but for `open` and `close`."""

    def __init__(self, store: Store, folder: Path, encoder: Encoder) -> None:
        self._store = store
        self._encoder = encoder
        self._folder = folder
        self._path = folder / f"{encoder.name}.sqlite3"
        self._files = FolderLock(folder)
        self._lock = threading.RLock()
        self._indexes: dict[str, VectorIndex] = {}
        self._lacking: dict[int, str] = {}
        """Passage -> collection, of those without a vector."""
        self._stamp: Stamp | None = None

    def open(self) -> None:
        """Load what is encoded already. sqlite3.Error, OSError: the file cannot be written."""
        if not self._store.writable:  # what the file lacks is encoded for this process alone
            self.sync()
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, full, not to be opened
                raise
            logger.warning("%s is damaged (%s); its vectors are made anew", self._path, error)
            self._path.unlink()
            self._prepare()
        self.sync()
        if self._files.take():
            self._forget_rows()

    def close(self) -> None:
        self._files.release()

    @property
    def waiting(self) -> int:
        """Passages without a vector yet."""
        return len(self._lacking)

    def nearest(
        self, query: str, collections: Iterable[str] | None, limit: int
    ) -> list[tuple[int, float]]:
        """Passages and the cosine of their angle with the query, best first."""
        vector = self._encoder.encode([query])[0]
        with self._lock:
            asked = [
                index
                for name, index in self._indexes.items()
                if collections is None or name in collections
            ]
        found = [pair for index in asked for pair in index.search(vector, limit)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def sync(self) -> None:
        """Forget passages that are gone, note those that are new. Cheap when nothing changed."""
        with self._lock, self._store.reading() as reader:
            before, self._stamp = self._stamp, None  # None: compare everything next time
            reader.execute("BEGIN")  # the stamp and the passages of one moment
            try:
                stamp = _stamp(reader)
                if stamp != before:
                    self._follow(reader, stamp, before)
            finally:
                reader.execute("COMMIT")
            self._stamp = stamp

    def _follow(self, reader: sqlite3.Connection, stamp: Stamp, before: Stamp | None) -> None:
        rows = "SELECT p.id, c.name FROM passages p JOIN collections c ON c.number = p.collection"
        if before is not None and stamp[1] == before[1]:  # nothing went
            new: dict[int, str] = dict(reader.execute(f"{rows} WHERE p.id > ?", (before[0],)))
        else:
            live: dict[int, str] = dict(reader.execute(rows))
            known = self._forget(live)
            self._lacking = {}
            new = {one: name for one, name in live.items() if one not in known}
        self._lacking |= new
        self._load(list(new))

    def encode_some(self) -> bool:
        """Encode a batch of what lacks a vector; whether there may be more. Takes a second."""
        with self._lock:
            batch = list(self._lacking)[:BATCH]
        if not batch:
            return False
        saving = self._store.writable
        if saving and not self._files.held and not self._files.take():  # another process does it
            self._load(list(self._lacking))
            return False
        with self._store.reading() as reader:
            found = found_in(reader, batch)
        texts = [indexed_text(one.title, one.heading, one.text) for one in found.values()]
        vectors = self._encoder.encode(texts)
        if saving:
            pairs = [(one, _sealed(one, row)) for one, row in zip(found, vectors, strict=True)]
            with closing(self._connect()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", pairs)
        self._take(list(found), vectors)
        with self._lock:
            for one in set(batch) - found.keys():  # gone meanwhile
                self._lacking.pop(one, None)
            return bool(self._lacking)

    # --- inside -----------------------------------------------------------------------------

    def _prepare(self) -> None:
        with closing(self._connect()) as connection, connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY, vector BLOB NOT NULL)"
            )
            if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("quick_check failed")

    def _connect(self) -> sqlite3.Connection:
        if self._store.writable:
            return sqlite3.connect(self._path)
        return sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)

    def _forget_rows(self) -> None:
        """Rows of passages that went; while serving they do no harm."""
        with self._lock:
            live = {one for index in self._indexes.values() for one in index.ids()}
        with closing(self._connect()) as connection, connection:
            rows = connection.execute("SELECT id FROM vectors").fetchall()
            gone = [row for row in rows if row[0] not in live]
            connection.executemany("DELETE FROM vectors WHERE id = ?", gone)

    def _forget(self, live: dict[int, str]) -> set[int]:
        """Drop vectors of passages that are gone; returns the ids that have one."""
        known: set[int] = set()
        for name, index in self._indexes.items():
            ids = set(index.ids())
            gone = {one for one in ids if live.get(one) != name}
            index.delete(gone)
            known |= ids - gone
        return known

    def _load(self, ids: Sequence[int]) -> None:
        """Vectors that the file has, of these passages; damaged ones are made anew."""
        if not self._path.is_file():
            return
        damaged = 0
        with closing(self._connect()) as connection:
            for start in range(0, len(ids), BATCH):
                batch = ids[start : start + BATCH]
                marks = ",".join("?" * len(batch))
                rows = connection.execute(
                    f"SELECT id, vector FROM vectors WHERE id IN ({marks})", batch
                ).fetchall()
                read = {one: _unsealed(one, blob, self._encoder.dimensions) for one, blob in rows}
                whole = {one: vector for one, vector in read.items() if vector is not None}
                damaged += len(read) - len(whole)
                if whole:
                    self._take(list(whole), np.stack(list(whole.values())))
        if damaged:
            logger.warning("%s: %d vectors are damaged and made anew", self._path, damaged)

    def _take(self, ids: Sequence[int], vectors: Vectors) -> None:
        with self._lock:
            for one, vector in zip(ids, vectors, strict=True):
                name = self._lacking.pop(one, None)
                if name is not None:  # else gone meanwhile
                    index = self._indexes.setdefault(name, VectorIndex(self._encoder.dimensions))
                    index.add([one], vector[None])


def _sealed(one: int, vector: Vectors) -> bytes:
    data = vector.tobytes()
    return data + _CHECKSUM.pack(zlib.crc32(data, one & 0xFFFFFFFF))


def _unsealed(one: int, blob: bytes, dimensions: int) -> Vectors | None:
    """(dimensions,), or None: it is not what was written for this passage."""
    data = blob[: -_CHECKSUM.size]
    if len(data) != 4 * dimensions or blob != data + _CHECKSUM.pack(
        zlib.crc32(data, one & 0xFFFFFFFF)
    ):
        return None
    return np.frombuffer(data, np.float32)


def _stamp(reader: sqlite3.Connection) -> Stamp:
    """Other after every change: passages and deletions are numbered, and no number comes twice."""
    rows = dict(reader.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    return rows.get("passages", 0), rows.get("deletions", 0)
