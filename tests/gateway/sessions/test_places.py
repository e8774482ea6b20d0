"""Turns take their place in a session one after another, whichever gateway runs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from gateway.database.failures import StoreUnavailable
from gateway.database.transactions import Database
from gateway.sessions.errors import (
    RequestReused,
    RequestRunning,
    SessionBusy,
    SessionChanged,
    SessionUnknown,
)
from gateway.sessions.leases import take
from gateway.sessions.place import Asked, Place
from gateway.sessions.places import Places
from gateway.sessions.store import SessionStore
from gateway.settings import Settings

pytestmark = pytest.mark.anyio

Ask = Callable[..., Asked]
Say = Callable[..., Awaitable[str]]
MakePlaces = Callable[..., Places]


@pytest.fixture
async def other(settings: Settings, database: Database) -> AsyncIterator[Database]:
    """Another gateway's connections to the same database."""
    async with Database(settings) as other:
        yield other


@asynccontextmanager
async def dead_gateways_lease(database: Database, session_id: str) -> AsyncIterator[None]:
    """A lease that nobody gives back, and that has not ended yet."""
    async with database.writing() as db:
        assert await db.run_sync(take, session_id, "dead", 60.0)
    yield
    async with database.writing() as db:
        await db.execute(text("UPDATE session_leases SET expires_at = 1"))


async def _leases(database: Database) -> int:
    async with database.reading() as db:
        return int(await db.scalar(text("SELECT count(*) FROM session_leases")) or 0)


async def test_a_turn_sees_all_that_another_gateway_stored_before_it(
    database: Database, other: Database, places_of: MakePlaces, say: Say
) -> None:
    gateways = places_of(database), places_of(other)
    session_id = await say(gateways[0])
    seen = []

    async def look(place: Place) -> None:
        seen.append([turn.content for turn in place.dialog if turn.role == "user"])

    async with asyncio.timeout(30):
        turns = (
            say(gateways[n % 2], look, session_id=session_id, message=f"{n}") for n in range(12)
        )
        await asyncio.gather(*turns)
    stored = [turn.message for turn in (await SessionStore(database).read(session_id, "me")).turns]
    assert sorted(stored) == sorted(["hello", *map(str, range(12))])
    assert seen == [stored[max(0, n - 8) : n] for n in range(1, 13)]
    assert await _leases(database) == 0


async def test_a_gateway_with_many_waiting_turns_lets_others_in_between(
    database: Database, other: Database, places_of: MakePlaces, say: Say
) -> None:
    busy = places_of(database)
    session_id = await say(busy)
    rest: list[asyncio.Task[str]] = []

    async def others_come(_: Place) -> None:
        rest.append(asyncio.create_task(say(places_of(other), session_id=session_id, message="B")))
        rest.extend(asyncio.create_task(say(busy, session_id=session_id)) for _ in range(12))
        await asyncio.sleep(0)

    async with asyncio.timeout(30):
        await say(busy, others_come, session_id=session_id)
        await asyncio.gather(*rest)
    stored = (await SessionStore(database).read(session_id, "me")).turns
    assert [turn.message for turn in stored].index("B") < len(stored) - 1


async def test_a_turn_waits_for_another_gateways_no_longer_than_it_may(
    database: Database, other: Database, places_of: MakePlaces, say: Say, asked: Ask
) -> None:
    session_id = await say(places_of(database))
    impatient = places_of(other, session_wait_ms=30)
    async with places_of(database).hold(asked(session_id=session_id)):
        with pytest.raises(SessionBusy, match=session_id):
            await say(impatient, session_id=session_id)
        with pytest.raises(SessionBusy, match=session_id):
            await impatient.delete(session_id, "me")
    await say(impatient, session_id=session_id)


async def test_a_dead_gateways_lease_ends(
    database: Database, places_of: MakePlaces, say: Say
) -> None:
    places = places_of(database, session_wait_ms=30)
    session_id = await say(places)
    async with dead_gateways_lease(database, session_id):
        with pytest.raises(SessionBusy):
            await say(places, session_id=session_id)
    await say(places, session_id=session_id)
    assert await _leases(database) == 0


