"""Stored dialogs: whole turns in a database, all or nothing.

Covers: creating, reading, appending to and deleting a session, through SQLAlchemy (SQLite by
default). Does not cover: the order of turns in one session (gateway.session_locks) or which turns
the model sees (gateway.context).
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ForeignKey, String, Text, delete, event, func, select
from sqlalchemy.engine import make_url
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

    async def count(self, session_id: str) -> int | None:
        """How many turns the session has; None: there is no such session."""
        async with self._begin() as db:
            if await db.get(SessionRow, session_id) is None:
                return None
            turns = select(func.count()).where(TurnRow.session_id == session_id)
            return (await db.execute(turns)).scalar_one()

    async def read(self, session_id: str, latest: int | None = None) -> SessionResponse | None:
        """The session with its turns, oldest first (only the `latest` ones, if given)."""
        newest_first = (
            select(TurnRow)
            .where(TurnRow.session_id == session_id)
            .order_by(TurnRow.position.desc())
            .limit(latest)
        )
        async with self._begin() as db:
            session = await db.get(SessionRow, session_id)
            if session is None:
                return None
            rows = (await db.scalars(newest_first)).all()
        return SessionResponse(
            session_id=session.id,
            created_at=session.created_at,
            turns=[_turn(row) for row in reversed(rows)],
        )

    async def append(self, session_id: str, message: str, answer: ChatResponse) -> None:
        """Store one whole turn; the first turn of a session creates it."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        last = select(func.max(TurnRow.position)).where(TurnRow.session_id == session_id)
        async with self._begin() as db:
            if await db.get(SessionRow, session_id) is None:
                db.add(SessionRow(id=session_id, created_at=now))
                await db.flush()
            position = (await db.execute(last)).scalar_one()
            db.add(
                TurnRow(
                    session_id=session_id,
                    position=0 if position is None else position + 1,
                    created_at=now,
                    message=message,
                    answer=answer.model_dump_json(),
                )
            )

    async def delete(self, session_id: str) -> bool:
        """Delete the session and its turns; False: there is no such session."""
        async with self._begin() as db:
            session = await db.get(SessionRow, session_id)
            if session is None:
                return False
            await db.execute(delete(TurnRow).where(TurnRow.session_id == session_id))
            await db.delete(session)
            return True


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
