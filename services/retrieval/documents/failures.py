"""What goes wrong on disk, as a message that says what it is and what helps.

    DamagedError      the database is not readable as one: a person must act, nothing is recreated
    RefusedError      the store is well, but does not take this
    BackendError      anything else: full, read-only, busy; the same call may succeed later

Covers: errors of SQLite and of the operating system. Does not cover: damaged index files, which are
derived data and rebuilt (indexes.py).
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.retrieval.documents.backend import BackendError

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_TOO_MANY = (errno.EMFILE, errno.ENFILE)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)

_OTHER = "{path}: {error}"
_MESSAGES = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space for {dir} and send the same again;"
    " nothing stored is lost",
    sqlite3.SQLITE_IOERR: "{dir} cannot be read or written ({error}): is the disk full, over its"
    " quota or gone? Nothing stored is lost",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened ({error}): check its permissions",
    sqlite3.SQLITE_PERM: "{path} cannot be opened ({error}): check its permissions",
    sqlite3.SQLITE_BUSY: "{path} is being written by another process: try again",
    sqlite3.SQLITE_LOCKED: "{path} is being written by another process: try again",
}


class DamagedError(BackendError):
    """The database is damaged; the message says which file and what to do about it."""


class RefusedError(BackendError):
    """A limit on what is kept; the message says which."""


@contextmanager
def told(database: Path) -> Iterator[None]:
    """Errors of SQLite and the system on their way out become a BackendError."""
    try:
        yield
    except sqlite3.Error as error:
        raise of_sqlite(error, database) from error
    except OSError as error:
        raise of_system(error, database.parent) from error


def of_sqlite(error: sqlite3.Error, database: Path) -> BackendError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # primary result code
    folder = database.parent
    # A text that is none is quoted by the message: what users wrote is for nobody's log.
    bad_text = str(error).startswith("Could not decode to UTF-8")
    if code in _DAMAGED or bad_text:
        reason = "a text in it is not UTF-8" if bad_text else error
        return DamagedError(
            f"{database} is damaged ({reason}): restore it from a backup, or move it away and "
            "ingest the documents again; what can be read of it, `sqlite3 FILE .recover` shows"
        )
    if code == sqlite3.SQLITE_READONLY:
        return _read_only(folder)
    return BackendError(_MESSAGES.get(code, _OTHER).format(path=database, dir=folder, error=error))


def of_system(error: OSError, folder: Path) -> BackendError:
    if error.errno in _FULL:
        return BackendError(
            f"the disk is full ({error.strerror}): free some space for {folder} and send the same "
            "again; nothing stored is lost"
        )
    if error.errno in _TOO_MANY:
        return BackendError(
            f"{folder}: {error.strerror}: the indexes need about ten for each collection; raise "
            "the limit (ulimit -n), or delete collections"
        )
    if error.errno in _READ_ONLY:
        return _read_only(folder)
    return BackendError(f"{folder}: {error.strerror or type(error).__name__}")


def _read_only(folder: Path) -> BackendError:
    return BackendError(
        f"{folder} is read-only for this process: documents can be searched, not changed; make the "
        "folder writable, or choose another by GROUNDLING_RETRIEVAL_DATA_DIR"
    )
