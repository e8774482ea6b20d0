"""Documents and their passages in SQLite: the truth from which the BM25 index is derived.

A call that changes something is one transaction: when it returns, all of it is on disk; when it
raises, or the process is killed, none of it is there. Several processes may share a database.

Covers: collections, documents, passages, and what changed since. Does not cover: what is found
(embedded.py) and what the errors of SQLite are called (failures.py).
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, LifoQueue

from services.retrieval.documents.failures import RefusedError, told
from services.retrieval.documents.model import (
    CollectionInfo,
    Document,
    Listed,
    Outcome,
    Passage,
    Section,
    Stored,
)
from services.retrieval.documents.schema import at_rest, connect, prepare

MAX_READERS = 8
"""Idle connections kept for reading; more are opened when more threads read."""
ALL_PASSAGES = 2**63 - 1
KEPT_DELETIONS = 100_000
"""The log's length; a process that has missed more compares every id."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with what its document is called."""

    collection: str
    document_id: str
    title: str
    url: str | None
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a put did: outcomes in order, and the ids its new passages were given."""

    stored: list[Stored]
    first_ids: dict[int, int]
    """Place in the batch -> id of its first passage; the others follow without a gap."""


class Store:
    def __init__(
        self, path: Path, *, busy_timeout_s: float = 10.0, max_collections: int = 1000
    ) -> None:
        self.path = path
        self.writable = False
        self._busy_timeout_s = busy_timeout_s
        self._max_collections = max_collections
        self._lock = threading.Lock()  # one writer in this process; SQLite sees to the others
        self._writer: sqlite3.Connection | None = None
        self._readers: LifoQueue[sqlite3.Connection] = LifoQueue(MAX_READERS)
        self._immutable = False
        self._mode = 0

    def open(self) -> None:
        """BackendError: cannot be opened. A read-only folder opens with `writable` False."""
        with told(self.path):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._writer = connect(self.path, busy_timeout_s=self._busy_timeout_s)
                prepare(self._writer, self.path)
                # A read-only database opens as if it were not; this is what notices.
                self._writer.execute("BEGIN IMMEDIATE")
                self._writer.execute("ROLLBACK")
                self.writable = True
            except (sqlite3.OperationalError, OSError):
                self._close_writer()
                if not self.path.is_file():
                    raise
                self._immutable = at_rest(self.path)
                with self.reading() as reader:
                    prepare(reader, self.path)

    def close(self) -> None:
        with self._lock:
            self._close_readers()
            self._close_writer()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read from; within one transaction if the caller begins one."""
        with told(self.path):
            mode = self.mode()
            try:
                connection = self._readers.get_nowait()
            except Empty:
                connection = self.connect()
            try:
                yield connection
            except BaseException:
                connection.close()  # whatever state it is in
                raise
            try:
                if mode != self._mode:  # it would never see what is written from now on
                    raise Full
                self._readers.put_nowait(connection)
            except Full:
                connection.close()

    def connect(self) -> sqlite3.Connection:
        """A connection for reading that is the caller's own."""
        return connect(self.path, busy_timeout_s=self._busy_timeout_s, writing=self.writable)

    def mode(self) -> int:
        """Another number: connections opened before no longer see what is written."""
        if self._immutable and not at_rest(self.path):  # somebody writes it after all
            self._immutable = False
            self._mode += 1
            self._close_readers()
        return self._mode

    # --- changes ----------------------------------------------------------------------------

    def put(
        self,
        collection: str,
        documents: Sequence[Document],
        cut: Callable[[int], list[Passage]],
        passage_words: int,
    ) -> Written:
        """Add or replace, all or none. cut(i) gives the passages of documents[i] if needed."""
        stored: list[Stored] = []
        first_ids: dict[int, int] = {}
        if not documents:
            return Written(stored, first_ids)
        with self._changing() as writer:
            number = self._collection(writer, collection)
            for place, document in enumerate(documents):
                content = document.content_hash
                row = writer.execute(
                    "SELECT number, hash, passage_words, passages FROM documents"
                    " WHERE collection = ? AND id = ?",
                    (number, document.id),
                ).fetchone()
                if row is not None and row[1:3] == (bytes.fromhex(content), passage_words):
                    stored.append(Stored(document.id, Outcome.UNCHANGED, row[3]))
                    continue
                if row is not None:
                    _remove(writer, number, row[0], row[3])
                passages = cut(place)
                first_ids[place] = _insert(writer, number, document, passages, passage_words)
                outcome = Outcome.CREATED if row is None else Outcome.REPLACED
                stored.append(Stored(document.id, outcome, len(passages)))
        return Written(stored, first_ids)

    def delete(self, collection: str, ids: Sequence[str]) -> int:
        gone = 0
        with self._changing() as writer:
            number = _number(writer, collection)
            if number is None:
                return 0
            for document_id in ids:
                row = writer.execute(
                    "SELECT number, passages FROM documents WHERE collection = ? AND id = ?",
                    (number, document_id),
                ).fetchone()
                if row is not None:
                    _remove(writer, number, *row)
                    gone += 1
            writer.execute("DELETE FROM collections WHERE number = ? AND documents = 0", (number,))
        return gone

    def delete_collection(self, name: str) -> int | None:
        with self._changing() as writer:
            row = writer.execute(
                "SELECT number, documents FROM collections WHERE name = ?", (name,)
            ).fetchone()
            if row is None:
                return None
            number, documents = row
            writer.execute("DELETE FROM passages WHERE collection = ?", (number,))
            writer.execute("DELETE FROM documents WHERE collection = ?", (number,))
            writer.execute("DELETE FROM collections WHERE number = ?", (number,))
            _log_deletion(writer, number, 0, ALL_PASSAGES)
        return int(documents)

    # --- reading ----------------------------------------------------------------------------

    def unchanged(
        self, collection: str, documents: Sequence[Document], passage_words: int
    ) -> list[bool]:
        """Whether each is stored with the same content, cut the same way."""
        with self.reading() as reader:
            number = _number(reader, collection)
            rows = (
                reader.execute(
                    "SELECT hash, passage_words FROM documents WHERE collection = ? AND id = ?",
                    (number, document.id),
                ).fetchone()
                for document in documents
            )
            return [
                row == (bytes.fromhex(document.content_hash), passage_words)
                for document, row in zip(documents, rows, strict=True)
            ]

    def get(self, collection: str, document_id: str) -> Document | None:
        with self.reading() as reader:
            row = reader.execute(
                "SELECT d.title, d.url, d.sections FROM documents d"
                " JOIN collections c ON c.number = d.collection WHERE c.name = ? AND d.id = ?",
                (collection, document_id),
            ).fetchone()
        if row is None:
            return None
        with told(self.path):
            return Document(document_id, row[0], row[1], _unpack(row[2]))

    def page(self, collection: str, after: str, limit: int) -> list[Listed]:
        with self.reading() as reader:
            rows = reader.execute(
                "SELECT d.id, d.title, d.url, d.passages FROM documents d"
                " JOIN collections c ON c.number = d.collection"
                " WHERE c.name = ? AND d.id > ? ORDER BY d.id LIMIT ?",
                (collection, after, limit),
            ).fetchall()
        return [Listed(*row) for row in rows]

    def collections(self) -> list[CollectionInfo]:
        with self.reading() as reader:
            rows = reader.execute(
                "SELECT name, documents, passages FROM collections ORDER BY name"
            ).fetchall()
        return [CollectionInfo(*row) for row in rows]

    def found(self, ids: Sequence[int]) -> dict[int, Found]:
        with self.reading() as reader:
            return found_in(reader, ids)

    # --- for open and close -----------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._lock, told(self.path):
            writer = self._writer
            if writer is None:
                if self.writable:
                    raise sqlite3.OperationalError("not open")
                message = "attempt to write a readonly database"
                raise _error(message, sqlite3.SQLITE_READONLY)
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                writer.execute("COMMIT")
            except BaseException:
                if writer.in_transaction:  # SQLite rolls back by itself when the disk is full
                    writer.execute("ROLLBACK")
                raise

    def _collection(self, writer: sqlite3.Connection, name: str) -> int:
        number = _number(writer, name)
        if number is not None:
            return number
        count = writer.execute("SELECT count(*) FROM collections").fetchone()[0]
        if count >= self._max_collections:
            raise RefusedError(
                f"there are {count} collections already, which is the limit (setting"
                " max_collections): delete one first"
            )
        row = writer.execute("INSERT INTO collections (name) VALUES (?)", (name,))
        assert row.lastrowid is not None
        return row.lastrowid

    def _close_writer(self) -> None:
        self.writable = False
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _close_readers(self) -> None:
        while True:
            try:
                self._readers.get_nowait().close()
            except Empty:
                return


