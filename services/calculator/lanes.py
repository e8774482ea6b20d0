"""Two lanes, so that inputs that take long hold up none that do not.

Every input is tried in the quick lane, for a twentieth of a second or so. What is cut there goes to
the slow lane and is computed again from the start, with the full time. Its workers start when a
quick one is ready.

Only algebra and long texts take long, so in the quick lane everything else goes before them: a
plain sum waits for what is being tried, not for what may take long behind that, however much.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

from services.calculator.pool import WorkerPool
from services.chassis import Failure
from services.contract import ErrorCode

_ALGEBRA = re.compile(
    r"=|∫|d ?/ ?d|solv|solution|roots of|zero|simplif|expand|multiply out|factor"
    r"|deriv|differentiat|integra",
    re.IGNORECASE,
)
"""The words of algebra in grammar.lark, or a little more: here it is only who comes first."""
_LONG = 150  # characters; 2,000 take tenths of a second to read


class Lanes:
    def __init__(self, quick: WorkerPool, slow: WorkerPool) -> None:
        self._quick = quick
        self._slow = slow
        self._starting: asyncio.Task[None] | None = None

    @property
    def problem(self) -> str | None:
        """Why nothing can be computed now; None when a quick worker is alive."""
        return self._quick.problem

    def start(self) -> None:
        """Start the workers; returns at once."""
        self._quick.start()
        self._starting = asyncio.create_task(self._start_slow())

    async def stop(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            with suppress(asyncio.CancelledError):
                await self._starting
        await asyncio.gather(self._quick.stop(), self._slow.stop())

    async def calculate(self, text: str) -> list[str] | None:
        """As WorkerPool.calculate; DEADLINE is the slow lane's."""
        try:
            return await self._quick.calculate(text, long=_may_take_long(text))
        except Failure as failure:
            if failure.code is not ErrorCode.DEADLINE:
                raise
        return await self._slow.calculate(text)

    async def _start_slow(self) -> None:
        await self._quick.ready.wait()
        self._slow.start()


def _may_take_long(text: str) -> bool:
    return len(text) > _LONG or _ALGEBRA.search(text) is not None
