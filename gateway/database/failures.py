"""How the database can fail to do its work, in a few words that hold nothing of what it stores.

    StoreUnavailable   locked, full, read-only, gone, too slow      503, worth another try

Does not cover: a broken rule of the tables (SQLAlchemy's IntegrityError), which callers expect or
which is a fault of ours.
"""

from __future__ import annotations

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

GONE = "cannot be reached"
SLOW = "did not answer in time"
DAMAGED = "is damaged, or no database"
REFUSES = "refuses the user or the password"

_BY_SQLITE_WORDS = {
    "is locked": "is locked",
    "is full": "is full",
    "readonly": "is read-only",
    "unable to open": GONE,
    "no such table": "has lost its tables",
    "malformed": DAMAGED,
    "not a database": DAMAGED,
}
_BY_SQLSTATE = {
    "25006": "is read-only",
    "28000": REFUSES,
    "28P01": REFUSES,
    "3D000": "does not exist on its server",
    "42501": "does not let this user do what the gateway needs",
    "42P01": "has lost its tables",
    "53100": "is full",
    "53300": "has no connection left",
    "55P03": "is locked",
    "40P01": "is locked",
    "25P03": SLOW,
    "57014": SLOW,
}


_OURS = (IntegrityError, DataError, NotSupportedError, ProgrammingError)


class StoreUnavailable(Exception):
    """The database cannot be used at the moment; what was asked of it is undone."""


def unavailable(error: BaseException) -> StoreUnavailable | None:
    """What an error of SQLAlchemy or of the network says of the database; None: nothing."""
    if isinstance(error, (TimeoutError, PoolTimeout)):
        return StoreUnavailable(f"the database {SLOW}")
    if isinstance(error, OSError):
        return StoreUnavailable(f"the database {GONE}")
    if not isinstance(error, DBAPIError):
        return None
    known = _known(error)
    if known is None and isinstance(error, _OURS):
        return None
    return StoreUnavailable(f"the database {known or 'has failed'}")


def _known(error: DBAPIError) -> str | None:
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        shut_down = state.startswith(("08", "57P"))
        return GONE if shut_down else _BY_SQLSTATE.get(state)
    said = str(error.orig)
    known = (means for words, means in _BY_SQLITE_WORDS.items() if words in said)
    return next(known, GONE if error.connection_invalidated else None)
