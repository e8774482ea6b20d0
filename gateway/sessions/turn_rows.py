"""Turns in the database: each function is one transaction.

Covers: taking a session for a turn, storing the turn with the session's counters, deleting.
Does not cover: waiting (gateway.sessions.places).
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.database.tables import SessionRow, TurnRow
from gateway.database.times import timestamp_now
from gateway.database.transactions import Database
from gateway.schemas import ChatResponse
from gateway.sessions.errors import (
    RequestReused,
    RequestRunning,
    SessionBroken,
    SessionChanged,
    SessionFull,
    SessionUnknown,
)
from gateway.sessions.leases import release, renew, request_lease, take
from gateway.sessions.place import Asked, LeaseTaken, Place
from gateway.sessions.store import answer_of
from gateway.sessions.titles import title_of
from gateway.settings import Settings
from services.contract import Turn

# Statements that every turn needs are made once: making one costs as much as running it.
_LATEST = (
    select(SessionRow.role, SessionRow.turns, SessionRow.bytes, TurnRow.message, TurnRow.answer)
    .outerjoin(TurnRow, TurnRow.session_id == SessionRow.id)
    .where(SessionRow.id == bindparam("session"), SessionRow.owner == bindparam("owner"))
    .order_by(TurnRow.position.desc())
    .limit(bindparam("latest"))
)
_NEW_SESSION = insert(SessionRow)
_NEW_TURN = insert(TurnRow)
_GROW = (
    update(SessionRow)
    .where(SessionRow.id == bindparam("session"), SessionRow.turns == bindparam("position"))
    .values(
        turns=SessionRow.turns + 1,
        bytes=SessionRow.bytes + bindparam("size"),
        updated_at=bindparam("now"),
    )
)


class TurnRows:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._latest = (settings.max_context_turns + 1) // 2
        self._most_turns = settings.max_session_turns
        self._most_bytes = settings.max_session_bytes
        self._lease_s = settings.session_lease_ms / 1000

    async def count(self, owner: str) -> int:
        sessions = select(func.count()).where(SessionRow.owner == owner)
        async with self._database.reading() as db:
            return (await db.execute(sessions)).scalar_one()

    def first_place(self, asked: Asked, held: tuple[str, ...] = ()) -> Place:
        return Place(asked, asked.new_session_id, 0, asked.role, [], held)

    async def take(self, asked: Asked) -> Place:
        """Raise LeaseTaken, RequestRunning, RequestReused, SessionUnknown, SessionFull or
        SessionBroken."""
        return await self._database.write(lambda db: self._take(db, asked))

    def _take(self, db: Connection, asked: Asked) -> Place:
        held: tuple[str, ...] = ()
        if asked.request_key is not None:
            held = (request_lease(asked.request_key),)
            if not take(db, held[0], asked.turn_id, self._lease_s):
                raise RequestRunning(asked.request_id or "")
            stored = _named(db, asked)
            if stored is not None:
                release(db, held, asked.turn_id)
                place = self.first_place(asked)
                place.stored = stored
                return place
        if asked.session_id is None:
            return self.first_place(asked, held)
        # Only with the lease in hand: what is read then stays as it is.
        if not take(db, asked.session_id, asked.turn_id, self._lease_s):
            raise LeaseTaken
        latest = {"session": asked.session_id, "owner": asked.owner, "latest": self._latest}
        rows = db.execute(_LATEST, latest).all()
        role, turns = self._room_in(asked.session_id, rows[0] if rows else None)
        try:
            dialog = [said for row in reversed(rows) for said in _dialog(row.message, row.answer)]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise SessionBroken(asked.session_id) from None
        leases = (*held, asked.session_id)
        return Place(asked, asked.session_id, turns, role, dialog, leases)

    async def renew(self, place: Place) -> bool:
        held, holder = place.leases, place.asked.turn_id
        return await self._database.write(lambda db: renew(db, held, holder, self._lease_s))

    async def release(self, place: Place) -> None:
        held, holder = place.leases, place.asked.turn_id
        await self._database.write(lambda db: release(db, held, holder))

    async def append(self, place: Place, answer: ChatResponse) -> None:
        """Store the whole turn and release its leases; raise SessionChanged or RequestReused."""
        request_id = place.asked.request_id
        text = answer.model_dump_json()
        try:
            await self._database.write(lambda db: _append(db, place, text))
        except IntegrityError as error:  # by its request_key, since position and id are ours
            if request_id is None:
                raise SessionChanged(place.session_id) from error
            raise RequestReused(request_id) from error

    async def delete(self, session_id: str, owner: str) -> None:
        """Delete a session that no turn has; raise LeaseTaken or SessionUnknown."""
        await self._database.write(lambda db: self._delete(db, session_id, owner))

    def _delete(self, db: Connection, session_id: str, owner: str) -> None:
        if not take(db, session_id, "deleting", self._lease_s):
            raise LeaseTaken
        own = delete(SessionRow).where(SessionRow.id == session_id, SessionRow.owner == owner)
        if db.execute(own).rowcount == 0:  # its turns go with it
            raise SessionUnknown(session_id)
        release(db, (session_id,), "deleting")

    def _room_in(
        self, session_id: str, row: Row[*tuple[Any, ...]] | None
    ) -> tuple[str | None, int]:
        """The session's role and number of turns; raise SessionUnknown or SessionFull."""
        if row is None:
            raise SessionUnknown(session_id)
        if row.turns >= self._most_turns:
            raise SessionFull(session_id, "max_session_turns")
        if row.bytes >= self._most_bytes:
            raise SessionFull(session_id, "max_session_bytes")
        return row.role, row.turns


