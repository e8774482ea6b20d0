"""`groundling languages`: what a running translator can translate, and how to add to it.

Covers: asking its /languages and /readyz, and showing pairs, engines and packages. Does not cover:
installing any. Any server with LibreTranslate's /languages can be asked; it lists no engines then.
Exit status: 0 done, 1 no translator answers or it has none of the languages named.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from groundling.client.connection import on_this_machine
from groundling.client.errors import START_HINT
from groundling.terminal import one_line
from services.contract import ReadyResponse

DEFAULT_URL = "http://127.0.0.1:8102"
URL_VARIABLE = "GROUNDLING_LANGUAGES_URL"
TIMEOUT_S = 10.0


class LanguagesError(Exception):
    """The message is for people."""


class Listed(BaseModel):
    """One entry of /languages."""

    code: str
    name: str
    targets: list[str] = []
    engines: dict[str, list[str]] = {}
    installable: dict[str, str] = {}


def add_languages_options(parser: argparse.ArgumentParser, address: Callable[[str], str]) -> None:
    """address: reads a URL, or refuses it."""
    parser.add_argument(
        "--from", dest="source", metavar="LANGUAGE", help="only from this one: its name or code"
    )
    parser.add_argument(
        "--to", dest="target", metavar="LANGUAGE", help="only into this one: its name or code"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the list as the service gives it"
    )
    parser.add_argument(
        "--url",
        type=address,
        default=os.environ.get(URL_VARIABLE, DEFAULT_URL),
        help=f"the translator's address (default: ${URL_VARIABLE}, else {DEFAULT_URL})",
    )


def run_languages(
    options: argparse.Namespace, *, transport: httpx.BaseTransport | None = None
) -> int:
    """Print the list; `transport` is the seam for tests."""
    url = options.url.rstrip("/")
    try:
        listed, ready = _fetch(url, transport)
        names = {one.code: one.name for one in listed}
        source, target = (_code(said, names) for said in (options.source, options.target))
    except LanguagesError as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 1
    shown = [_towards(one, target) for one in listed if source in (None, one.code)]
    if options.json:
        print(json.dumps([one.model_dump() for one in shown], ensure_ascii=False, indent=2))
        return 0
    named = source is not None or target is not None
    lines = [line for one in shown for line in _pairs(one, names)]
    print("\n".join(map(one_line, lines)) if lines else "nothing can be translated so")
    print()
    more = _packages(shown, names) if named else _count(shown)
    for line in [*more, *_parts(ready)]:
        print(one_line(line))
    return 0


def _fetch(
    url: str, transport: httpx.BaseTransport | None
) -> tuple[list[Listed], ReadyResponse | None]:
    here = on_this_machine(url)
    with httpx.Client(transport=transport, timeout=TIMEOUT_S, trust_env=not here) as client:
        try:
            answer = client.get(f"{url}/languages")
            listed = TypeAdapter(list[Listed]).validate_json(answer.raise_for_status().content)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise LanguagesError(f"no translator answers at {url}; {START_HINT}") from error
        except (httpx.HTTPStatusError, ValidationError) as error:
            raise LanguagesError(f"{url} answers, but not as a translator") from error
        except httpx.TimeoutException as error:
            raise LanguagesError(f"{url} did not answer in time") from error
        except httpx.HTTPError as error:
            raise LanguagesError(f"the connection to {url} broke: {error}") from error
        return listed, _ready(client, url)


def _ready(client: httpx.Client, url: str) -> ReadyResponse | None:
    """None: a LibreTranslate server, which has no /readyz."""
    try:
        return ReadyResponse.model_validate_json(client.get(f"{url}/readyz").content)
    except (httpx.HTTPError, ValidationError):
        return None


def _code(said: str | None, names: Mapping[str, str]) -> str | None:
    if said is None:
        return None
    wanted = said.strip().casefold().replace("_", "-")
    for code, name in names.items():
        if wanted in (code.casefold(), name.casefold()):
            return code
    raise LanguagesError(f"{said!r} is not among the translator's languages, by name or code")


def _towards(one: Listed, target: str | None) -> Listed:
    """The entry with one target only."""
    if target is None:
        return one

    def only(given: Mapping[str, Any]) -> dict[str, Any]:
        return {code: value for code, value in given.items() if code == target}

    return one.model_copy(
        update={
            "targets": [code for code in one.targets if code == target],
            "engines": only(one.engines),
            "installable": only(one.installable),
        }
    )


def _pairs(one: Listed, names: Mapping[str, str]) -> list[str]:
    """A line per list of engines: "English (en) to French, Spanish: apertium, freedict"."""
    by_engines: dict[tuple[str, ...], list[str]] = {}
    for target in one.targets:
        by_engines.setdefault(tuple(one.engines.get(target, ())), []).append(target)
    return [
        f"{one.name} ({one.code}) to {_named(targets, names)}"
        + (f": {', '.join(engines)}" if engines else "")
        for engines, targets in by_engines.items()
    ]


def _packages(shown: Sequence[Listed], names: Mapping[str, str]) -> list[str]:
    by_command: dict[str, list[str]] = {}
    for one in shown:
        for target, how in one.installable.items():
            by_command.setdefault(how, []).append(f"{one.name} to {_named([target], names)}")
    return [f"to add {', '.join(pairs)}: {how}" for how, pairs in sorted(by_command.items())]


def _count(shown: Sequence[Listed]) -> list[str]:
    number = sum(len(one.installable) for one in shown)
    if not number:
        return []
    return [f"to add up to {number} pairs by packages: --from or --to LANGUAGE tells which"]


def _parts(ready: ReadyResponse | None) -> list[str]:
    missing = ready.missing if ready is not None else []
    return [f"{part.part}: {part.how}" for part in missing]


def _named(codes: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(f"{names[code]} ({code})" if code in names else code for code in codes)
