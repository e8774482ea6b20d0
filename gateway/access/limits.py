"""How many turns a key may take: so many a minute, so many at once.

Covers: a token bucket per key (burst: one minute's turns) and a count of those running, in this
process. Does not cover: other gateways on the same database (each counts for itself), or what all
callers together may take (setting max_concurrent).
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.chassis import Failure
from services.contract import ErrorCode

FULL_AFTER_S = 60.0
"""A bucket that nobody drew from for so long is full again, as a new one is: it is dropped."""
RUNNING_RETRY_S = 1


@dataclass(slots=True)
class _Bucket:
    turns: float
    at_s: float


class KeyLimits:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()  # the longest unused first
        self._running: Counter[str] = Counter()

    @contextmanager
    def turn(self, key_id: str, per_minute: int, at_once: int) -> Iterator[None]:
        """Hold it while the turn runs. Failure(RATE_LIMITED) when the key has none left."""
        if self._running[key_id] >= at_once:
            message = f"this API key already runs {at_once} turns at once, as many as it may"
            raise Failure(ErrorCode.RATE_LIMITED, message, retry_after_s=RUNNING_RETRY_S)
        self._draw(key_id, per_minute)
        self._running[key_id] += 1
        try:
            yield
        finally:
            self._running[key_id] -= 1
            if not self._running[key_id]:
                del self._running[key_id]

    def _draw(self, key_id: str, per_minute: int) -> None:
        now_s = self._clock()
        self._drop_full(now_s)
        per_second = per_minute / 60
        bucket = self._buckets.setdefault(key_id, _Bucket(per_minute, now_s))
        self._buckets.move_to_end(key_id)
        refilled = bucket.turns + (now_s - bucket.at_s) * per_second
        bucket.turns, bucket.at_s = min(float(per_minute), refilled), now_s
        if bucket.turns < 1:
            wait_s = max(1, math.ceil((1 - bucket.turns) / per_second))
            message = f"this API key may take {per_minute} turns a minute; try again in {wait_s} s"
            raise Failure(ErrorCode.RATE_LIMITED, message, retry_after_s=wait_s)
        bucket.turns -= 1

    def _drop_full(self, now_s: float) -> None:
        while self._buckets:
            key_id, bucket = next(iter(self._buckets.items()))
            if now_s - bucket.at_s < FULL_AFTER_S:
                return
            del self._buckets[key_id]

    @property
    def remembered(self) -> int:
        """Keys whose turns are counted at the moment."""
        return len(self._buckets.keys() | self._running.keys())
