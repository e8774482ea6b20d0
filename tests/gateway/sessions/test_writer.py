"""The thread that writes to a SQLite file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from gateway.database.engine import make_writer
from gateway.database.url import checked_url
from gateway.database.writer import Writer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[Writer]:
    made = make_writer(checked_url(f"sqlite:///{tmp_path}/written.db"), 5.0)
    assert made is not None
    await made.run(lambda db: db.execute(text("CREATE TABLE said (word TEXT)")))
    yield made
    await made.close()


def say(db: Connection, word: str) -> None:
    db.execute(text("INSERT INTO said VALUES (:word)"), {"word": word})


async def said(writer: Writer) -> list[str]:
    return await writer.run(lambda db: list(db.scalars(text("SELECT word FROM said"))))


async def test_work_is_kept_whole_or_undone(writer: Writer) -> None:
    def half(db: Connection) -> None:
        say(db, "half")
        raise KeyError

    await writer.run(lambda db: say(db, "whole"))
    with pytest.raises(KeyError):
        await writer.run(half)
    assert await said(writer) == ["whole"]


async def test_work_that_nobody_waits_for_any_more_is_undone(writer: Writer) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(db: Connection) -> None:
        say(db, "too late")
        begun.set()
        assert go_on.wait(10)

    task = asyncio.create_task(writer.run(slow))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.wait({task})
    go_on.set()
    assert task.cancelled()
    assert await said(writer) == []


def test_only_a_file_has_a_writer_of_its_own() -> None:
    assert make_writer(checked_url("sqlite://"), 5.0) is None
    assert make_writer(checked_url("postgresql://localhost/groundling"), 5.0) is None
