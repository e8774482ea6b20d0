"""A dialog run through the real gateway in this process, around any transport.

Covers: settings that keep such a gateway to itself (a database of its own, no log but of errors),
and the turns, through its HTTP interface. Does not cover: what is done with them
(gateway.commands.cassettes).

    TurnFailed    the gateway answered a turn with an error; the message is its own
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from gateway.app import build
from gateway.cassettes.cassette import SHAPING, Cassette, CassetteError, Shaping
from gateway.schemas import TURN_STEPS, ChatResponse, TurnStep
from gateway.settings import Settings
from services.chassis.sse import EventParser
from services.contract import ErrorBody


class TurnFailed(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Script:
    """What is said."""

    messages: Sequence[str]
    role: str | None
    streamed: bool


@dataclass(frozen=True, slots=True)
class Performed:
    message: str
    steps: list[TurnStep]
    answer: ChatResponse


def script_of(cassette: Cassette) -> Script:
    return Script([turn.message for turn in cassette.turns], cassette.role, cassette.streamed)


def to_itself(settings: Settings, folder: Path, changes: Mapping[str, Any]) -> Settings:
    """These settings, for a gateway that leaves nothing outside `folder` and serves only us."""
    roles = settings.data_dir / "roles"
    own = {
        "data_dir": folder,
        "database_url": None,
        "roles_dir": settings.roles_dir or (roles if roles.is_dir() else None),
        "log_level": "ERROR",  # what fails is told by who asked
        "host": "127.0.0.1",
        "require_key": "auto",
    }
    try:
        return Settings.model_validate(settings.model_dump() | own | dict(changes))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CassetteError(f"settings: {where}: {first['msg']}") from error


def shaping(settings: Settings) -> dict[Shaping, int]:
    """The shaping settings that are not at their defaults."""
    fields = Settings.model_fields
    found = {name: getattr(settings, name) for name in SHAPING}
    return {name: value for name, value in found.items() if value != fields[name].default}


def shaped_by(cassette: Cassette) -> dict[str, Any]:
    """All shaping settings as they were when the cassette was recorded."""
    return {
        name: cassette.settings.get(name, Settings.model_fields[name].default) for name in SHAPING
    }


async def perform(
    settings: Settings, transport: httpx.AsyncBaseTransport, script: Script
) -> AsyncIterator[Performed]:
    """The script's turns in one session, each when it has ended; raise TurnFailed."""
    app = build(settings, transport)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost", timeout=None
        ) as client,
    ):
        session_id: str | None = None
        for message in script.messages:
            begun = {"session_id": session_id} if session_id else {"role": script.role}
            body = {"message": message, "stream": script.streamed, **begun}
            steps = _steps(await client.post("/v1/chat", json=body))
            answer = steps[-1]
            assert isinstance(answer, ChatResponse), "a turn ends with its answer or an error"
            session_id = answer.session_id
            yield Performed(message, steps, answer)


def _steps(response: httpx.Response) -> list[TurnStep]:
    if not response.is_success:
        raise TurnFailed(ErrorBody.model_validate_json(response.content).error.message)
    if response.headers["content-type"].startswith("application/json"):
        return [ChatResponse.model_validate_json(response.content)]
    events = EventParser(len(response.content)).feed(response.content)
    for name, data in events:
        if name == "error":
            raise TurnFailed(ErrorBody.model_validate_json(data).error.message)
    return [TURN_STEPS[name].model_validate_json(data) for name, data in events]
