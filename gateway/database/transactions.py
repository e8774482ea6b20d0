"""The gateway's database: opened once, then used in transactions that each have a deadline.

Covers: migrating at the start, transactions, and telling failures apart from faults. Does not
cover: what is stored (gateway.sessions, gateway.access).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database.engine import WRITES, make_engine, make_writer
from gateway.database.failures import StoreUnavailable, unavailable
from gateway.database.migrating import migrate
from gateway.database.url import checked_url, shown
from gateway.settings import Settings

ONLY_ITS_USERS = 0o700
"""Mode of a data folder that is made: dialogs are nobody else's business."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Database:
    """`async with Database(settings) as database`: its tables are there and up to date."""

    def __init__(self, settings: Settings) -> None:
        """Connect to nothing yet; raise SettingsError for a URL that cannot be used."""
        url = checked_url(settings.sessions_url)
        self.where = shown(url)
        """For people; holds no password."""
        self._timeout_s = settings.database_timeout_ms / 1000
        self._folder: Path | None = settings.data_dir if settings.database_url is None else None
        self._reading = make_engine(url, self._timeout_s, settings.database_connections)
        self._writing = self._reading.execution_options(**WRITES)
        self._writer = make_writer(url, self._timeout_s)
        # SQLite has one writer at a time and lets the others poll: ours queue up before it.
        one_writer = url.get_backend_name() == "sqlite"
        self._queue: AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if one_writer else nullcontext()
        )

    async def __aenter__(self) -> Self:
        try:
            await self.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Create or migrate the tables; raise StoreUnavailable or SchemaUnknown."""
        try:
            with _told():
                if self._folder is not None:
                    await asyncio.to_thread(
                        self._folder.mkdir, ONLY_ITS_USERS, parents=True, exist_ok=True
                    )
                await migrate(self._writing)
        except StoreUnavailable as error:
            raise StoreUnavailable(f"{error}: {self.where}") from error.__cause__

    async def close(self) -> None:
        await self._reading.dispose()
        if self._writer is not None:
            await self._writer.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads; raise StoreUnavailable."""
        with _told():
            async with asyncio.timeout(self._timeout_s), self._reading.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, kept whole when the block ends and undone when it raises.

        Raise StoreUnavailable when the database cannot be used, or not within the time that
        waiting for it and all the block's work may take together.
        """
        with _told():
            async with (
                asyncio.timeout(self._timeout_s),
                self._queue,
                self._writing.begin() as connection,
            ):
                yield connection

    async def write(self, work: Callable[[Connection], T]) -> T:
        """The same, for work that waits for nothing else: in SQLite a single trip to a thread."""
        if self._writer is None:
            async with self.writing() as connection:
                return await connection.run_sync(work)
        with _told():
            async with asyncio.timeout(self._timeout_s), self._queue:
                return await self._writer.run(work)


@contextmanager
def _told() -> Iterator[None]:
    """Turn the errors of a database that cannot be used into StoreUnavailable, and log them."""
    try:
        yield
    except Exception as error:
        failure = unavailable(error)
        if failure is None:
            raise
        _log.warning("database failed", extra={"kind": type(error).__name__, "how": str(failure)})
        raise failure from error
