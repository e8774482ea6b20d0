"""The BM25 indexes of one process, one a collection, kept equal to what the store holds.

Every process that serves a folder has all of them; new passages are in its memory at once. One
process, which holds the folder's lock, also writes them to files that all share (seal, merge), so
that opening is quick and memory is used once. What the files lack or have too much is found by
comparing ids with the store: at open, and whenever something went wrong.

    <folder>/<analysis>/<collection>.<number>/    the files of one index
    <folder>/<analysis>/lock                      held by the process that writes them

Covers: opening, rebuilding, taking up changes, sealing and merging. Does not cover: when that is
done (embedded.py) or how an index works (bm25/).
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25 import Index, ReferenceIndex
from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.failures import told
from services.retrieval.documents.search import indexed_text
from services.retrieval.documents.store import ALL_PASSAGES, Store, passages_of
from services.retrieval.lock import FolderLock

logger = logging.getLogger(__name__)

BATCH = 500
"""Passages read and indexed at a time; others may read and write in between."""
WAIT_FOR_FILES = 20_000
"""So many passages to index and more: wait for the files if another process is writing them."""
SEAL_AFTER_S = 20.0
"""Passages are in memory for so long at most before they are written to files."""

Ids = NDArray[np.int64]
AnyIndex = Index | ReferenceIndex
OpenIndex = Callable[[Path, bool], AnyIndex]
"""(folder, may it write there) -> the index, whatever state its files are in."""
Terms = Mapping[int, Sequence[str]]
"""A passage's id -> its terms."""


@dataclass
class _Shelf:
    """One collection's index."""

    name: str
    folder: Path
    index: AnyIndex
    gone: set[int] = field(default_factory=set)
    """Deleted since it was opened: files written elsewhere may still have them."""
    changed_s: float | None = None
    """When it first changed after the last seal."""


