"""`POST /v1/chat`: a turn as it is asked for, and as it is answered with every step shown."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.contract import Body, FinishReason, Line, Sampling, Source, Text, Turn, Usage

MAX_ROUNDS = 8
"""Toolset rounds of a turn that a request or a setting may ask for."""
MAX_HISTORY_TURNS = 200
"""Turns of `history` in a request; the setting max_body_bytes bounds their length."""

SessionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
RoleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
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
    """The dialog so far; begins with the user's turn. A role's turns are put before it."""
    role: RoleName | None = None
    """One of GET /v1/roles, for this turn. None: the role that the session began with, if any."""
    request_id: RequestId | None = None
    """Names this turn, so that it can be asked again safely: a second request with the same id gets
    the stored turn instead of another. Not with `history`, since then nothing is stored."""
    max_rounds: int | None = Field(default=None, ge=0, le=MAX_ROUNDS)
    """Toolset rounds at most; None: the gateway's setting."""
    deadline_ms: int | None = Field(default=None, ge=1)
    """Time for the turn; only ever shortens the gateway's own budget."""
    stream: bool = Field(
        default=False,
        description="True: server-sent events instead of one JSON body: `turn`, `base`, `query`,"
        " `snippets`, `response`, and `done` or `error` last.",
    )
    sampling: Sampling | None = None
    """Temperature and seed hold for every call of the model; `max_tokens` and `stop` for the answer
    alone, not for drafts and queries."""

    @model_validator(mode="after")
    def _one_dialog(self) -> Self:
        if self.session_id is not None and self.history is not None:
            raise ValueError("history is only for turns without session_id; send one of the two")
        if self.history is not None and self.request_id is not None:
            raise ValueError("request_id is for stored turns; with history nothing is stored")
        if self.history and self.history[0].role != "user":
            raise ValueError(
                "history must begin with a turn of the user's; for turns of the assistant's before"
                " the dialog there is role"
            )
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
    is then already written: storing it and sending it; and waiting for an earlier turn. Where more
    than max_pending_events wait for the client, the stage that waits for it takes as much longer.
    """

    base_ms: float
    query_ms: float
    """The model's research calls before any tool was asked."""
    tools_ms: float
    rewrite_ms: float
    """The model's research calls after a toolset round."""
    gateway_ms: float
    """All the rest: reading the session, the loop, citations and ledger."""
    total_ms: float


class ChatResponse(Body):
    """One whole turn, with every step shown."""

    id: str
    session_id: str | None
    """None where the client keeps the dialog itself (`history`)."""
    role: str | None = None
    response: str
    base: str
    """The draft, before anything was looked up."""
    rounds: list[Round]
    citations: list[Citation]
    ledger: list[LedgerEntry]
    stop_reason: StopReason
    """`user`: the model was done. Else the answer is the best there was when the turn ended."""
    finish_reason: FinishReason = "stop"
    """Of the response's text; `length`: max_tokens or the turn's time cut it."""
    usage: Usage = Usage(prompt_tokens=0, completion_tokens=0)
    """Tokens of all the model's calls in this turn."""
    timings: Timings
