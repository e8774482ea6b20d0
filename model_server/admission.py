"""How many requests may be inside at once, and when one that is turned away should come back."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from services.chassis import Failure
from services.contract import ErrorCode

REMEMBERED = 64
MAX_RETRY_S = 60


class Admission:
    """A bound on the requests inside, running or waiting."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.inside = 0
        self._took_s: deque[float] = deque(maxlen=REMEMBERED)

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Be inside for the block. Raises Failure(overloaded) when as many as may be are."""
        if self.inside >= self.limit:
            message = (
                f"{self.inside} requests are inside, as many as may be "
                "(settings max_running and max_queue)"
            )
            raise Failure(ErrorCode.OVERLOADED, message, retry_after_s=self.retry_after_s())
        started_s = time.monotonic()
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1
            self._took_s.append(time.monotonic() - started_s)

    def retry_after_s(self) -> int:
        """About when all that is inside now has left: in the time that a request lately took."""
        mean_s = sum(self._took_s) / len(self._took_s) if self._took_s else 0.0
        return min(max(1, math.ceil(mean_s)), MAX_RETRY_S)