class Indexes:
    def __init__(
        self,
        store: Store,
        folder: Path,
        open_index: OpenIndex,
        analyse: Callable[[str], Sequence[str]],
    ) -> None:
        self._store = store
        self._folder = folder
        self._open_index = open_index
        self._analyse = analyse
        self._lock = threading.RLock()
        self._files = FolderLock(folder)
        self._connection: sqlite3.Connection | None = None
        self._connected_as = -1
        self._shelves: dict[int, _Shelf] = {}
        self._version: int | None = None
        self._last_passage = 0
        self._last_deletion = 0
        self._closed = threading.Event()
        self.progress = ""
        """What open is doing, for people; "" when it is not."""

    @property
    def writes_files(self) -> bool:
        return self._files.held

    def current(self) -> dict[str, AnyIndex]:
        """By collection. Call sync before, to have what was acknowledged anywhere."""
        with self._lock:
            return {shelf.name: shelf.index for shelf in self._shelves.values()}

    def open(self) -> None:
        """Bring every index up to the store; may take minutes. Close stops it."""
        self.take_files()
        with told(self._store.path), self._lock:
            missing = self._compare()
        while self._must_wait(missing):
            self.progress = "another process is indexing the documents"
            self._closed.wait(0.5)
            self.take_files()
            with told(self._store.path), self._lock:
                for shelf in self._shelves.values():
                    shelf.index.refresh()
                missing = self._compare()
        with told(self._store.path), self._lock:
            self._add_all(missing)
        self.progress = ""

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            for shelf in self._shelves.values():
                shelf.index.close()
            self._shelves = {}
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._files.release()

    def sync(self, analysed: Terms | None = None) -> None:
        """Take up what was put and deleted since, here or by other processes. Cheap when nothing.

        analysed: terms known already. BackendError: the store cannot be read.
        """
        with told(self._store.path), self._lock:
            connection = self._connect()
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            if version == self._version:
                return
            with self._reading(connection):
                behind = self._take_up(connection, analysed or {})
            if behind:
                self._add_all(self._compare())
            self._version = version

    @contextmanager
    def held(self) -> Iterator[sqlite3.Connection]:
        """A connection that reads exactly what the indexes have; nothing changes them meanwhile."""
        with told(self._store.path), self._lock:
            self.sync()
            connection = self._connect()
            with self._reading(connection):
                self._take_up(connection, {})
                yield connection

    # --- files ------------------------------------------------------------------------------

    def take_files(self) -> bool:
        """Become the process that writes files, if there is none; whether this one is now."""
        if self._files.held or not self._store.writable:
            return self._files.held
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._files.take():
                return False
        except OSError as error:
            logger.warning("indexes stay in memory: %s cannot be written (%s)", self._folder, error)
            return False
        self._remove_other_analyses()
        with self._lock:
            for shelf in self._shelves.values():
                # What was opened for reading is not closed: a search may be in it.
                shelf.index = self._open(shelf.folder, writable=True)
                shelf.gone.clear()
            if self._shelves:
                self._version, self._last_deletion = None, -1
        return True

    def tend(self) -> None:
        """What is due of sealing, merging and removing files; OSError: it could not be written."""
        if not self.take_files():
            with self._lock:
                for shelf in self._shelves.values():
                    if shelf.index.refresh() and shelf.gone:
                        shelf.index.delete(shelf.gone)
            return
        with self._lock:
            shelves = list(self._shelves.values())
            kept = {shelf.folder.name for shelf in shelves} | {"lock"}
        for shelf in shelves:
            if shelf.changed_s is not None and time.monotonic() - shelf.changed_s > SEAL_AFTER_S:
                shelf.changed_s = None
                shelf.index.seal()
            while not self._closed.is_set() and shelf.index.merge():
                pass
        self._remove_all_but(kept)

    def seal(self) -> None:
        """Write everything to files now, so that the next open is quick."""
        if self._files.held:
            for shelf in list(self._shelves.values()):
                if shelf.changed_s is not None:
                    shelf.changed_s = None
                    shelf.index.seal()

    def _remove_all_but(self, kept: set[str]) -> None:
        """Files of collections that are gone. A new collection's number is a new one."""
        with self._lock:
            kept |= {shelf.folder.name for shelf in self._shelves.values()}
            for folder in self._folder.iterdir():
                if folder.name not in kept:
                    shutil.rmtree(folder, ignore_errors=True)

    def _remove_other_analyses(self) -> None:
        for folder in self._folder.parent.iterdir():
            if folder == self._folder or not folder.is_dir():
                continue
            lock = FolderLock(folder)
            try:
                if lock.take():
                    logger.info(
                        "removing the index in %s: the settings now ask for %s",
                        folder,
                        self._folder.name,
                    )
                    shutil.rmtree(folder, ignore_errors=True)
            except OSError:
                continue
            finally:
                lock.release()

    def _open(self, folder: Path, writable: bool) -> AnyIndex:
        index = self._open_index(folder, writable)
        for sentence in index.damaged:
            logger.warning("%s; its passages are indexed again from the stored documents", sentence)
        return index

    # --- following the store ----------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        """A connection of our own: data_version tells of what others commit, per connection."""
        mode = self._store.mode()
        if self._connection is not None and self._connected_as != mode:
            self._connection.close()
            self._connection, self._version = None, None
        if self._connection is None:
            if self._closed.is_set():
                raise BackendError("the documents are closed")
            self._connection = self._store.connect()
            self._connected_as = mode
        return self._connection

    @contextmanager
    def _reading(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Everything read within it is of one moment."""
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.execute("COMMIT")

    def _take_up(self, connection: sqlite3.Connection, analysed: Terms) -> bool:
        """Whether it is too far behind for that, so that everything has to be compared."""
        oldest = connection.execute("SELECT min(seq) FROM deletions").fetchone()[0]
        if self._last_deletion < 0 or (oldest or 0) > self._last_deletion + 1:
            return True
        last, self._last_deletion = self._last_deletion, -1  # until all of it is done
        self._take_additions(connection, analysed)
        deletions = connection.execute(
            "SELECT seq, collection, first, last FROM deletions WHERE seq > ? ORDER BY seq",
            (last,),
        ).fetchall()
        if deletions:
            self._take_deletions(deletions)
            self._drop_shelves(connection)
        self._last_deletion = deletions[-1][0] if deletions else last
        return False

    def _take_additions(self, connection: sqlite3.Connection, analysed: Terms) -> None:
        batch: dict[int, list[tuple[int, Sequence[str]]]] = {}
        held = 0
        rows = passages_of(connection, "p.id > ?", [self._last_passage])
        with closing(rows):
            for passage, collection, title, heading, text in rows:
                terms = analysed.get(passage)
                if terms is None:
                    terms = self._analyse(indexed_text(title, heading, text))
                batch.setdefault(collection, []).append((passage, terms))
                held += 1
                if held == BATCH:
                    self._add(connection, batch)
                    batch, held = {}, 0
                self._last_passage = passage
            self._add(connection, batch)

    def _add(
        self, connection: sqlite3.Connection, batch: dict[int, list[tuple[int, Sequence[str]]]]
    ) -> None:
        for number, documents in batch.items():
            shelf = self._shelves.get(number)
            if shelf is None:
                name = connection.execute(
                    "SELECT name FROM collections WHERE number = ?", (number,)
                ).fetchone()[0]
                shelf = self._add_shelf(number, name)
            shelf.index.add(documents)
            shelf.changed_s = shelf.changed_s or time.monotonic()

    def _add_shelf(self, number: int, name: str) -> _Shelf:
        folder = self._folder / f"{name}.{number}"
        shelf = _Shelf(name, folder, self._open(folder, self._files.held))
        self._shelves[number] = shelf
        return shelf

    def _take_deletions(self, deletions: Sequence[tuple[int, int, int, int]]) -> None:
        for _, collection, first, last in deletions:
            shelf = self._shelves.get(collection)
            if shelf is not None and last != ALL_PASSAGES:
                ids = range(first, last + 1)
                shelf.index.delete(ids)
                if not self._files.held:
                    shelf.gone.update(ids)
                shelf.changed_s = shelf.changed_s or time.monotonic()

    def _drop_shelves(self, connection: sqlite3.Connection) -> None:
        there = {row[0] for row in connection.execute("SELECT number FROM collections")}
        for number in set(self._shelves) - there:
            # Not closed: a search of another thread may be in it. It goes with its last user.
            del self._shelves[number]

    # --- comparing with the store -----------------------------------------------------------

    def _compare(self) -> dict[int, Ids]:
        """Drop what the store no longer has; by collection, ids of passages to be indexed."""
        connection = self._connect()
        live: dict[int, Ids] = {}
        with self._reading(connection):
            names = dict(connection.execute("SELECT number, name FROM collections").fetchall())
            for number in names:
                rows = connection.execute(
                    "SELECT id FROM passages WHERE collection = ? ORDER BY id", (number,)
                )
                live[number] = np.fromiter((row[0] for row in rows), np.int64)
            last = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        self._drop_shelves(connection)
        missing = {}
        for number, ids in live.items():
            shelf = self._shelves.get(number) or self._add_shelf(number, names[number])
            lacking = shelf.index.reconcile(ids)
            if len(lacking):
                missing[number] = lacking
        self._last_passage = last.get("passages", 0)
        self._last_deletion = last.get("deletions", 0)
        return missing

    def _must_wait(self, missing: Mapping[int, Ids]) -> bool:
        """Whether another process is about to write what would take long to do twice."""
        if self._files.held or self._closed.is_set() or not self._store.writable:
            return False
        return sum(map(len, missing.values())) >= WAIT_FOR_FILES

    def _add_all(self, missing: Mapping[int, Ids]) -> None:
        """Index these passages, from the store; those that went meanwhile are left out."""
        whole = sum(map(len, missing.values()))
        if whole:
            logger.info("indexing %d stored passages", whole)
        done = 0
        connection = self._connect()
        for number, ids in missing.items():
            for start in range(0, len(ids), BATCH):
                if self._closed.is_set():
                    raise BackendError("closed while the documents were being indexed")
                batch = ids[start : start + BATCH].tolist()
                condition = f"p.id IN ({','.join('?' * len(batch))})"
                self._add(
                    connection,
                    {
                        number: [
                            (passage, self._analyse(indexed_text(title, heading, text)))
                            for passage, _, title, heading, text in passages_of(
                                connection, condition, batch
                            )
                        ]
                    },
                )
                done += len(batch)
                self.progress = f"the documents are being indexed: {done} of {whole} passages"
