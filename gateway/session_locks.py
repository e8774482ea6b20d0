"""One turn at a time in each session.

Covers: turns within this process. Does not cover: several gateways over one database
(gateway.sessions.leases).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.sessions.errors import SessionBusy


class SessionLocks:
    """A lock per session, kept only while someone holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def hold(self, session_id: str, wait_s: float) -> AsyncIterator[bool]:
        """Hold the session's lock; raise SessionBusy after `wait_s`. First come, first served.

        Yields whether another had it and was waited for.
        """
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        self._users[session_id] += 1
        waited = self._users[session_id] > 1
        try:
            try:
                async with asyncio.timeout(wait_s):
                    await lock.acquire()
            except TimeoutError as error:
                raise SessionBusy(session_id) from error
            try:
                yield waited
            finally:
                lock.release()
        finally:
            self._users[session_id] -= 1
            if not self._users[session_id]:
                del self._users[session_id], self._locks[session_id]
