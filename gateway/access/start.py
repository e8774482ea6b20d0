"""May the gateway start where others reach it? Not before there is an API key.

Covers: the rule, its message with the command that makes a key, and the same check as a program of
its own (`python -m gateway.access.start`), so that a stack is refused before anything is started.
Exit status: 0 it may start, 1 it may not; why is on standard error.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from gateway.access.keys import KeyStore
from gateway.access.loopback import is_loopback
from gateway.access.opened import opened_keys, shown_database
from gateway.database.failures import StoreUnavailable
from gateway.settings import PREFIX, Settings, settings_from
from services.chassis import SettingsError, StartRefused, data_dir

_log = logging.getLogger(__name__)


async def check_start(settings: Settings, keys: KeyStore) -> None:
    """Raise StartRefused where others can reach the gateway and no usable key exists."""
    if is_loopback(settings.host):
        return
    if settings.require_key == "never":
        _log.warning(
            "no API key is needed, and others can reach the gateway: anyone may do everything",
            extra={"host": settings.host},
        )
    elif not await keys.any_usable():
        raise StartRefused(refusal(settings, os.environ))


def refusal(settings: Settings, environ: Mapping[str, str]) -> str:
    return (
        f"on {settings.host} others can reach the gateway, and there is no API key yet"
        f" (looked in {shown_database(settings)}). Make one, then start again:\n"
        f"  {keys_command(settings, environ)} create --name NAME\n"
        f"(Or let in anyone who reaches the port: {PREFIX}REQUIRE_KEY=never)"
    )


def keys_command(settings: Settings, environ: Mapping[str, str]) -> str:
    """`groundling keys` as it must be typed to reach this gateway's database."""
    beside = Path(sys.executable).with_name("groundling")
    command = "groundling" if shutil.which("groundling") else shlex.quote(str(beside))
    return f"{_needed_settings(settings, environ)}{command} keys"


def _needed_settings(settings: Settings, environ: Mapping[str, str]) -> str:
    if settings.database_url is not None:
        return f"{PREFIX}DATABASE_URL=…the same… "  # it may hold a password
    usual = data_dir({name: value for name, value in environ.items() if name != _DATA_DIR})
    if settings.data_dir == usual / "gateway":
        return ""
    folder = settings.data_dir.absolute()
    if folder.name == "gateway":
        return f"{_DATA_DIR}={shlex.quote(str(folder.parent))} "
    return f"{PREFIX}DATA_DIR={shlex.quote(str(folder))} "


_DATA_DIR = "GROUNDLING_DATA_DIR"


async def _check() -> None:
    settings = settings_from(os.environ)
    async with opened_keys(settings) as keys:
        await check_start(settings, keys)


def main() -> int:
    try:
        asyncio.run(_check())
    except (SettingsError, StartRefused, StoreUnavailable) as error:
        print(f"the gateway cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
