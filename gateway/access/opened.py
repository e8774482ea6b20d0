"""The keys' store outside a running gateway: for the command and for the check before a start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.access.keys import KeyStore
from gateway.database.failures import StoreUnavailable
from gateway.database.transactions import Database
from gateway.database.url import checked_url, shown
from gateway.settings import Settings

LAST_WORDS_S = 0.1


@asynccontextmanager
async def opened_keys(settings: Settings) -> AsyncIterator[KeyStore]:
    """The store on the gateway's database, which is made, or brought up to date, where need be.

    Raise StoreUnavailable, or SettingsError for a URL that cannot be used.
    """
    try:
        async with Database(settings) as database:
            yield KeyStore(database)
    except StoreUnavailable:
        # The driver's thread still tells this loop of its end; to a closed one it would complain.
        await asyncio.sleep(LAST_WORDS_S)
        raise


def shown_database(settings: Settings) -> str:
    """The database's name for people: a file, or a URL without its password."""
    return shown(checked_url(settings.sessions_url))