def passages_of(
    reader: sqlite3.Connection, where: str, values: Iterable[int]
) -> Generator[tuple[int, int, str, str, str], None, None]:
    """Id, collection's number, title, heading and text, in order of id."""
    yield from reader.execute(
        "SELECT p.id, p.collection, d.title, p.heading, p.text FROM passages p"
        f" JOIN documents d ON d.number = p.document WHERE {where} ORDER BY p.id",
        tuple(values),
    )


def found_in(reader: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Found]:
    """The passages with these ids; those that went meanwhile are left out."""
    rows = reader.execute(
        "SELECT p.id, c.name, d.id, d.title, d.url, p.heading, p.text FROM passages p"
        " JOIN documents d ON d.number = p.document"
        " JOIN collections c ON c.number = p.collection"
        f" WHERE p.id IN ({','.join('?' * len(ids))})",
        list(ids),
    ).fetchall()
    return {row[0]: Found(*row[1:]) for row in rows}


def _number(connection: sqlite3.Connection, name: str) -> int | None:
    row = connection.execute("SELECT number FROM collections WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def _insert(
    writer: sqlite3.Connection,
    collection: int,
    document: Document,
    passages: Sequence[Passage],
    passage_words: int,
) -> int:
    """Returns the first passage's id."""
    row = writer.execute(
        "INSERT INTO documents (collection, id, title, url, hash, passage_words, passages, added_s,"
        " sections) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            collection,
            document.id,
            document.title,
            document.url,
            bytes.fromhex(document.content_hash),
            passage_words,
            len(passages),
            time.time(),
            _pack(document.sections),
        ),
    )
    number = row.lastrowid
    last = writer.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
    first = 1 if last is None else int(last[0]) + 1
    writer.executemany(
        "INSERT INTO passages (id, collection, document, ordinal, heading, text)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (first + place, collection, number, place, passage.heading, passage.text)
            for place, passage in enumerate(passages)
        ],
    )
    writer.execute(
        "UPDATE collections SET documents = documents + 1, passages = passages + ?"
        " WHERE number = ?",
        (len(passages), collection),
    )
    return first


