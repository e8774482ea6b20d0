"""Keys as the guard asks for them, once a request: remembered for a short while.

Covers: how long what was found, or not found, is believed; how many look-ups the database gets at
once, so that guessing at keys takes neither its connections nor the gateway's memory.
Does not cover: the database (gateway.access.keys).

    Failure(UNAVAILABLE)   the database did not answer, or not in time: nobody is let in unchecked
    Failure(OVERLOADED)    too many look-ups wait already
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.access.keys import Key
from gateway.database.failures import StoreUnavailable
from services.chassis import Failure
from services.contract import ErrorCode

MAX_REMEMBERED = 4_096
"""Key ids, unknown ones included; the longest unasked goes first."""
MAX_AT_ONCE = 2
"""Look-ups the database gets at once."""
MAX_WAITING = 64
"""Look-ups at once and waiting; one more is refused."""
MAX_WAITING_FOR_KEYS = 128
"""The same for a key that was there when last asked for, so that whoever guesses at keys does not
keep out those who have one."""
RETRY_AFTER_S = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    key: Key | None
    until_s: float


class KeyLookup:
    def __init__(
        self,
        find: Callable[[str], Awaitable[Key | None]],
        *,
        remember_s: float,
        timeout_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._find = find
        self._remember_s = remember_s
        self._timeout_s = timeout_s
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._turnstile = asyncio.Semaphore(MAX_AT_ONCE)
        self._waiting = 0

    async def find(self, key_id: str) -> Key | None:
        known = self._known.get(key_id)
        now_s = self._clock()
        if known is not None and now_s < known.until_s:
            self._known.move_to_end(key_id)
            return known.key
        was_there = known is not None and known.key is not None
        key = await self._ask(key_id, MAX_WAITING_FOR_KEYS if was_there else MAX_WAITING)
        # From when it was asked, so that a revoked key is believed no longer than promised.
        self._known[key_id] = _Known(key, now_s + self._remember_s)
        self._known.move_to_end(key_id)
        if len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)
        return key

    async def _ask(self, key_id: str, most_waiting: int) -> Key | None:
        if self._waiting >= most_waiting:
            message = f"{self._waiting} API keys are already being looked up"
            raise Failure(ErrorCode.OVERLOADED, message, retry_after_s=RETRY_AFTER_S)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._timeout_s), self._turnstile:
                return await self._find(key_id)
        except (StoreUnavailable, TimeoutError) as error:
            _log.warning("an API key could not be looked up", extra={"kind": type(error).__name__})
            message = "API keys cannot be checked at the moment: the database does not answer"
            failure = Failure(ErrorCode.UNAVAILABLE, message, retry_after_s=RETRY_AFTER_S)
            raise failure from error
        finally:
            self._waiting -= 1
