"""Stored dialogs: listing, reading, exporting."""

from __future__ import annotations

from typing import Literal

from gateway.schemas.chat import ChatResponse
from services.contract import Body


class SessionTurn(Body):
    message: str
    created_at: str
    """ISO 8601, UTC."""
    answer: ChatResponse


class SessionResponse(Body):
    """`GET /v1/sessions/{id}`: the stored turns, oldest first."""

    session_id: str
    title: str
    """The first message, shortened."""
    role: str | None
    """The role that the session began with."""
    created_at: str
    updated_at: str
    turns: list[SessionTurn]


class SessionInfo(Body):
    session_id: str
    title: str
    role: str | None
    created_at: str
    updated_at: str
    turns: int


class SessionsResponse(Body):
    """`GET /v1/sessions`: the caller's sessions, the one used last first."""

    sessions: list[SessionInfo]
    next: str | None
    """Give it as `after` to get those that follow; None: there are no more."""


class SessionExport(Body):
    """`GET /v1/sessions/{id}/export`: a file to keep."""

    format: Literal["groundling-session"] = "groundling-session"
    version: Literal[1] = 1
    exported_at: str
    session: SessionResponse
