"""Stored dialogs: whole turns in a database, all or nothing.

Covers: creating, reading, appending to and deleting a session, through SQLAlchemy (SQLite by
default). Does not cover: the order of turns in one session (gateway.session_locks) or which turns
the model sees (gateway.context).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, Text, delete, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from gateway.schemas import ChatResponse, SessionResponse, SessionTurn


class Base(DeclarativeBase):
    pass


class SessionRow(Base):
    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[str] = mapped_column(String(40))


class TurnRow(Base):
    __tablename__ = "turns"

    session_id: Mapped[str] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    """The ChatResponse as JSON."""


class SessionChanged(Exception):
    """Somebody else wrote to or deleted the session while a turn of it ran."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a session."""

    length: int
    """Turns that the session has in all."""
    turns: list[SessionTurn]


class SessionStore:
    """Open it before use; every call is one transaction."""

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        self._begin = async_sessionmaker(self._engine, expire_on_commit=False).begin

    async def open(self) -> None:
        """Create the tables that are missing."""
        async with self._engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def close(self) -> None:
        await self._engine.dispose()

    async def lack(self, timeout_s: float) -> str | None:
        """Why sessions cannot be read at the moment; None: they can."""
        try:
            async with asyncio.timeout(timeout_s), self._begin() as db:
                await db.execute(select(SessionRow.id).limit(1))
        except (SQLAlchemyError, OSError) as error:  # OSError: no connection, or no time left
            return type(error).__name__
        return None

    async def tail(self, session_id: str, latest: int) -> Tail | None:
        """The latest turns, oldest first; None: there is no such session."""
        async with self._begin() as db:
            rows = (await db.scalars(_newest_first(session_id).limit(latest))).all()
        if not rows:  # a session is stored with its first turn
            return None
        return Tail(rows[0].position + 1, [_turn(row) for row in reversed(rows)])

    async def read(self, session_id: str) -> SessionResponse | None:
        """The whole session; None: there is no such session."""
        async with self._begin() as db:
            session = await db.get(SessionRow, session_id)
            rows = (await db.scalars(_newest_first(session_id))).all()
        if session is None:
            return None
        return SessionResponse(
            session_id=session.id,
            title="",
            role=None,
            updated_at=session.created_at,
            created_at=session.created_at,
            turns=[_turn(row) for row in reversed(rows)],
        )

    async def append(
        self, session_id: str, position: int, message: str, answer: ChatResponse
    ) -> None:
        """Store one whole turn as number `position`; turn 0 creates the session.

        Raise SessionChanged when the session is not as long as that any more, or is gone.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            async with self._begin() as db:
                if position == 0:
                    db.add(SessionRow(id=session_id, created_at=now))
                    await db.flush()
                db.add(
                    TurnRow(
                        session_id=session_id,
                        position=position,
                        created_at=now,
                        message=message,
                        answer=answer.model_dump_json(),
                    )
                )
        except IntegrityError as error:
            raise SessionChanged(session_id) from error

    async def delete(self, session_id: str) -> bool:
        """Delete the session and its turns; False: there is no such session."""
        async with self._begin() as db:
            session = await db.get(SessionRow, session_id)
            if session is None:
                return False
            await db.execute(delete(TurnRow).where(TurnRow.session_id == session_id))
            await db.delete(session)
            return True


def _newest_first(session_id: str) -> Select[Any]:
    turns = select(TurnRow).where(TurnRow.session_id == session_id)
    return turns.order_by(TurnRow.position.desc())


def _turn(row: TurnRow) -> SessionTurn:
    answer = ChatResponse.model_validate_json(row.answer)
    return SessionTurn(message=row.message, created_at=row.created_at, answer=answer)


def make_engine(url: str) -> AsyncEngine:
    """An engine that connects at first use; in SQLite, reads do not wait for a write."""
    engine = create_async_engine(url)
    if make_url(url).get_backend_name() == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def _prepare(connection: object, _: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

    return engine
