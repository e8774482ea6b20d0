"""A circuit breaker: a tool that keeps failing is not asked for a while (M. Nygard, Release It!).

    closed ──failures in a row──▶ open ──open_s──▶ half-open ──a probe answers──▶ closed
                                   ▲                   │
                                   └───a probe fails───┘

Covers: when a tool may be asked, by the outcomes of earlier calls; half-open, one call at a time
tries it. Each transition is a line in the log, at WARNING, with the tool's name. Does not cover:
which outcome a call has, or the call (gateway.toolset).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

log = logging.getLogger(__name__)

Outcome = Literal["success", "failure", "unknown"]
"""unknown: the call shows nothing of the tool, as when it was given up because the client left."""


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    failures: int
    """In a row, after which the breaker opens."""
    open_s: float
    """How long it stays open."""


class Breaker:
    def __init__(
        self, name: str, limits: BreakerLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._limits = limits
        self._clock = clock
        self._failed = 0
        self._opened_at: float | None = None
        self._probing = False
        self._state = 0
        """Counts the transitions: what a call of an earlier state ends with says nothing."""

    def enter(self) -> int | None:
        """A permit for one call, to be handed to `leave` however it ends; None: not now."""
        if self._opened_at is None:
            return self._state
        if self._probing or self._clock() < self._opened_at + self._limits.open_s:
            return None
        self._probing = True
        self._move("half-open")
        return self._state

    def leave(self, permit: int, outcome: Outcome) -> None:
        if permit != self._state:
            return
        probed, self._probing = self._probing, False
        if outcome == "success":
            self._failed, self._opened_at = 0, None
            if probed:
                self._move("closed")
        elif outcome == "failure":
            self._failed += 1
            if probed or self._failed >= self._limits.failures:
                self._opened_at = self._clock()
                self._move("open")

    def _move(self, state: str) -> None:
        self._state += 1
        log.warning("breaker", extra={"tool": self._name, "state": state})