async def test_a_turn_that_lost_its_lease_is_not_stored(
    database: Database, other: Database, places_of: MakePlaces, say: Say
) -> None:
    places = places_of(database)
    session_id = await say(places)

    async def overtake(_: Place) -> None:
        async with database.writing() as db:
            await db.execute(text("UPDATE session_leases SET expires_at = 1"))
        await say(places_of(other), session_id=session_id, message="overtaking")

    with pytest.raises(SessionChanged, match=session_id):
        await say(places, overtake, session_id=session_id, message="slow")
    stored = await SessionStore(database).read(session_id, "me")
    assert [turn.message for turn in stored.turns] == ["hello", "overtaking"]


async def test_a_running_turn_renews_its_lease(
    database: Database, places_of: MakePlaces, say: Say, asked: Ask
) -> None:
    places = places_of(database, session_lease_ms=30)
    session_id = await say(places)
    ends = text("SELECT expires_at FROM session_leases")
    async with asyncio.timeout(10), places.hold(asked(session_id=session_id)):
        async with database.reading() as db:
            first = await db.scalar(ends)
        later = first
        while later == first:
            await asyncio.sleep(0.005)
            async with database.reading() as db:
                later = await db.scalar(ends)
        assert later > first


@pytest.mark.parametrize("how", ["fails", "is cancelled", "is cancelled twice"])
async def test_a_turn_that_does_not_end_well_leaves_nothing_and_gives_its_session_back(
    how: str, database: Database, places_of: MakePlaces, say: Say, asked: Ask
) -> None:
    places = places_of(database)
    session_id = await say(places)
    holding = asyncio.Event()

    async def turn() -> None:
        async with places.hold(asked(session_id=session_id, request_id="a")):
            holding.set()
            if how == "fails":
                raise ValueError
            await asyncio.Event().wait()

    running = asyncio.create_task(turn())
    await holding.wait()
    for _ in range(how.count("cancelled") + how.count("twice")):
        running.cancel()
        await asyncio.sleep(0)
    with pytest.raises((ValueError, asyncio.CancelledError)):
        await running
    await places.close()
    assert await _leases(database) == 0
    assert len((await SessionStore(database).read(session_id, "me")).turns) == 1
    await say(places, session_id=session_id)


async def test_a_session_deleted_by_one_gateway_is_gone_for_the_turn_that_waited(
    database: Database, other: Database, places_of: MakePlaces, say: Say
) -> None:
    session_id = await say(places_of(database))
    await places_of(other).delete(session_id, "me")
    with pytest.raises(SessionUnknown):
        await say(places_of(database), session_id=session_id)
    assert await _leases(database) == 0


async def test_a_named_turn_is_run_once_and_given_again(
    database: Database, other: Database, places_of: MakePlaces, say: Say, asked: Ask
) -> None:
    one, two = places_of(database), places_of(other)
    session_id = await say(one, request_id="a")
    for places, given in ((one, None), (two, None), (two, session_id)):
        async with places.hold(asked(request_id="a", session_id=given)) as place:
            assert place.stored is not None
            assert place.stored.session_id == session_id
    assert len((await SessionStore(database).read(session_id, "me")).turns) == 1
    assert await _leases(database) == 0


async def test_a_name_for_two_turns_is_refused_and_is_its_owners_alone(
    database: Database, places_of: MakePlaces, say: Say
) -> None:
    places = places_of(database)
    session_id = await say(places, request_id="a")
    elsewhere = await say(places)
    for other in ({"message": "else"}, {"session_id": elsewhere}):
        with pytest.raises(RequestReused, match="a has named another turn"):
            await say(places, request_id="a", **other)
    later = await say(places, request_id="b", session_id=session_id)
    with pytest.raises(RequestReused):  # it was the second turn of a session, not a new one
        await say(places, request_id="b")
    assert later == session_id
    assert await say(places, request_id="a", owner="you") != session_id
    assert await _leases(database) == 0


async def test_a_named_turn_that_still_runs_is_not_run_again(
    database: Database, other: Database, places_of: MakePlaces, say: Say, asked: Ask
) -> None:
    one, two = places_of(database), places_of(other)

    async def ask_again(_: Place) -> None:
        for places in (one, two):
            with pytest.raises(RequestRunning, match="a"):
                await say(places, request_id="a")

    await say(one, ask_again, request_id="a")
    async with two.hold(asked(request_id="a")) as place:
        assert place.stored is not None


async def test_a_named_turn_that_failed_may_be_asked_again(
    database: Database, places_of: MakePlaces, say: Say, asked: Ask
) -> None:
    places = places_of(database)
    with pytest.raises(StoreUnavailable):
        async with places.hold(asked(request_id="a")):
            raise StoreUnavailable
    await say(places, request_id="a")
