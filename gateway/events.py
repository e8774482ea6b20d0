"""What the loop reports while a turn runs, in the order it happens.

Covers: the events inside the process. Does not cover: their form on the wire (gateway.schemas).
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.schemas import Round, StopReason, ToolReport
from services.contract import FinishReason, Usage


@dataclass(frozen=True, slots=True)
class BaseDelta:
    """More of the draft; only in a turn that is streamed."""

    text: str


@dataclass(frozen=True, slots=True)
class QueryWritten:
    round: int
    """Counts from 1."""
    query: str


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """One tool has finished; these come in the order of finishing."""

    round: int
    report: ToolReport


@dataclass(frozen=True, slots=True)
class ResponseDelta:
    """More of the answer to the user; only in a turn that is streamed."""

    text: str


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Wall time spent waiting for others, in milliseconds; see gateway.schemas.Timings."""

    base_ms: float
    query_ms: float
    tools_ms: float
    rewrite_ms: float


@dataclass(frozen=True, slots=True)
class TurnDone:
    """The last event: the answer and all that led to it."""

    response: str
    """All ResponseDeltas joined, where the turn is streamed."""
    base: str
    rounds: list[Round]
    stop_reason: StopReason
    times: StageTimes
    finish_reason: FinishReason
    usage: Usage
    """Of all the model's calls."""


LoopEvent = BaseDelta | QueryWritten | ToolAnswered | ResponseDelta | TurnDone
