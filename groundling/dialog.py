"""Where a chat in the terminal is: its session, its role, and the message that waits for an answer.

Does not cover: asking (groundling.chat) or commands (groundling.chat_commands).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from gateway.schemas import ChatResponse, SessionInfo
from groundling.client import TurnOptions


@dataclass(frozen=True, slots=True)
class Asked:
    message: str
    request_id: str = field(default_factory=lambda: uuid4().hex)
    """The same when it is asked again, so that a turn which was stored after all is not run
    twice."""


@dataclass(slots=True)
class Dialog:
    session_id: str | None = None
    role: str | None = None
    """Of a dialog that begins now; a session keeps the role it began with."""
    asked: Asked | None = None
    """The latest message; under a new name once it is answered."""
    listed: list[SessionInfo] = field(default_factory=list)
    """What /sessions showed last: /open counts in it."""

    def begin(self, role: str | None) -> None:
        self.session_id, self.role, self.asked = None, role, None

    def open(self, session_id: str) -> None:
        self.session_id, self.role, self.asked = session_id, None, None

    def options(self, asked: Asked) -> TurnOptions:
        self.asked = asked
        if self.session_id is None:
            return {"role": self.role, "request_id": asked.request_id}
        return {"session_id": self.session_id, "request_id": asked.request_id}

    def answered(self, answer: ChatResponse) -> None:
        self.session_id = answer.session_id
        if self.asked is not None:
            self.asked = Asked(self.asked.message)
