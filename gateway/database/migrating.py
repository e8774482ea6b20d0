"""Bring the database's tables up to date when a gateway starts, with alembic.

Covers: an empty database, one from before there were migrations, one that is behind, and several
gateways starting at once: one migrates, the others wait. Does not cover: the steps themselves
(gateway/database/migrations/versions). All of it is one transaction: it happens or it does not.

    SchemaUnknown   a newer Groundling has written the database: this one must not start
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.chassis import SettingsError

MIGRATION_TIMEOUT_S = 120
"""For all of it, waiting for another gateway's included."""
FIRST = "0001"
"""The schema of databases from before there were migrations."""

_FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 7_404_285_931
"""Any number that nobody else takes."""


class SchemaUnknown(SettingsError):
    """The database is at a revision that this program does not know."""


def migrations(connection: Connection | None = None) -> Config:
    """What alembic's own functions are to be called with."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def migrate(engine: AsyncEngine) -> None:
    """Migrate to the newest revision. `engine` begins its transactions as a writer."""
    async with asyncio.timeout(MIGRATION_TIMEOUT_S):
        while True:
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(_migrate)
            except OperationalError as error:
                # Another gateway migrates for longer than SQLite waits for a lock.
                if "is locked" not in str(error.orig):
                    raise
                await asyncio.sleep(0.05)
            else:
                return


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    script = ScriptDirectory.from_config(migrations())
    revision = MigrationContext.configure(connection).get_current_revision()
    newest = script.get_current_head()
    if revision == newest:
        return
    known = [step.revision for step in script.walk_revisions()]
    if revision is not None and revision not in known:
        raise SchemaUnknown(
            f"the sessions' database is at revision {revision}, which a newer Groundling has made; "
            f"this one knows up to {newest}: install that version again, or name another database"
        )
    config = migrations(connection)
    if revision is None and inspect(connection).has_table("sessions"):
        command.stamp(config, FIRST)
    command.upgrade(config, "head")
