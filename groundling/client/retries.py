"""When a turn is asked again, and after how long.

Covers: the decision. Does not cover: waiting and asking (groundling.client.blocking and
asynchronous), which they do only before a turn's first event. A turn that is asked twice runs once:
its request_id names it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from groundling.client.errors import ClientError, GatewayError, NotRunning

WORTH_ASKING_AGAIN = (429, 503)


@dataclass(frozen=True, slots=True)
class Retries:
    """Turns are asked again when no connection could be made, and after a 429 or 503 with
    Retry-After. `Retries(0)`: never."""

    limit: int = 2
    """Times that a turn is asked again."""
    first_wait_s: float = 0.25
    """Before the first retry at most; doubled for each further one, and drawn at random (full
    jitter, see the AWS Architecture Blog, "Exponential Backoff And Jitter")."""
    longest_wait_s: float = 30.0
    """A gateway that asks for a longer wait is not asked again."""

    def wait_s(self, error: ClientError, attempt: int) -> float | None:
        """Seconds to wait after attempt number `attempt`, from 0, failed; None: give up."""
        if attempt >= self.limit:
            return None
        jitter_s = random.uniform(0, min(self.first_wait_s * 2**attempt, self.longest_wait_s))
        match error:
            case NotRunning():
                return jitter_s
            case GatewayError(status=status, retry_after_s=float(asked_s)) if (
                status in WORTH_ASKING_AGAIN and asked_s <= self.longest_wait_s
            ):
                return asked_s + jitter_s
        return None