def _dialog(message: str | None, answer: str | None) -> list[Turn]:
    """A stored turn as the model is given it; of a session without turns there is none."""
    if message is None or answer is None:
        return []
    # The rest of the answer may be large, and is not looked at here.
    response = json.loads(answer)["response"]
    asked = Turn(role="user", content=message)
    if not response.strip():  # a text of the request's own `stop` may end an answer at once
        return [asked]
    return [asked, Turn(role="assistant", content=response)]


def _named(db: Connection, asked: Asked) -> ChatResponse | None:
    """The stored turn of this request_id; raise RequestReused where it is another one."""
    named = select(TurnRow.session_id, TurnRow.position, TurnRow.message, TurnRow.answer)
    row = db.execute(named.where(TurnRow.request_key == asked.request_key)).one_or_none()
    if row is None:
        return None
    began_it = asked.session_id is None and row.position == 0
    if row.message != asked.message or not (began_it or row.session_id == asked.session_id):
        raise RequestReused(asked.request_id or "")
    return answer_of(row.session_id, row.answer)


def _append(db: Connection, place: Place, text: str) -> None:
    asked, now = place.asked, timestamp_now()
    size = len(asked.message.encode()) + len(text.encode())
    if place.leases and not release(db, place.leases, asked.turn_id):
        raise SessionChanged(place.session_id)
    if asked.session_id is None:
        db.execute(_NEW_SESSION, _first(place, now, size))
    else:
        _grow(db, place, now, size)
    turn = {
        "session_id": place.session_id,
        "position": place.position,
        "created_at": now,
        "message": asked.message,
        "answer": text,
        "request_key": asked.request_key,
    }
    db.execute(_NEW_TURN, turn)


def _first(place: Place, now: str, size: int) -> dict[str, object]:
    return {
        "id": place.session_id,
        "owner": place.asked.owner,
        "role": place.role,
        "title": title_of(place.asked.message),
        "created_at": now,
        "updated_at": now,
        "turns": 1,
        "bytes": size,
    }


def _grow(db: Connection, place: Place, now: str, size: int) -> None:
    given = {"session": place.session_id, "position": place.position, "now": now, "size": size}
    if db.execute(_GROW, given).rowcount == 0:
        raise SessionChanged(place.session_id)
