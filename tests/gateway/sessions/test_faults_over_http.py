"""What a client is told, in both modes, when the database fails in mid-turn; what works later."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event

from gateway.app import build
from gateway.database.transactions import Database
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

Locked = Callable[[], AbstractAsyncContextManager[None]]
LARGE = "large " * 600


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"database_timeout_ms": 200, "session_lease_ms": 1000})


async def _say(client: Any, world: Any, draft: Any = "Hi.", **body: Any) -> httpx.Response:
    world.model.extend([draft, "User, Hi!"])
    answer: httpx.Response = await client.post("/v1/chat", json={"message": "x", **body})
    return answer


def _drafting(then: Callable[[], Awaitable[object]]) -> Callable[[Any], Awaitable[str]]:
    """The model server's draft, while which something happens."""

    async def draft(_: Any) -> str:
        await then()
        return "draft"

    return draft


def _assert_not_stored(plain: httpx.Response, streamed: list[Any], how: str) -> None:
    name, failed = streamed[-1]
    assert (plain.status_code, "retry-after" in plain.headers, name) == (503, True, "error")
    for error in (plain.json()["error"], failed["error"]):
        assert error["code"] == "unavailable"
        assert how in error["message"]
        assert error["message"].endswith("; the turn could not be stored")


async def test_a_database_locked_in_mid_turn(
    app: FastAPI, world: Any, serve: Any, events: Any, locked: Locked
) -> None:
    said = []
    async with serve(app) as client, asyncio.timeout(20):
        for stream in (False, True):
            lock = locked()
            said.append(await _say(client, world, _drafting(lock.__aenter__), stream=stream))
            await lock.__aexit__(None, None, None)
        none = (await client.get("/v1/sessions")).json()["sessions"]
        async with locked():
            early = await client.post("/v1/chat", json={"message": "x", "session_id": "s"})
    _assert_not_stored(said[0], events(said[1].text), "the database")
    assert (early.status_code, "retry-after" in early.headers) == (503, True)
    assert none == []


async def test_a_database_gone_in_mid_turn(
    app: FastAPI, world: Any, serve: Any, events: Any, outage: Any
) -> None:
    said = []
    async with serve(app) as client, asyncio.timeout(120):
        first = (await _say(client, world, message="1")).json()
        for stream in (False, True):
            body = {"session_id": first["session_id"], "stream": stream}

            async def begin() -> None:
                await asyncio.to_thread(outage.begin)

            try:
                said.append(await _say(client, world, _drafting(begin), message="2", **body))
                away = await client.get("/v1/sessions")
                unready = await client.get("/readyz")
            finally:
                await asyncio.to_thread(outage.end)
            assert (away.status_code, unready.status_code) == (503, 503)
        again = await _say(client, world, message="2", **body | {"stream": False})
        session = (await client.get(f"/v1/sessions/{first['session_id']}")).json()
    _assert_not_stored(said[0], events(said[1].text), "the database")
    assert again.status_code == 200
    assert [turn["answer"] for turn in session["turns"]] == [first, again.json()]


@contextmanager
def _no_larger(pages: int) -> Iterator[None]:
    """SQLite files that are opened within may have so many pages."""

    def bound(connection: Any, _: object) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", bound)
    try:
        yield
    finally:
        event.remove(Engine, "connect", bound)


async def test_a_full_database(
    settings: Settings, tmp_path: Path, world: Any, serve: Any, events: Any
) -> None:
    if not settings.sessions_url.startswith("sqlite"):
        pytest.skip("only SQLite can be told how large it may grow")
    async with Database(settings):
        pass  # makes the tables
    with sqlite3.connect(tmp_path / "sessions.db") as db:
        db.execute("VACUUM")  # no page is free
        [[pages]] = db.execute("PRAGMA page_count")
    db.close()
    with _no_larger(pages):
        async with serve(build(settings, world)) as client, asyncio.timeout(20):
            first = (await _say(client, world)).json()
            said = [
                await _say(
                    client, world, message=LARGE, session_id=first["session_id"], stream=stream
                )
                for stream in (False, True)
            ]
            session = (await client.get(f"/v1/sessions/{first['session_id']}")).json()
    _assert_not_stored(said[0], events(said[1].text), "the database is full")
    assert [turn["answer"] for turn in session["turns"]] == [first]
