"""Which databases can be named, and what one that cannot is told."""

from __future__ import annotations

import importlib.util
import logging
import traceback
from pathlib import Path

import pytest

from gateway.database import url
from gateway.database.failures import StoreUnavailable
from gateway.database.transactions import Database
from gateway.database.url import checked_url, shown
from gateway.settings import Settings
from services.chassis import SettingsError


@pytest.mark.parametrize(
    ("named", "used"),
    [
        ("postgresql://u:p@db:5432/g", "postgresql+asyncpg://u:p@db:5432/g"),
        ("postgres://db/g", "postgresql+asyncpg://db/g"),
        ("postgresql+asyncpg://db/g", "postgresql+asyncpg://db/g"),
        ("sqlite:////data/s.db", "sqlite+aiosqlite:////data/s.db"),
        ("sqlite+aiosqlite:///s.db", "sqlite+aiosqlite:///s.db"),
        ("postgresql://u:p%40%2F@db/g", "postgresql+asyncpg://u:p%40%2F@db/g"),
        ("postgresql://db/g?sslmode=require", "postgresql+asyncpg://db/g?ssl=require"),
        ("postgresql://db/g?ssl=disable", "postgresql+asyncpg://db/g?ssl=disable"),
    ],
)
def test_a_plain_url_gets_its_driver(named: str, used: str) -> None:
    assert checked_url(named).render_as_string(hide_password=False) == used


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("", "allowed: postgresql://.*sqlite:////"),
        ("sessions.db", "allowed: postgresql://.*sqlite:////"),
        ("mysql://u:secret@db/g", "'mysql' cannot be used; allowed"),
        ("postgresql+psycopg2://u:secret@db/g", "'postgresql.psycopg2' cannot be used; allowed"),
        ("postgresql://u:secret@db:54x/g", "not a database's URL.*%XX"),
        ("postgresql://u:p@secret:secret@db/g", "not a database's URL.*%XX"),
        ("postgresql://u:p@secret@db/g", "second @.*%XX"),
        ("postgresql://db/g?password=secret", "'password' is not known; allowed: .sslmode="),
        ("postgresql://db/g?sslmode=secret", "must be one of disable, .*verify-full"),
        ("sqlite://secret/s.db", "after three slashes"),
        ("sqlite:///s.db?mode=ro", "after three slashes"),
    ],
)
def test_another_url_is_refused_without_what_may_be_secret(named: str, told: str) -> None:
    with pytest.raises(SettingsError, match=f"^GROUNDLING_GATEWAY_DATABASE_URL: .*{told}") as error:
        checked_url(named)
    whole = "".join(traceback.format_exception(error.value)).partition("in checked_url")[2]
    assert "secret" not in whole


@pytest.mark.parametrize(
    ("named", "people_see"),
    [
        ("postgresql://u:secret@db/g?sslmode=require", "postgresql://u:***@db/g?ssl=require"),
        ("sqlite:////srv/s.db", "/srv/s.db"),
        ("sqlite://", "a database in memory"),
    ],
)
def test_a_database_is_shown_without_its_password(named: str, people_see: str) -> None:
    assert shown(checked_url(named)) == people_see


def test_a_missing_driver_is_told_by_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        url, "find_spec", lambda name: None if name == "asyncpg" else importlib.util.find_spec
    )
    with pytest.raises(SettingsError, match=r"pip install 'groundling\[postgres\]'"):
        checked_url("postgresql://db/g")


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
async def test_a_start_without_the_database_says_which_one_without_its_password(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if kind == "postgresql":
        pytest.importorskip("asyncpg")
    caplog.set_level(logging.DEBUG, logger="gateway")
    urls = {"postgresql": "postgresql://u:secret@127.0.0.1:1/g", "sqlite": f"sqlite:///{tmp_path}"}
    with pytest.raises(StoreUnavailable, match="cannot be reached: ") as told:
        async with Database(Settings(database_url=urls[kind])):
            raise AssertionError("it has started")
    where = {"postgresql": "@127.0.0.1:1/g", "sqlite": str(tmp_path)}
    assert str(told.value).endswith(where[kind])
    assert "secret" not in f"{told.value}{caplog.text}"
