"""API keys in the gateway's database.

Covers: making, finding, listing and revoking them. Does not cover: who may come in
(gateway.access.guard), the database itself (gateway.database), the command (gateway.commands.keys).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, insert, or_, select, update

from gateway.access.scopes import SCOPES, Scope
from gateway.access.token import Token, digest, new_token
from gateway.database.tables import ApiKeyRow, Base
from gateway.database.times import timestamp
from gateway.database.transactions import Database

Clock = Callable[[], datetime]
"""The time of day, with its zone."""


_ROWS = Base.metadata.tables[ApiKeyRow.__tablename__]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made."""

    name: str
    scopes: tuple[Scope, ...] = SCOPES
    expires_days: float | None = None
    turns_per_minute: int | None = None
    concurrent_turns: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key as stored, field by column. Times are ISO 8601 in UTC."""

    id: str
    name: str
    digest: str = field(repr=False)
    scopes: tuple[Scope, ...]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    turns_per_minute: int | None
    """None: the setting key_turns_per_minute."""
    concurrent_turns: int | None
    """None: the setting key_concurrent_turns."""

    def state(self, now: datetime) -> Literal["usable", "revoked", "expired"]:
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= timestamp(now):
            return "expired"
        return "usable"


class KeyStore:
    """Every call raises StoreUnavailable when the database cannot be used."""

    def __init__(self, database: Database, now: Clock = utc_now) -> None:
        self._database = database
        self._now = now

    async def create(self, asked: NewKey) -> tuple[Key, Token]:
        """The token is nowhere but in the answer: only its digest is stored."""
        token, now = new_token(), self._now()
        days = asked.expires_days
        key = Key(
            id=token.id,
            name=asked.name,
            digest=digest(token.secret),
            scopes=_in_order(asked.scopes),
            created_at=timestamp(now),
            expires_at=None if days is None else timestamp(now + timedelta(days=days)),
            revoked_at=None,
            turns_per_minute=asked.turns_per_minute,
            concurrent_turns=asked.concurrent_turns,
        )
        values = {name: getattr(key, name) for name in Key.__slots__}
        async with self._database.writing() as db:
            await db.execute(insert(_ROWS).values(values | {"scopes": " ".join(key.scopes)}))
        return key, token

    async def find(self, key_id: str) -> Key | None:
        async with self._database.reading() as db:
            row = (await db.execute(select(_ROWS).where(_ROWS.c.id == key_id))).one_or_none()
        return None if row is None else _key(row)

    async def all(self) -> list[Key]:
        """Oldest first, revoked and expired ones as well."""
        async with self._database.reading() as db:
            rows = await db.execute(select(_ROWS).order_by(_ROWS.c.created_at, _ROWS.c.id))
        return [_key(row) for row in rows]

    async def revoke(self, key_id: str) -> bool:
        """False: there is no such key. One revoked before keeps the time when it was."""
        unrevoked = update(_ROWS).where(_ROWS.c.id == key_id, _ROWS.c.revoked_at.is_(None))
        async with self._database.writing() as db:
            await db.execute(unrevoked.values(revoked_at=timestamp(self._now())))
        return await self.find(key_id) is not None

    async def any_usable(self) -> bool:
        lasting = or_(_ROWS.c.expires_at.is_(None), _ROWS.c.expires_at > timestamp(self._now()))
        usable = select(_ROWS.c.id).where(_ROWS.c.revoked_at.is_(None), lasting).limit(1)
        async with self._database.reading() as db:
            return (await db.execute(usable)).first() is not None


def _key(row: Row[Any]) -> Key:
    values = dict(row._mapping)
    return Key(**values | {"scopes": _in_order(values["scopes"].split())})


def _in_order(names: Collection[str]) -> tuple[Scope, ...]:
    """Those that are scopes."""
    return tuple(scope for scope in SCOPES if scope in names)
