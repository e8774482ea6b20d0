"""Recording and replaying a whole dialog.

Covers: the gateway's settings for each, what is written, what differs. Does not cover: the command
line (gateway.commands.cassettes).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from gateway.cassettes.cassette import (
    MODEL_SERVER,
    Cassette,
    CassetteError,
    RecordedTurn,
    lasting,
    write_cassette,
)
from gateway.cassettes.recording import RecordingTransport
from gateway.cassettes.rehearsal import (
    Performed,
    Script,
    TurnFailed,
    perform,
    script_of,
    shaped_by,
    shaping,
    to_itself,
)
from gateway.cassettes.replaying import ReplayTransport, difference_of
from gateway.cassettes.services import addresses_of
from gateway.schemas import ChatResponse
from gateway.settings import Settings, settings_from
from gateway.transport import Network
from services.contract import discover_tools

READY_TIMEOUT_S = 5.0

Show = Callable[[str, ChatResponse], None]
"""Given each turn's message and answer."""


async def record(
    file: Path,
    script: Script,
    environ: Mapping[str, str],
    folder: Path,
    show: Show,
    *,
    inner: httpx.AsyncBaseTransport | None = None,
) -> int:
    """Run the script on the services that the environment names and write `file`; the number of
    exchanges. Raises CassetteError, SettingsError or TurnFailed, and then writes nothing.

    folder: for what the gateway stores meanwhile. inner: the network, or what a test puts there.
    """
    settings = settings_from(environ)
    addresses = addresses_of(settings)
    transport = RecordingTransport(inner or Network(), addresses)
    turns = []
    async with transport:
        await _check_ready(transport, addresses)
        async for turn in perform(to_itself(settings, folder, {}), transport, script):
            show(turn.message, turn.answer)
            turns.append(RecordedTurn(message=turn.message, answer=lasting(turn.answer)))
    cassette = Cassette(
        streamed=script.streamed,
        role=script.role,
        tools=[name for name in addresses if name != MODEL_SERVER],
        settings=shaping(settings),
        turns=turns,
        exchanges=transport.exchanges(),
    )
    write_cassette(file, cassette)
    return len(cassette.exchanges)


async def _check_ready(transport: httpx.AsyncBaseTransport, addresses: Mapping[str, str]) -> None:
    """Raise CassetteError unless every service is ready: a cassette is of a whole stack."""
    for name, url in addresses.items():
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                request = httpx.Request("GET", f"{url}/readyz")
                answer = await transport.handle_async_request(request)
                await answer.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise CassetteError(
                f"{name} cannot be reached ({type(error).__name__}); start it: groundling up"
            ) from error
        if answer.status_code != 200:
            raise CassetteError(f"{name} is not ready: its /readyz answers {answer.status_code}")


def stage(
    cassette: Cassette, environ: Mapping[str, str], folder: Path
) -> tuple[Settings, ReplayTransport]:
    """Settings for a gateway whose services are the cassette, and the transport that is them.

    Raise CassetteError for tools or settings that this groundling does not have.
    """
    own = settings_from(environ)
    _check_tools(cassette, own)
    # Nothing is asked over a network; .invalid is never a host (RFC 6761).
    addresses = {name: f"http://{name}.invalid" for name in (*cassette.tools, MODEL_SERVER)}
    urls: dict[str, Any] = {
        "model_url": addresses[MODEL_SERVER],
        "tool_urls": {name: addresses[name] for name in cassette.tools},
    }
    settings = to_itself(own, folder, shaped_by(cassette) | urls)
    return settings, ReplayTransport(cassette.exchanges, addresses)


def _check_tools(cassette: Cassette, settings: Settings) -> None:
    known = [tool.name for tool in discover_tools(settings.tools_dir)]
    if missing := [name for name in cassette.tools if name not in known]:
        there_are = ", ".join(known)
        raise CassetteError(f"tools: there is no tool {missing[0]!r} here; there are {there_are}")


async def replay(
    cassette: Cassette, environ: Mapping[str, str], folder: Path, show: Show
) -> list[str]:
    """Run the cassette's messages on its answers; what differed, nothing if all is the same."""
    settings, transport = stage(cassette, environ, folder)
    performed: list[Performed] = []
    failure: list[str] = []
    try:
        async for turn in perform(settings, transport, script_of(cassette)):
            show(turn.message, turn.answer)
            performed.append(turn)
    except TurnFailed as error:
        failure = [f"turn {len(performed) + 1} failed: {error}"]
    return [*transport.problems(), *_differences(cassette, performed), *failure]


def _differences(cassette: Cassette, performed: Sequence[Performed]) -> Iterator[str]:
    """Of the turns that were answered; a failure ends them early."""
    for number, (old, new) in enumerate(zip(cassette.turns, performed, strict=False), start=1):
        answer = lasting(new.answer)
        if answer != old.answer:
            difference = difference_of(old.answer, answer, "the cassette", "this gateway")
            yield f"turn {number} has another answer\n{difference}"
