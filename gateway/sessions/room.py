"""How many sessions a caller may still begin, without counting them for each.

Covers: the allowance. Does not cover: counting (gateway.sessions.turn_rows).

They are counted anew when a sixteenth of the room there was has been used: up to sixteen gateways
then come near the limit together without passing it, but for turns that run at that moment.
"""

from __future__ import annotations

from collections import OrderedDict

SHARE = 16
MAX_OWNERS = 10_000
"""Callers remembered; one that is forgotten is counted anew."""


class Room:
    def __init__(self, most: int) -> None:
        self.most = most
        self._allowance: OrderedDict[str, int] = OrderedDict()

    def left(self, owner: str) -> bool:
        """Whether one more may begin without counting."""
        return self._allowance.get(owner, 0) > 0

    def use(self, owner: str) -> None:
        self._allowance[owner] = max(0, self._allowance.get(owner, 0) - 1)
        self._allowance.move_to_end(owner)

    def counted(self, owner: str, sessions: int) -> None:
        self._allowance[owner] = max(0, self.most - sessions) // SHARE
        self._allowance.move_to_end(owner)
        while len(self._allowance) > MAX_OWNERS:
            self._allowance.popitem(last=False)
