"""Threads for work that would hold up the event loop, with a bound on how much of it may wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from services.chassis import Failure
from services.contract import ErrorCode

T = TypeVar("T")


class Pool:
    def __init__(self, name: str, threads: int, max_waiting: int) -> None:
        """max_waiting: calls running or waiting at once; one more fails as overloaded."""
        self._name = name
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._max_waiting = max_waiting
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Raises Failure(OVERLOADED) when too much is waiting. Cut off, work not begun is dropped;
        a thread cannot be stopped, and counts as waiting until it ends."""
        if self._waiting >= self._max_waiting:
            raise Failure(
                ErrorCode.OVERLOADED, f"too much is waiting for {self._name}", retry_after_s=1
            )
        future = self._executor.submit(work)
        self._waiting += 1
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: _soon(loop, self._ended))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Work not begun is dropped; what runs is not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _ended(self) -> None:
        self._waiting -= 1


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
