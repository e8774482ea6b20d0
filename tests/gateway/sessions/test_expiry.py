"""Old sessions go, those in use stay, whoever sweeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from gateway.database.transactions import Database
from gateway.sessions.expiry import BATCH, sweep, sweeping
from gateway.sessions.leases import take
from gateway.sessions.place import Asked, Place
from gateway.sessions.places import Places
from gateway.sessions.store import SessionStore
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

Say = Callable[..., Awaitable[str]]
MakePlaces = Callable[..., Places]
OLD = "2020-01-01T00:00:00.000+00:00"


@pytest.fixture
def expiring(settings: Settings) -> Settings:
    return settings.model_copy(update={"session_ttl_days": 30.0, "session_sweep_ms": 5})


async def _grow_old(database: Database, *kept: str) -> None:
    async with database.writing() as db:
        await db.execute(text("UPDATE sessions SET updated_at = :old"), {"old": OLD})
        for session_id in kept:
            fresh = text("UPDATE sessions SET updated_at = created_at WHERE id = :id")
            await db.execute(fresh, {"id": session_id})


async def _rows(database: Database, table: str) -> int:
    async with database.reading() as db:
        return int(await db.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_only_what_is_old_goes_and_with_its_turns(
    database: Database, places_of: MakePlaces, say: Say, expiring: Settings
) -> None:
    places = places_of(database)
    fresh = [await say(places) for _ in range(3)][1]
    await _grow_old(database, fresh)
    assert await sweep(database, expiring) == 2
    left = (await SessionStore(database).list("me", 10, None)).sessions
    assert [one.session_id for one in left] == [fresh]
    assert (await _rows(database, "turns"), await _rows(database, "session_leases")) == (1, 0)


async def test_a_session_in_which_a_turn_runs_is_spared(
    database: Database, places_of: MakePlaces, say: Say, expiring: Settings
) -> None:
    places = places_of(database)
    session_id = await say(places)
    await _grow_old(database)

    async def sweep_meanwhile(_: Place) -> None:
        assert await sweep(database, expiring) == 0

    await say(places, sweep_meanwhile, session_id=session_id)
    assert len((await SessionStore(database).read(session_id, "me")).turns) == 2


async def test_without_a_limit_of_days_nothing_goes_but_dead_leases(
    database: Database, places_of: MakePlaces, say: Say, settings: Settings
) -> None:
    await say(places_of(database))
    await _grow_old(database)
    async with database.writing() as db:
        await db.run_sync(take, "dead", "gone", -60.0)
        await db.run_sync(take, "alive", "here", 60.0)
    assert await sweep(database, settings) == 0
    assert (await _rows(database, "sessions"), await _rows(database, "session_leases")) == (1, 1)


async def test_two_gateways_that_sweep_at_once_do_no_harm(
    database: Database, places_of: MakePlaces, asked: Callable[..., Asked], expiring: Settings
) -> None:
    rows = 2 * BATCH + 7
    columns = "id, owner, title, created_at, updated_at, turns, bytes"
    async with database.writing() as db:
        for n in range(rows):
            values = f"'s{n}', 'me', 't', '{OLD}', '{OLD}', 0, 0"
            await db.execute(text(f"INSERT INTO sessions ({columns}) VALUES ({values})"))
    async with Database(expiring) as other:
        swept = await asyncio.gather(*(sweep(one, expiring) for one in (database, other)))
    assert sum(swept) == rows
    assert (await _rows(database, "sessions"), await _rows(database, "session_leases")) == (0, 0)


async def test_the_gateway_sweeps_by_itself_and_goes_on_after_a_failure(
    database: Database, places_of: MakePlaces, say: Say, expiring: Settings
) -> None:
    await say(places_of(database))
    await _grow_old(database)
    async with database.writing() as db:
        await db.execute(text("ALTER TABLE session_leases RENAME TO away"))
    async with asyncio.timeout(10), sweeping(database, expiring):
        await asyncio.sleep(0.05)
        assert await _rows(database, "sessions") == 1
        async with database.writing() as db:
            await db.execute(text("ALTER TABLE away RENAME TO session_leases"))
        while await _rows(database, "sessions"):  # noqa: ASYNC110 - nothing tells of a sweep
            await asyncio.sleep(0.005)
