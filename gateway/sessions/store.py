"""What is stored of dialogs, as their owner asks for it: reading, listing, exporting.

Covers: one transaction a call, and nobody else's sessions: those are unknown. Does not cover:
turns being taken and stored, or deleting, which wait their turn (gateway.sessions.places).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, select, tuple_

from gateway.database.failures import StoreUnavailable
from gateway.database.tables import SessionRow, TurnRow
from gateway.database.times import timestamp_now
from gateway.database.transactions import Database
from gateway.schemas import (
    ChatResponse,
    SessionExport,
    SessionInfo,
    SessionResponse,
    SessionsResponse,
    SessionTurn,
)
from gateway.sessions.errors import SessionBroken, SessionUnknown

_TURN = (TurnRow.message, TurnRow.created_at, TurnRow.answer)


class BadCursor(ValueError):
    """An `after` that no list has given."""


class SessionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def lack(self, timeout_s: float) -> str | None:
        """Why sessions cannot be read at the moment; None: they can."""
        try:
            async with asyncio.timeout(timeout_s), self._database.reading() as db:
                await db.execute(select(SessionRow.id).limit(1))
                await db.execute(select(TurnRow.session_id).limit(1))
        except (StoreUnavailable, TimeoutError) as error:
            return str(error) or f"no answer within {timeout_s:g} s"
        return None

    async def read(self, session_id: str, owner: str) -> SessionResponse:
        """The whole session, oldest turn first; raise SessionUnknown or SessionBroken."""
        own = select(SessionRow.__table__).where(
            SessionRow.id == session_id, SessionRow.owner == owner
        )
        turns = select(*_TURN).where(TurnRow.session_id == session_id).order_by(TurnRow.position)
        async with self._database.reading() as db:
            session = (await db.execute(own)).one_or_none()
            rows = (await db.execute(turns)).all() if session is not None else []
        if session is None:
            raise SessionUnknown(session_id)
        known = _info(session).model_dump(exclude={"turns"})
        return SessionResponse(**known, turns=[_turn(session_id, *row) for row in rows])

    async def export(self, session_id: str, owner: str) -> SessionExport:
        """The whole session as a file to keep; raise SessionUnknown or SessionBroken."""
        session = await self.read(session_id, owner)
        return SessionExport(exported_at=timestamp_now(), session=session)

    async def list(self, owner: str, limit: int, after: str | None) -> SessionsResponse:
        """The owner's sessions, the one used last first; raise BadCursor.

        A session that is used while somebody pages on moves to the front: it is not seen twice.
        """
        newest = (SessionRow.updated_at.desc(), SessionRow.id.desc())
        asked = select(SessionRow.__table__).where(SessionRow.owner == owner).order_by(*newest)
        if after is not None:
            place = tuple_(SessionRow.updated_at, SessionRow.id)
            asked = asked.where(place < tuple_(*_place_of(after)))
        async with self._database.reading() as db:
            rows = (await db.execute(asked.limit(limit + 1))).all()
        shown = rows[:limit]
        more = len(rows) > limit
        return SessionsResponse(
            sessions=[_info(row) for row in shown],
            next=_cursor(shown[-1].updated_at, shown[-1].id) if more else None,
        )


def answer_of(session_id: str, stored: str) -> ChatResponse:
    """A stored answer; raise SessionBroken."""
    try:
        return ChatResponse.model_validate_json(stored)
    except ValidationError:
        raise SessionBroken(session_id) from None


def _turn(session_id: str, message: str, created_at: str, stored: str) -> SessionTurn:
    answer = answer_of(session_id, stored)
    return SessionTurn(message=message, created_at=created_at, answer=answer)


def _info(row: Row[Any]) -> SessionInfo:
    return SessionInfo(
        session_id=row.id,
        title=row.title,
        role=row.role,
        created_at=row.created_at,
        updated_at=row.updated_at,
        turns=row.turns,
    )


def _cursor(updated_at: str, session_id: str) -> str:
    return base64.urlsafe_b64encode(f"{updated_at} {session_id}".encode()).decode().rstrip("=")


def _place_of(cursor: str) -> tuple[str, str]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (UnicodeError, binascii.Error) as error:
        raise BadCursor(cursor) from error
    updated_at, _, session_id = text.partition(" ")
    if not updated_at or not session_id.isprintable() or not session_id:
        raise BadCursor(cursor)
    return updated_at, session_id
