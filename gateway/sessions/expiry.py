"""Deleting sessions that nobody has used for long, and leases of gateways that are gone.

Covers: the sweep and its rhythm. Does not cover: what a session is. Several gateways may sweep one
database: each takes the leases of what it deletes, so none deletes a session in which a turn runs.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database.failures import StoreUnavailable
from gateway.database.tables import SessionRow
from gateway.database.times import timestamp
from gateway.database.transactions import Database
from gateway.sessions.leases import forget_dead, release, take
from gateway.settings import Settings

BATCH = 50
"""Sessions deleted in one transaction: turns that wait for it wait for milliseconds."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def sweeping(database: Database, settings: Settings) -> AsyncIterator[None]:
    """Sweep every session_sweep_ms while the block runs."""
    task = asyncio.create_task(_sweep_for_ever(database, settings))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _sweep_for_ever(database: Database, settings: Settings) -> None:
    while True:
        # Not all gateways at once, though they may have started together.
        await asyncio.sleep(settings.session_sweep_ms / 1000 * random.uniform(0.5, 1))
        try:
            deleted = await sweep(database, settings)
        except StoreUnavailable:
            continue  # the database has said so in the log
        except Exception as error:
            _log.error("sweep failed", extra={"kind": type(error).__name__})
            continue
        if deleted:
            _log.info("expired sessions deleted", extra={"sessions": deleted})


async def sweep(database: Database, settings: Settings) -> int:
    """Delete what has expired; how many sessions that were. Raise StoreUnavailable."""
    lease_s = settings.session_lease_ms / 1000
    async with database.writing() as db:
        await forget_dead(db, lease_s)
    if not settings.session_ttl_days:
        return 0
    cutoff = timestamp(datetime.now(UTC) - timedelta(days=settings.session_ttl_days))
    deleted = 0
    after = ""
    while True:
        async with database.writing() as db:
            ids = await _expired(db, cutoff, after)
            deleted += await _delete_idle(db, ids, cutoff, lease_s)
        if len(ids) < BATCH:
            return deleted
        after = ids[-1]


async def _expired(db: AsyncConnection, cutoff: str, after: str) -> list[str]:
    """The next batch by id: those that are spared are not met again in this sweep."""
    old = select(SessionRow.id).where(SessionRow.updated_at < cutoff, SessionRow.id > after)
    return list((await db.scalars(old.order_by(SessionRow.id).limit(BATCH))).all())


async def _delete_idle(db: AsyncConnection, ids: list[str], cutoff: str, lease_s: float) -> int:
    """Delete those in which no turn runs. All gateways take them in one order: no deadlock."""
    sweep_id = uuid4().hex
    idle = [id for id in ids if await db.run_sync(take, id, sweep_id, lease_s)]
    old = delete(SessionRow).where(SessionRow.id.in_(idle), SessionRow.updated_at < cutoff)
    deleted = (await db.execute(old)).rowcount if idle else 0
    await db.run_sync(release, idle, sweep_id)
    return deleted
