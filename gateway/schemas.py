"""The gateway's public bodies: chat, toolset, tools, sessions, and the events of a streamed turn.

Covers: what clients send and receive. Does not cover: the tools' and the model server's own bodies
(services.contract). Imports pydantic and services.contract, nothing heavier, so that the loop can
use these types without a web framework.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.contract import (
    MAX_LIMIT,
    MAX_SKIP,
    Body,
    Example,
    Line,
    Sampling,
    Source,
    Text,
    Turn,
)

MAX_ROUNDS = 8
"""Toolset rounds of a turn that a request or a setting may ask for."""
MAX_HISTORY_TURNS = 200
"""Turns of `history` in a request; the setting max_body_bytes bounds their length."""

SessionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
StopReason = Literal["user", "max_rounds", "deadline", "exhausted"]
ToolStatus = Literal["ok", "unparsed", "timeout", "error", "unavailable"]
Verdict = Literal["kept", "corrected", "removed", "unsupported"]


class ChatRequest(Body):
    """`POST /v1/chat`.

    With `session_id` the dialog is the stored one; with `history` it is the client's and nothing is
    stored; with neither, a new session begins.
    """

    message: Line
    session_id: SessionId | None = None
    history: Annotated[list[Turn], Field(max_length=MAX_HISTORY_TURNS)] | None = None
    max_rounds: int | None = Field(default=None, ge=0, le=MAX_ROUNDS)
    """Toolset rounds at most; None: the gateway's setting."""
    deadline_ms: int | None = Field(default=None, ge=1)
    """Time for the turn; only ever shortens the gateway's own budget."""
    stream: bool = False
    """True: server-sent events, one per stage, instead of one JSON body."""
    sampling: Sampling | None = None

    @model_validator(mode="after")
    def _one_dialog(self) -> Self:
        if self.session_id is not None and self.history is not None:
            raise ValueError("history is only for turns without session_id; send one of the two")
        return self


class ToolReport(Body):
    """What one tool did with one query. `sources` runs parallel to `results`."""

    tool: str
    status: ToolStatus
    results: list[Text]
    sources: list[Source | None]
    elapsed_ms: float


class Round(Body):
    """One toolset round: the query the model wrote, the tools' answers, and what it said then."""

    query: str
    tools: list[ToolReport]
    """In toolset order, whatever finished first."""
    output: str
    """The model's words after this round with their recipient: "User, …" or "TS, …"."""


class Citation(Body):
    """A span of the response that a snippet says: `response[start:end]`, in Unicode code points."""

    start: int
    end: int
    snippet: str
    source: Source | None


class LedgerEntry(Body):
    """What became of one checkable value of the draft or of the response."""

    claim: str
    verdict: Verdict
    snippet: str | None
    """The snippet that decides; None where no snippet speaks of it."""


class Timings(Body):
    """Wall time of a turn by stage, in milliseconds.

    From when the turn's session is free to when the answer is drawn up. Left out, since the answer
    is then already written: storing it and sending it; and waiting for an earlier turn.
    """

    base_ms: float
    query_ms: float
    """The model's first research call, before any tool was asked."""
    tools_ms: float
    rewrite_ms: float
    """The model's research calls after a toolset round."""
    gateway_ms: float
    """All the rest: reading the session, the loop, citations and ledger; in a stream also the time
    the client takes to accept events."""
    total_ms: float


class ChatResponse(Body):
    """One whole turn, with every step shown."""

    id: str
    session_id: str | None
    """None where the client keeps the dialog itself (`history`)."""
    response: str
    base: str
    """The draft, before anything was looked up."""
    rounds: list[Round]
    citations: list[Citation]
    ledger: list[LedgerEntry]
    stop_reason: StopReason
    timings: Timings


class ToolsetRequest(Body):
    """`POST /v1/toolset`: one string for all tools."""

    input: Line
    skip: (
        Annotated[int, Field(ge=0, le=MAX_SKIP)]
        | dict[str, Annotated[int, Field(ge=0, le=MAX_SKIP)]]
    ) = 0
    """Results to leave out: one number for every tool, or a number per tool."""
    limit: int = Field(default=5, ge=1, le=MAX_LIMIT)
    """Results per tool at most."""


class ToolsetResponse(Body):
    """The tools' results in one list, in toolset order, and what each tool did."""

    results: list[Text]
    tools: list[ToolReport]


class ToolInfo(Body):
    name: str
    summary: str
    examples: list[Example]


class ToolsResponse(Body):
    """`GET /v1/tools`, in toolset order."""

    tools: list[ToolInfo]


class SessionTurn(Body):
    message: str
    created_at: str
    """ISO 8601, UTC."""
    answer: ChatResponse


class SessionResponse(Body):
    """`GET /v1/sessions/{id}`: the stored turns, oldest first."""

    session_id: str
    created_at: str
    turns: list[SessionTurn]


# --- events of a streamed turn, in the order they are sent -----------------------------------


class TurnEvent(Body):
    """Event `turn`: the turn has begun."""

    id: str
    session_id: str | None


class BaseEvent(Body):
    """Event `base`: the draft."""

    base: str
    elapsed_ms: float


class QueryEvent(Body):
    """Event `query`: the model asks the toolset. Rounds count from 1."""

    round: int
    query: str


class SnippetsEvent(Body):
    """Event `snippets`: every tool has answered this round, or failed to."""

    round: int
    query: str
    results: list[Text]
    """What the model is given: the results of the tools with status ok, in toolset order."""
    tools: list[ToolReport]


class ResponseEvent(Body):
    """Event `response`: the answer. Event `done` follows with the whole ChatResponse."""

    response: str
    stop_reason: StopReason
