"""One thread for the model, and a bounded queue before it.

The model uses every core it is given, so calls run one after another. A caller that goes away, or
whose deadline passes, stops its own call at the next step and leaves the queue at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from model_server.engine.decode import Cancelled, ContextOverflowError
from services.chassis import Failure
from services.contract import ErrorCode

T = TypeVar("T")

RETRY_AFTER_S = 5


class Worker:
    def __init__(self, max_queue: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._max_queue = max_queue
        self._inside = 0

    @property
    def waiting(self) -> int:
        """Calls in the queue, the running one not counted."""
        return max(0, self._inside - 1)

    async def run(self, work: Callable[[Cancelled], T]) -> T:
        """Run `work` on the model's thread. Failure: overloaded (queue full), invalid_request."""
        if self.waiting >= self._max_queue:
            raise Failure(
                ErrorCode.OVERLOADED,
                f"{self.waiting} requests are waiting; at most {self._max_queue} may "
                "(setting max_queue)",
                retry_after_s=RETRY_AFTER_S,
            )
        cancelled = threading.Event()
        loop = asyncio.get_running_loop()
        self._inside += 1
        future = self._executor.submit(work, cancelled.is_set)
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._left))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        except ContextOverflowError as error:
            raise Failure(ErrorCode.INVALID_REQUEST, str(error)) from error

    def _left(self) -> None:
        self._inside -= 1

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
