"""The events of a streamed turn, version 1: what `POST /v1/chat` sends with `"stream": true`.

    event: turn       TurnEvent        first
    event: base       BaseEvent        any number: the draft as it is written
    event: query      QueryEvent       each round, from 1: the model asks the toolset
    event: snippets   SnippetsEvent    each round, one per tool as it finishes
    event: response   ResponseEvent    any number: the answer as it is written
    event: done       ChatResponse     last: the whole turn, as without `stream`; it is stored
    event: error      ErrorBody        last, instead of `done`

All deltas of `base` joined are the turn's `base`, all of `response` its `response`. None ever holds
a part of the words `TS,` or `User,` that say whom the model speaks to. Comments (lines that
begin with a colon) may come at any time. Clients skip events whose names they do not know: adding
one does not change the version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gateway.schemas.chat import ChatResponse, ToolReport
from services.contract import Body

EVENTS_VERSION = 1


class TurnEvent(Body):
    """The turn has begun."""

    version: Literal[1] = 1
    id: str
    session_id: str | None
    role: str | None


class BaseEvent(Body):
    """More of the draft: what the model says before anything was looked up."""

    delta: str
    draft: Literal[True] = True


class QueryEvent(Body):
    """The model asks the toolset. Rounds count from 1."""

    round: int
    query: str


class SnippetsEvent(ToolReport):
    """What one tool answered, or how it failed. In the order of finishing."""

    round: int


class ResponseEvent(Body):
    """More of the answer to the user."""

    delta: str


TurnStep = TurnEvent | BaseEvent | QueryEvent | SnippetsEvent | ResponseEvent | ChatResponse
"""What a streamed turn that does not fail is made of; the last is the whole answer."""

TURN_STEPS: Mapping[str, type[TurnStep]] = {
    "turn": TurnEvent,
    "base": BaseEvent,
    "query": QueryEvent,
    "snippets": SnippetsEvent,
    "response": ResponseEvent,
    "done": ChatResponse,
}
"""By the name of the event."""
