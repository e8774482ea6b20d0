"""A turn that is to be stored, and its place in its session.

Covers: the types that storing and running a turn share. Does not cover: how a place is taken
(gateway.sessions.places).
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.schemas import ChatResponse
from services.contract import Turn


class LeaseTaken(Exception):
    """Another gateway runs a turn of this session now."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn that is to be stored, as its client asked for it."""

    turn_id: str
    owner: str
    message: str
    role: str | None
    session_id: str | None
    """None: a new session, `new_session_id`."""
    request_id: str | None
    new_session_id: str

    @property
    def request_key(self) -> str | None:
        return None if self.request_id is None else f"{self.owner}:{self.request_id}"


@dataclass(slots=True)
class Place:
    """Where a turn goes, and what came before it."""

    asked: Asked
    session_id: str
    position: int
    role: str | None
    """The session's."""
    dialog: list[Turn]
    """Its latest turns, oldest first: what was said, without how it came about."""
    leases: tuple[str, ...]
    """Held until the turn is stored or given up; the turn's id is their holder."""
    taken_s: float = 0.0
    """Time that taking it took, without the wait for others."""
    stored: ChatResponse | None = None
    """The turn as it is stored. There before it has run: this request_id named it already."""
