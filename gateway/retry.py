"""When a call of another process is made again, and how long is waited before.

Covers: the number of tries and the waits: exponential, "full jitter" (M. Brooker, Exponential
Backoff And Jitter, AWS architecture blog, 2015), or what the other side asks for. Does not cover:
which failures are worth it: those of calls that were not answered (gateway.research,
gateway.toolset). All calls only read, so that one that is made twice does no harm.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retries:
    most: int
    """Calls made again at most; 0: none is."""
    base_s: float
    """First wait at most; doubled for each further one."""
    draw: Callable[[], float] = random.random
    """A share of the longest wait, from 0 to 1."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def wait(self, made: int, left_s: float, retry_after_s: float | None) -> bool:
        """Wait before retry number `made`, from 0; False, at once: it is not to be made.

        `retry_after_s` is what the other side asks for, if anything; a wait that would leave
        nothing of `left_s` is not begun.
        """
        if made >= self.most:
            return False
        wait_s = retry_after_s
        if wait_s is None:
            wait_s = self.draw() * self.base_s * 2**made
        if wait_s >= left_s:
            return False
        await self.sleep(wait_s)
        return True


NO_RETRIES = Retries(0, 0.0)
