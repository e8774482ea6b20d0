"""`groundling keys create|list|revoke`: the API keys of the gateway whose settings are in force.

Covers: the options, and what is printed. It works on the gateway's database, whether the gateway
runs or not, and makes it where there is none. Exit status: 0 done, 1 it failed, 2 wrong usage.
Does not cover: how keys are made and kept (gateway.access, loaded only when the command runs).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeAlias

from gateway.access.scopes import SCOPES
from gateway.access.token import PREFIX

if TYPE_CHECKING:
    from gateway.access.keys import Key, KeyStore
    from gateway.settings import Settings

Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

MAX_NAME_CHARS = 100
MAX_DAYS = 36_500


def add_keys_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_create(actions)
    listing = actions.add_parser(
        "list", help="list the keys, never their secrets", description="List the keys."
    )
    revoke = actions.add_parser(
        "revoke",
        help="end a key",
        description="End a key: within seconds no gateway takes it any more.",
    )
    revoke.add_argument(
        "id",
        metavar="ID",
        type=_id,
        help="the key's id, as `keys list` shows it, or all of the key",
    )
    for action, run in ((listing, run_list), (revoke, run_revoke)):
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=run)


def _add_create(actions: Actions) -> None:
    create = actions.add_parser(
        "create",
        help="make a key and print it, this once",
        description="Make an API key and print it, this once: only its hash is kept.",
    )
    create.add_argument("--name", type=_name, required=True, help="whose it is, or what for")
    create.add_argument(
        "--scopes",
        type=_scopes,
        default=SCOPES,
        metavar="SCOPE,…",
        help=f"what it may do, of {', '.join(SCOPES)} (default: all)",
    )
    create.add_argument(
        "--expires-days", type=_days, metavar="D", help="days until it ends (default: never)"
    )
    create.add_argument(
        "--turns-per-minute", type=_count, metavar="R", help="default: the gateway's setting"
    )
    create.add_argument(
        "--concurrent-turns", type=_count, metavar="C", help="default: the gateway's setting"
    )
    create.add_argument("--json", action="store_true", help="print JSON")
    create.set_defaults(run=run_create)


def run_create(options: argparse.Namespace) -> int:
    from gateway.access.keys import NewKey  # noqa: PLC0415

    asked = NewKey(
        options.name,
        options.scopes,
        options.expires_days,
        options.turns_per_minute,
        options.concurrent_turns,
    )

    async def create(keys: KeyStore, database: str) -> int:
        key, token = await keys.create(asked)
        if options.json:
            _print_json({"key": token.text, **_facts(key), "database": database})
            return 0
        # The key alone on standard output, so that a script can take it from there.
        print(token.text)
        until = "" if key.expires_at is None else f", until {key.expires_at}"
        said = f"key {key.id} ({key.name}) may use: {', '.join(key.scopes)}{until}"
        print(f"{said}\nkept, as a hash, in {database}", file=sys.stderr)
        print("this is the only time it is shown", file=sys.stderr)
        return 0

    return _run(create)


def run_list(options: argparse.Namespace) -> int:
    async def show(keys: KeyStore, database: str) -> int:
        known = [_facts(key) for key in await keys.all()]
        if options.json:
            _print_json({"database": database, "keys": known})
        elif not known:
            print(f"no keys in {database}; make one: groundling keys create --name NAME")
        else:
            print("\n".join(_line(facts) for facts in known))
        return 0

    return _run(show)


def run_revoke(options: argparse.Namespace) -> int:
    async def revoke(keys: KeyStore, database: str) -> int:
        if not await keys.revoke(options.id):
            said = f"error: there is no key {options.id!r} in {database}; see: groundling keys list"
            print(said, file=sys.stderr)
            return 1
        if options.json:
            _print_json({"id": options.id, "state": "revoked", "database": database})
        else:
            print(f"key {options.id} is revoked; running gateways know within key_cache_ms")
        return 0

    return _run(revoke)


def _run(work: Callable[[KeyStore, str], Coroutine[Any, Any, int]]) -> int:
    from gateway.access.opened import opened_keys, shown_database  # noqa: PLC0415
    from gateway.database.failures import StoreUnavailable  # noqa: PLC0415
    from gateway.settings import settings_from  # noqa: PLC0415
    from services.chassis import SettingsError  # noqa: PLC0415

    async def on_database(settings: Settings) -> int:
        async with opened_keys(settings) as keys:
            return await work(keys, shown_database(settings))

    logging.getLogger("gateway").addHandler(logging.NullHandler())  # what fails is printed here
    try:
        settings = settings_from(os.environ)
        return asyncio.run(on_database(settings))
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
    except StoreUnavailable as error:
        print(f"error: {shown_database(settings)}: {error}", file=sys.stderr)
    return 1


def _facts(key: Key) -> dict[str, Any]:
    """All of a key but its digest."""
    from gateway.access.keys import utc_now  # noqa: PLC0415

    return {
        "id": key.id,
        "name": key.name,
        "state": key.state(utc_now()),
        "scopes": list(key.scopes),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "turns_per_minute": key.turns_per_minute,
        "concurrent_turns": key.concurrent_turns,
    }


def _line(facts: dict[str, Any]) -> str:
    until = f" until {facts['expires_at']}" if facts["expires_at"] else ""
    per_minute, at_once = facts["turns_per_minute"], facts["concurrent_turns"]
    limits = [f"{per_minute} turns a minute"] if per_minute else []
    limits += [f"{at_once} at once"] if at_once else []
    said = [facts["id"], f"{facts['state']}{until}", ",".join(facts["scopes"]), facts["name"]]
    return "  ".join([*said, *limits])


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _id(text: str) -> str:
    """A whole key is somebody's find in a log: its secret is not for another one."""
    return text.removeprefix(PREFIX).partition("_")[0]


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > MAX_NAME_CHARS:
        message = f"must be 1 to {MAX_NAME_CHARS} visible characters"
        raise argparse.ArgumentTypeError(message)
    return text


def _scopes(text: str) -> tuple[str, ...]:
    asked = text.split(",")
    if unknown := [name for name in asked if name not in SCOPES]:
        message = f"{unknown[0]!r} is no scope; there are: {', '.join(SCOPES)}"
        raise argparse.ArgumentTypeError(message)
    return tuple(name for name in SCOPES if name in asked)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= MAX_DAYS:
        message = f"{text!r}: must be a number of days above 0, at most {MAX_DAYS}"
        raise argparse.ArgumentTypeError(message)
    return days


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number, 1 to 1000000")
    return int(text)
