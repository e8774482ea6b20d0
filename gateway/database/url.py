"""Which databases can be named, and how a name is shown to people.

Covers: the forms of DATABASE_URL and what is wrong with another one, without repeating it: it may
hold a password. Does not cover: connecting (gateway.database.engine).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from gateway.settings import PREFIX
from services.chassis import SettingsError

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_SETTING = f"{PREFIX}DATABASE_URL"
_ALLOWED = "allowed: postgresql://user:password@host:5432/database and sqlite:////path/to/file.db"
_ENCODED = "characters of a password other than letters, digits and -._~ are written as %XX"
_DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg", "postgres": "asyncpg"}


def checked_url(text: str) -> URL:
    """The URL with its asynchronous driver; raise SettingsError for what cannot be used."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        url = None  # said outside: the error, which would be shown with ours, repeats what it read
    if url is None:
        _refuse(f"is not a database's URL; {_ALLOWED}; {_ENCODED}")
    kind, _, named = url.drivername.partition("+")
    driver = _DRIVERS.get(kind)
    if driver is None or named not in ("", driver):
        _refuse(f"{url.drivername!r} cannot be used; {_ALLOWED}")
    if find_spec(driver) is None:
        _refuse("PostgreSQL needs its driver: pip install 'groundling[postgres]'")
    url = _sqlite(url) if kind == "sqlite" else _postgresql(url)
    return url.set(drivername=f"{url.drivername}+{driver}")


def shown(url: URL) -> str:
    """The database for people: a file, or a URL without its password."""
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database).absolute()) if url.database else "a database in memory"
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def _sqlite(url: URL) -> URL:
    if url.host or url.query:
        _refuse("SQLite takes a path and nothing else, after three slashes: sqlite:////path/file")
    return url.set(drivername="sqlite")


def _postgresql(url: URL) -> URL:
    if "@" in (url.host or ""):
        _refuse(f"has a second @; {_ENCODED}")
    asked = dict(url.query)
    mode = asked.pop("sslmode", asked.pop("ssl", None))
    if asked:
        _refuse(f"?{min(asked)!r} is not known; allowed: ?sslmode=… and nothing else")
    if mode is not None and mode not in SSL_MODES:
        _refuse(f"?sslmode= must be one of {', '.join(SSL_MODES)}")
    query = {} if mode is None else {"ssl": mode}
    return url.set(drivername="postgresql", query=query)


def _refuse(why: str) -> NoReturn:
    raise SettingsError(f"{_SETTING}: {why}")
