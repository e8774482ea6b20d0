"""Threads that run one compiled function together, kept between calls."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

Work = tuple[Callable[..., None], tuple[Any, ...]]


class Team:
    """The caller's thread and threads - 1 helpers, which sleep between calls.

    No pool of torch's or numba's is used, so that nobody's setting of theirs matters here.
    """

    def __init__(self, threads: int) -> None:
        if threads < 1:
            raise ValueError(f"{threads} threads; at least 1 is needed")
        self._queues: list[SimpleQueue[Work | None]] = [SimpleQueue() for _ in range(threads - 1)]
        self._threads = [
            Thread(target=_help, args=(number, queue), name=f"int8-{number}", daemon=True)
            for number, queue in enumerate(self._queues, 1)
        ]
        for thread in self._threads:
            thread.start()
        self._finish = weakref.finalize(self, _stop, self._queues)

    def run(self, function: Callable[..., None], *arguments: Any) -> None:
        """function(number, *arguments) in every thread, the caller's being number 0.

        Returns when the caller's own call does. A helper may start late, even after that: the
        function must be complete without it, and find nothing to do then.
        """
        for queue in self._queues:
            queue.put((function, arguments))
        function(0, *arguments)

    def close(self) -> None:
        """End the helpers; returns when they have ended. Calling it again does nothing."""
        self._finish()
        for thread in self._threads:
            thread.join()


def _stop(queues: list[SimpleQueue[Work | None]]) -> None:
    for queue in queues:
        queue.put(None)


def _help(number: int, queue: SimpleQueue[Work | None]) -> None:
    while (work := queue.get()) is not None:
        work[0](number, *work[1])
        del work  # or the arrays would live until the next call
