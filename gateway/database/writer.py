"""The one writer of a SQLite file: a thread with a connection of its own, one transaction a trip.

SQLAlchemy's asynchronous way makes three trips to a thread for each statement; a turn's storing
takes a quarter of the time so (docs/gateway_speed.md). PostgreSQL needs no thread, nor this.

Covers: running a function in a transaction, and undoing what nobody waits for any more. Does not
cover: who may write when, deadlines, and what failures mean (gateway.database.transactions).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")


class _GivenUp(Exception):
    """Whoever asked for the transaction has been told that it failed."""


class Writer:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "database-writer")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns; kept whole, and undone if it raises or this is cancelled."""
        given_up = threading.Event()

        def transaction() -> T:
            with self._engine.begin() as connection:
                done = work(connection)
                if given_up.is_set():
                    raise _GivenUp
                return done

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)
        finally:
            given_up.set()

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False)
