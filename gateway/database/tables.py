"""The gateway's tables. What changes here needs a migration (gateway/database/migrations).

Times are ISO 8601 in UTC with milliseconds, all of one length, so that they compare as text.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class SessionRow(Base):
    __tablename__ = "sessions"
    __table_args__ = (Index("sessions_by_owner", "owner", "updated_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    """gateway.access.principal.Principal.owner"""
    role: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    """The first message, shortened."""
    created_at: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[str] = mapped_column(String(40))
    turns: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    """Of messages and answers as stored, UTF-8."""


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
    request_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    """Owner and request_id, where the client gave one."""


class LeaseRow(Base):
    """A session in which a turn runs now, or that turn's request_id: a word to other gateways."""

    __tablename__ = "session_leases"

    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    """Names the turn, not the gateway."""
    expires_at: Mapped[float] = mapped_column(Float)
    """Seconds since 1970."""


class ApiKeyRow(Base):
    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Public: the key's first part, and the owner of its sessions."""
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the secret part, in hexadecimal: 256 random bits need no slow hash."""
    scopes: Mapped[str] = mapped_column(String(200))
    """Separated by spaces."""
    created_at: Mapped[str] = mapped_column(String(40))
    expires_at: Mapped[str | None] = mapped_column(String(40))
    revoked_at: Mapped[str | None] = mapped_column(String(40))
    turns_per_minute: Mapped[int | None]
    """None: the setting key_turns_per_minute."""
    concurrent_turns: Mapped[int | None]
    """None: the setting key_concurrent_turns."""
