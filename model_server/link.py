"""What the server's two processes say to each other: one message a line, its type's name first.

    front   ->  Setup, then Generate | Score | Cancel          until it closes the socket
    worker  ->  Ready or Unloadable, then events and Stats     until it ends

`Tokens {"id":3,"index":0,"ids":[40,41]}`. The set of types is closed; requests and events are those
of model_server.engine.requests. Loads no torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from model_server.engine.requests import (
    Began,
    Event,
    Failed,
    Finished,
    Generate,
    Score,
    Scored,
    Tokens,
)

MAX_LINE_BYTES = 2**26
"""Far more than the longest prompt or answer; a longer line is a broken worker."""


class LinkError(Exception):
    """A line is no message; says what kind of line, never its content."""


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a worker is told: what to load, and how to run it (model_server.settings)."""

    weights: Path
    merged: Path | None
    """An adapter that becomes part of the weights."""
    adapters: dict[str, Path]
    """Those that requests may name."""
    own_adapter: str | None
    """Of these, what a request gets that names none."""
    device: str
    dtype: str
    threads: int
    max_context: int | None
    kv_cache_tokens: int
    max_running: int
    prefill_tokens: int
    max_drafts: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for this request any longer, or for this one of its candidates."""

    id: int
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded and warm."""

    device: str
    dtype: str
    threads: int
    max_context: int
    adapters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unloadable:
    """There will be no model until somebody changes what `message` says; the worker ends."""

    message: str


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters and gauges of the engine, by the names that Engine.stats gives them."""

    values: dict[str, float]


FromFront = Setup | Generate | Score | Cancel
FromWorker = Ready | Unloadable | Stats | Event
Message = FromFront | FromWorker

_TYPES: tuple[type[Message], ...] = (
    Setup,
    Cancel,
    Generate,
    Score,
    Ready,
    Unloadable,
    Stats,
    Began,
    Tokens,
    Finished,
    Scored,
    Failed,
)
_READERS: dict[bytes, TypeAdapter[Any]] = {
    kind.__name__.encode(): TypeAdapter(kind) for kind in _TYPES
}


def _plain(value: object) -> object:
    """What the json module cannot write by itself: a dataclass, as its fields, or a path."""
    if isinstance(value, Path):
        return str(value)
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}  # type: ignore[attr-defined]


def write(messages: Iterable[Message]) -> bytes:
    """The messages as lines. The json module writes infinities, which pydantic would drop."""
    lines = [f"{type(one).__name__} {json.dumps(one, default=_plain)}\n" for one in messages]
    return "".join(lines).encode()


def read(line: bytes) -> Message:
    """The message of one line. Raises LinkError."""
    name, _, body = line.partition(b" ")
    reader = _READERS.get(name)
    if reader is None:
        raise LinkError(f"a line of {len(line)} bytes is of no known type")
    try:
        return cast(Message, reader.validate_json(body))
    except ValidationError as error:
        raise LinkError(f"not a {name.decode()}: {error.error_count()} fields are wrong") from None