def _remove(writer: sqlite3.Connection, collection: int, number: int, passages: int) -> None:
    first, last = writer.execute(
        "SELECT min(id), max(id) FROM passages WHERE document = ?", (number,)
    ).fetchone()
    if first is not None:
        _log_deletion(writer, collection, first, last)
    writer.execute("DELETE FROM documents WHERE number = ?", (number,))
    writer.execute(
        "UPDATE collections SET documents = documents - 1, passages = passages - ?"
        " WHERE number = ?",
        (passages, collection),
    )


def _log_deletion(writer: sqlite3.Connection, collection: int, first: int, last: int) -> None:
    row = writer.execute(
        "INSERT INTO deletions (collection, first, last) VALUES (?, ?, ?)",
        (collection, first, last),
    )
    assert row.lastrowid is not None
    writer.execute("DELETE FROM deletions WHERE seq <= ?", (row.lastrowid - KEPT_DELETIONS,))


def _pack(sections: Sequence[Section]) -> bytes:
    text = json.dumps([[part.heading, part.text] for part in sections], ensure_ascii=False)
    return zlib.compress(text.encode(), 1)


def _unpack(blob: bytes) -> tuple[Section, ...]:
    try:
        return tuple(Section(heading, text) for heading, text in json.loads(zlib.decompress(blob)))
    except (zlib.error, ValueError) as error:
        raise _error("a document cannot be unpacked", sqlite3.SQLITE_CORRUPT) from error


def _error(message: str, code: int) -> sqlite3.Error:
    """As SQLite itself would raise it."""
    error = sqlite3.DatabaseError(message)
    error.sqlite_errorcode = code
    return error
