"""The file: a dialog's turns, and each exchange with another process that they took.

Covers: its format, version 1, reading and writing it. Does not cover: making one
(gateway.cassettes.recording) or using one (gateway.cassettes.replaying).

It holds no headers, addresses, ids or times, so that it says nothing of the machine it was recorded
on, and a second recording of the same behaviour is the same file.

    CassetteError    a file that is none, is broken or too new, or an exchange it cannot hold
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import Field, JsonValue, ValidationError, model_validator
from pydantic_core import from_json

from gateway.schemas import ChatResponse, RoleName
from services.contract import Body, Line

FORMAT: Final = "groundling-cassette"
VERSION: Final = 1

MODEL_SERVER = "model_server"

Shaping = Literal[
    "max_rounds",
    "snippets_per_tool",
    "max_snippet_chars",
    "max_message_chars",
    "max_query_chars",
    "max_response_chars",
    "max_context_turns",
    "max_context_chars",
]
"""Settings of the gateway that decide what is asked of the model and of the tools. A cassette may
come from anyone: it has no say in the others."""
SHAPING: Final[tuple[Shaping, ...]] = get_args(Shaping)

HeaderValue = Annotated[str, Field(pattern=r"^[ -~]*$")]

Addresses = Mapping[str, str]
"""Where each service is: its name to its base URL."""


class CassetteError(Exception):
    """The message names the file, or the service and the path."""


class Exchange(Body):
    """One request of the gateway's, and its answer: JSON (`response`) or any text (`chunks`)."""

    service: str
    """`model_server`, or a tool's name."""
    method: Literal["POST"] = "POST"
    path: str
    request: JsonValue
    status: Annotated[int, Field(ge=200, le=599)]
    content_type: HeaderValue
    retry_after: HeaderValue | None = None
    response: JsonValue = None
    chunks: list[str] | None = None
    """An answer that is no JSON, e.g. server-sent events, cut as it came."""


class RecordedTurn(Body):
    message: Line
    answer: dict[str, JsonValue]
    """The ChatResponse without what differs each time, see `lasting`."""


class Cassette(Body):
    format: Literal["groundling-cassette"] = FORMAT
    version: Literal[1] = VERSION
    streamed: bool
    role: RoleName | None
    tools: list[str]
    """Those that were asked, in toolset order."""
    settings: dict[Shaping, int]
    """Those that were not at their defaults."""
    turns: Annotated[list[RecordedTurn], Field(min_length=1)]
    """Of one session."""
    exchanges: list[Exchange]
    """In the order of asking."""

    @model_validator(mode="after")
    def _services_known(self) -> Self:
        known = {MODEL_SERVER, *self.tools}
        for number, exchange in enumerate(self.exchanges):
            if exchange.service not in known:
                raise ValueError(f"exchanges.{number}.service: {exchange.service!r} is no service")
        return self


def lasting(answer: ChatResponse) -> dict[str, JsonValue]:
    """What of an answer is the same each time: all but ids and times."""
    kept: dict[str, Any] = answer.model_dump(mode="json", exclude={"id", "session_id", "timings"})
    for one in kept["rounds"]:
        for tool in one["tools"]:
            del tool["elapsed_ms"]
    return kept


def read_cassette(path: Path) -> Cassette:
    try:
        # Stricter than Python's own reader, which takes NaN and half characters, and deep nesting
        # ends it with another error.
        raw = from_json(path.read_bytes(), allow_inf_nan=False)
    except OSError as error:
        raise CassetteError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CassetteError(f"{path}: not JSON: {error}") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise CassetteError(f'{path}: no cassette, for it does not begin with "format": "{FORMAT}"')
    if raw.get("version") != VERSION:
        raise CassetteError(
            f"{path}: a cassette of version {raw.get('version')!r}; this groundling reads {VERSION}"
        )
    try:
        return Cassette.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CassetteError(f"{path}: {where}: {first['msg']}") from error


def write_cassette(path: Path, cassette: Cassette) -> None:
    body = cassette.model_dump(mode="json")
    body["exchanges"] = [
        exchange.model_dump(mode="json", exclude_none=True) for exchange in cassette.exchanges
    ]
    try:
        path.write_text(shown(body) + "\n", encoding="utf-8")
    except OSError as error:
        raise CassetteError(f"{path}: {error.strerror}") from error


def shown(value: object) -> str:
    """JSON for people and for diffs."""
    return json.dumps(value, ensure_ascii=False, indent=2)
