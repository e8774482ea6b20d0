"""Which databases can be named, and what one that cannot is told."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

import pytest

from gateway.database import engine
from gateway.database.engine import checked_url
from gateway.database.failures import StoreUnavailable
from gateway.database.transactions import Database
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
    ],
)
def test_a_plain_url_gets_its_driver(named: str, used: str) -> None:
    assert checked_url(named).render_as_string(hide_password=False) == used


@pytest.mark.parametrize(
    "named", ["", "sessions.db", "mysql://u:secret@db/g", "postgresql+psycopg2://u:secret@db/g"]
)
def test_another_url_is_refused_without_its_password(named: str) -> None:
    with pytest.raises(SettingsError, match=r"DATABASE_URL.*postgresql://.*sqlite:////") as told:
        checked_url(named)
    assert "secret" not in str(told.value)


def test_a_missing_driver_is_told_by_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        engine, "find_spec", lambda name: None if name == "asyncpg" else importlib.util.find_spec
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
    assert urls[kind].rpartition("@")[2].removeprefix("sqlite://") in str(told.value)
    assert "secret" not in f"{told.value}{caplog.text}"
