"""A turn's place in its session: taken before the turn, and stored or given back after it.

Covers: the order of turns in a session in all gateways, named turns (request_id), storing a turn
whole or not at all, and deleting. Does not cover: the turn (gateway.turns).

A turn that continues a session takes two transactions, a new session's first turn one.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from gateway.database.failures import StoreUnavailable
from gateway.database.transactions import Database
from gateway.schemas import ChatResponse
from gateway.session_locks import SessionLocks
from gateway.sessions.errors import RequestRunning, SessionBusy, TooManySessions, TurnNotStored
from gateway.sessions.place import Asked, LeaseTaken, Place
from gateway.sessions.room import Room
from gateway.sessions.turn_rows import TurnRows
from gateway.settings import Settings

FIRST_PAUSE_S = 0.01
MAX_PAUSE_S = 0.1
"""Between two looks at a session that another gateway has; they grow by half each time."""
GIVE_BACK_S = 0.5
"""How long a failed turn, and the gateway's end, wait for sessions to be given back."""


class Places:
    """One for the whole process."""

    def __init__(self, database: Database, settings: Settings, locks: SessionLocks) -> None:
        self._rows = TurnRows(database, settings)
        self._locks = locks
        self._room = Room(settings.max_sessions)
        self._wait_s = settings.session_wait_ms / 1000
        self._lease_s = settings.session_lease_ms / 1000
        self._running: set[str] = set()
        self._giving_back: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def hold(self, asked: Asked) -> AsyncIterator[Place]:
        """The turn's place; nobody else has it until the block ends. Raise SessionError."""
        async with self._named_once(asked), self._alone(asked) as until:
            place = await self._take(asked, until)
            renewing = asyncio.create_task(self._renew(place)) if place.leases else None
            try:
                if asked.session_id is None and place.stored is None:
                    await self._need_room(asked.owner)
                    self._room.use(asked.owner)
                yield place
            finally:
                if renewing is not None:
                    renewing.cancel()
                if place.leases:
                    await self._give_back(place)

    async def store(self, place: Place, answer: ChatResponse) -> None:
        """Store the turn and give its place back, both or nothing.

        Raise SessionChanged or RequestReused where somebody came in between, or TurnNotStored.
        """
        try:
            await self._rows.append(place, answer)
        except StoreUnavailable as error:
            raise TurnNotStored(error) from error
        place.leases, place.stored = (), answer

    async def delete(self, session_id: str, owner: str) -> None:
        """Delete a session after the turn it may be in; raise SessionUnknown or SessionBusy."""
        async with self._locks.hold(session_id, self._wait_s):
            until = time.monotonic() + self._wait_s
            async for _ in _looks(session_id, until):
                with suppress(LeaseTaken):
                    await self._rows.delete(session_id, owner)
                    return

    async def close(self) -> None:
        """Wait a little for what is being given back; the other leases end by themselves."""
        if self._giving_back:
            _, late = await asyncio.wait(self._giving_back, timeout=GIVE_BACK_S)
            for task in late:
                task.cancel()

    @asynccontextmanager
    async def _named_once(self, asked: Asked) -> AsyncIterator[None]:
        """Refuse a second turn of the same name here; the database does it between gateways."""
        key = asked.request_key
        if key is None:
            yield
            return
        if key in self._running:
            raise RequestRunning(asked.request_id or "")
        self._running.add(key)
        try:
            yield
        finally:
            self._running.discard(key)

    @asynccontextmanager
    async def _alone(self, asked: Asked) -> AsyncIterator[float]:
        """First come, first served in this process; yields when waiting for others must end."""
        until = time.monotonic() + self._wait_s
        if asked.session_id is None:
            yield until
            return
        async with self._locks.hold(asked.session_id, self._wait_s) as waited:
            if waited:  # let other gateways look as well, or they would never get it
                await asyncio.sleep(random.uniform(MAX_PAUSE_S / 2, MAX_PAUSE_S))
            yield until

    async def _take(self, asked: Asked, until: float) -> Place:
        if asked.session_id is None and asked.request_id is None:
            return self._rows.first_place(asked)
        async for _ in _looks(asked.session_id or "", until):
            since = time.monotonic()
            with suppress(LeaseTaken):
                place = await self._rows.take(asked)
                place.taken_s = time.monotonic() - since
                return place
        raise AssertionError("looking ends with SessionBusy")

    async def _need_room(self, owner: str) -> None:
        if self._room.left(owner):
            return
        sessions = await self._rows.count(owner)
        self._room.counted(owner, sessions)
        if sessions >= self._room.most:
            raise TooManySessions(self._room.most)

    async def _renew(self, place: Place) -> None:
        """Until cancelled. Whether it is still ours is asked when the turn is stored."""
        while True:
            await asyncio.sleep(self._lease_s / 3)
            with suppress(StoreUnavailable):
                await self._rows.renew(place)

    async def _give_back(self, place: Place) -> None:
        """At any rate, even when the turn is being cancelled; behind its back if it takes long."""
        task = asyncio.create_task(self._release(place))
        self._giving_back.add(task)
        task.add_done_callback(self._giving_back.discard)
        await asyncio.wait({task}, timeout=GIVE_BACK_S)

    async def _release(self, place: Place) -> None:
        """Try until it is done, or until the lease has ended by itself."""
        until = time.monotonic() + self._lease_s
        while True:
            with suppress(StoreUnavailable):
                await self._rows.release(place)
                return
            if time.monotonic() > until:
                return
            await asyncio.sleep(GIVE_BACK_S)


async def _looks(session_id: str, until: float) -> AsyncIterator[None]:
    """Look again and again, with growing pauses; raise SessionBusy when the time is up."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise SessionBusy(session_id)
        await asyncio.sleep(min(left_s, random.uniform(pause_s / 2, pause_s)))
        pause_s = min(pause_s * 1.5, MAX_PAUSE_S)
