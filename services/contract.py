"""Wire types shared by every process: the tools', the model server's, and the tools' manifests.

Covers: request and response bodies, the closed set of error codes, and reading `tool.toml`.
Does not cover: HTTP behaviour (services.chassis) or the gateway's public bodies (gateway.schemas).
Imports pydantic and the standard library, nothing heavier.

How a call can end:

    200  status "ok", results                an answer
    200  status "ok", no results             nothing is found, or nothing is left after `skip`
    200  status "unparsed", no results       a *decline*: the tool cannot read the input
    4xx / 5xx  ErrorBody                     a *failure*: code is one of ErrorCode

A tool declines when the input is not for it, and fails when it could not do its work. It never
invents a value to hide a failure.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

REQUEST_ID_HEADER = "X-Request-ID"
TRACEPARENT_HEADER = "traceparent"
DEADLINE_HEADER = "X-Deadline-Ms"

MAX_LIMIT = 50
MAX_SKIP = 10_000


# All but tab, line feed and carriage return; lone surrogates.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def _reject_control_characters(text: str) -> str:
    found = _FORBIDDEN.search(text)
    if found is None:
        return text
    code, position = ord(found.group()), found.start()
    if 0xD800 <= code < 0xE000:
        raise ValueError(f"contains the lone surrogate U+{code:04X} at position {position}")
    raise ValueError(
        f"contains the control character U+{code:04X} at position {position}; "
        "of these only tab, line feed and carriage return are allowed"
    )


def _reject_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; at least one visible character is needed")
    return text


Text = Annotated[str, AfterValidator(_reject_control_characters)]
"""Any text without control characters or lone surrogates; may be empty."""

Line = Annotated[Text, AfterValidator(_reject_blank)]
"""Text with at least one visible character."""


class Body(BaseModel):
    """Base of every wire body: strict about types, closed to unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


# --- errors ---------------------------------------------------------------------------------


class ErrorCode(StrEnum):
    """Every way a service can fail. The HTTP status of each stands beside it."""

    BAD_REQUEST = "bad_request"  # 400: not JSON, not UTF-8, a malformed header
    UNAUTHORIZED = "unauthorized"  # 401
    FORBIDDEN = "forbidden"  # 403: the key is known and may not do this
    NOT_FOUND = "not_found"  # 404
    METHOD_NOT_ALLOWED = "method_not_allowed"  # 405
    CONFLICT = "conflict"  # 409
    TOO_LARGE = "too_large"  # 413: the body is over its limit
    INVALID_REQUEST = "invalid_request"  # 422: a field is wrong; the message names it
    RATE_LIMITED = "rate_limited"  # 429: this caller asks too often; Retry-After is set
    OVERLOADED = "overloaded"  # 429: a queue is full; Retry-After is set
    CANCELLED = "cancelled"  # 499: the client left (seen in logs only)
    INTERNAL = "internal"  # 500
    UPSTREAM = "upstream"  # 502: a service this one needs answered nonsense
    UNAVAILABLE = "unavailable"  # 503: a part that is needed is missing or down
    DEADLINE = "deadline"  # 504: the work was cut at its deadline


HTTP_STATUS: dict[ErrorCode, int] = {
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.UNAUTHORIZED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.CONFLICT: 409,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.INVALID_REQUEST: 422,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.OVERLOADED: 429,
    ErrorCode.CANCELLED: 499,
    ErrorCode.INTERNAL: 500,
    ErrorCode.UPSTREAM: 502,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.DEADLINE: 504,
}


class ErrorDetail(Body):
    code: ErrorCode = Field(strict=False)
    message: str
    request_id: str


class ErrorBody(Body):
    """The body of every non-2xx answer."""

    error: ErrorDetail


class Missing(Body):
    """One thing a service lacks, as `/readyz` reports it."""

    part: str
    """What is missing, e.g. "apertium-eng-spa"."""
    how: str
    """How to get it, e.g. "apt-get install apertium-eng-spa"."""
    required: bool
    """True when the service cannot work at all without it."""


class ReadyResponse(Body):
    """`GET /readyz`: 200 when ready, 503 when a required part is missing."""

    ready: bool
    missing: list[Missing]


# --- tools ----------------------------------------------------------------------------------


class QueryRequest(Body):
    """`POST /v1/query`: one string for one tool."""

    input: Line = Field(description="What to look up, compute or translate, as one string.")
    skip: int = Field(
        default=0,
        ge=0,
        le=MAX_SKIP,
        description="Results to leave out, best first: those already seen for this input.",
    )
    limit: int = Field(default=5, ge=1, le=MAX_LIMIT, description="Most results to return.")


class Source(Body):
    """Where a result comes from. Direct facts and calculations carry no source."""

    title: str
    url: str | None = None
    score: float | None = None


class QueryResponse(Body):
    """What a tool answers: `sources` runs parallel to `results`."""

    results: list[Text]
    status: Literal["ok", "unparsed"]
    sources: list[Source | None]

    @model_validator(mode="after")
    def _parallel(self) -> Self:
        if len(self.sources) != len(self.results):
            raise ValueError(
                f"sources has {len(self.sources)} entries, results {len(self.results)}"
            )
        return self


@dataclass(frozen=True, slots=True)
class Snippet:
    """One result inside a process: a tool's answer before it is put on the wire."""

    text: str
    source: Source | None = None


def query_response(snippets: Sequence[Snippet], status: Literal["ok", "unparsed"]) -> QueryResponse:
    return QueryResponse(
        results=[snippet.text for snippet in snippets],
        status=status,
        sources=[snippet.source for snippet in snippets],
    )


# --- model server ---------------------------------------------------------------------------


class Turn(Body):
    """One turn of a dialog."""

    role: Literal["user", "assistant"]
    content: Line


def _ends_with_user(turns: list[Turn]) -> list[Turn]:
    if turns[-1].role != "user":
        raise ValueError("the last turn must be the user's")
    return turns


Dialog = Annotated[list[Turn], Field(min_length=1), AfterValidator(_ends_with_user)]
"""A dialog to be answered: at least one turn, the last of them the user's."""


class Sampling(Body):
    """How to draw tokens. temperature 0 is greedy; the others then have no effect."""

    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    top_k: int = Field(default=0, ge=0)
    """0: no limit."""
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    max_tokens: int | None = Field(default=None, ge=1)
    """None: the server's default for the call."""
    stop: list[Annotated[Text, Field(min_length=1, max_length=100)]] = Field(
        default_factory=list, max_length=8
    )
    """Texts that end an answer and are not part of it."""


FinishReason = Literal["stop", "length"]
"""stop: the model ended the text, or a stop text did; length: max_tokens did."""


class Usage(Body):
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    """Of the prompt's, those the model had read before."""


class BaseRequest(Body):
    """`POST /v1/base`: draft a response to the last turn, which is the user's."""

    context: Dialog
    role_turns: list[Turn] = Field(default_factory=list)
    """Preconditioning turns of a role, put before the context (LaMDA, section 5)."""
    n: int = Field(default=1, ge=1, le=16)
    sampling: Sampling = Field(default_factory=Sampling)
    adapter: str | None = None
    """One of those that /v1/info lists; None: the server's own."""
    stream: bool = False
    """True: server-sent events, see `Delta`."""


Attribute = Literal["sensible", "specific", "interesting", "safe"]


class Scores(Body):
    """P("1") per attribute, each in [0, 1] (LaMDA, section 6.1)."""

    sensible: float
    specific: float
    interesting: float
    safe: float


class Candidate(Body):
    text: str
    scores: Scores | None
    """None when n is 1: nothing is ranked, so nothing is scored."""
    log_likelihood: float | None = None
    """ln P(text) under the model at temperature 1; None when the model server cannot say."""
    finish_reason: FinishReason = "stop"


class BaseResponse(Body):
    response: str
    candidates: list[Candidate]
    """Best first."""
    usage: Usage
    model: str


class Step(Body):
    """One toolset round as the model sees it."""

    query: Line
    snippets: list[Text]


class ResearchRequest(Body):
    """`POST /v1/research`: with no steps, the first query; with steps, the grounded rewrite."""

    context: Dialog
    role_turns: list[Turn] = Field(default_factory=list)
    base: Text
    steps: list[Step] = Field(default_factory=list)
    force_user: bool = False
    """True: the recipient is given, `User`; the model writes the response only."""
    sampling: Sampling = Field(default_factory=Sampling)
    adapter: str | None = None
    """One of those that /v1/info lists; None: the server's own."""
    stream: bool = False
    """True: server-sent events, see `Delta`."""


class ResearchResponse(Body):
    recipient: Literal["TS", "User"]
    text: str
    """Without the recipient and its comma."""
    usage: Usage
    model: str
    finish_reason: FinishReason = "stop"


class Delta(Body):
    """More text of a streamed answer. The events of a stream, in order (server-sent events):

    event: recipient   data: RecipientChosen         research only, before any text
    event: delta       data: Delta                   any number; several candidates may mix
    event: done        data: BaseResponse | ResearchResponse, as without `stream`
    event: error       data: ErrorBody               instead of done; nothing follows
    """

    index: int
    """Which candidate, in the order they were drawn."""
    text: str
    """Whole characters, never part of `TS,` or `User,`."""


class RecipientChosen(Body):
    recipient: Literal["TS", "User"]


class ScoreRequest(Body):
    """`POST /v1/score`: how good is `response` after `context`?"""

    context: Dialog
    role_turns: list[Turn] = Field(default_factory=list)
    response: Text
    """May be empty when only continuations are asked for."""
    attributes: list[Attribute] = Field(
        default=["sensible", "specific", "interesting", "safe"], max_length=4
    )
    continuations: list[Annotated[Text, Field(min_length=1)]] = Field(
        default_factory=list, max_length=16
    )
    """Texts that may follow what `response` begins; each is scored on its own."""
    adapter: str | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.attributes and not self.continuations:
            raise ValueError("attributes and continuations are both empty; ask for at least one")
        if self.attributes and not self.response.strip():
            raise ValueError("response is empty; attributes are of a response with visible text")
        return self


class ContinuationScore(Body):
    log_likelihood: float
    """ln P(continuation) after the context and `response`."""
    tokens: int


class ScoreResponse(Body):
    probabilities: dict[Attribute, float]
    """P("1") of each attribute asked for."""
    continuations: list[ContinuationScore] = Field(default_factory=list)
    """In the order asked."""
    model: str


class InfoResponse(Body):
    """`GET /v1/info`: what is running. Without a model of its own, a server gives the name only."""

    model: str
    weights: str | None = None
    adapter: str | None = None
    dtype: str | None = None
    device: str | None = None
    threads: int | None = None
    max_context_tokens: int | None = None
    adapters: list[str] = Field(default_factory=list)
    """Those a request may name; empty: the adapter, if any, is part of the weights."""
    backend: str | None = None
    """engine: this project's own; openai: another server behind this one."""
    max_running: int | None = None
    """Sequences that share a step; more of them wait."""
    max_inside: int | None = None
    """Requests that may be inside at once, running or waiting; beyond them 429."""
    kv_cache_tokens: int | None = None


# --- manifests ------------------------------------------------------------------------------


class Example(Body):
    """One example of a tool's input, run by the contract tests."""

    input: str
    results: list[str] | None = None
    """Exact results; None: see `matches`."""
    matches: str | None = None
    """A regular expression that the first result must match in full."""
    why: str | None = None

    @model_validator(mode="after")
    def _one_expectation(self) -> Self:
        if (self.results is None) == (self.matches is None):
            raise ValueError("an example needs exactly one of `results` and `matches`")
        return self


class ToolManifest(Body):
    """`services/<name>/tool.toml`: all that the stack, the gateway and the tests know of a tool."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    summary: str
    port: int = Field(ge=1, le=65535)
    order: int
    """Place in the toolset's list: lower comes first."""
    app: str = Field(pattern=r"^[a-z0-9_.]+:[a-z0-9_]+$")
    """The app factory, e.g. "services.calculator.app:build"."""
    timeout_s: float = Field(gt=0)
    """How long the gateway waits for this tool within a turn."""
    examples: list[Example] = Field(min_length=1)


class ManifestError(Exception):
    """A tool.toml is missing, malformed or incomplete; the message names file and field."""


def read_manifest(path: Path) -> ToolManifest:
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return ToolManifest.model_validate(raw)
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ManifestError(f"{path}: {error}") from error


def discover_tools(folder: Path | None = None) -> list[ToolManifest]:
    """Read every `<folder>/*/tool.toml`, in toolset order. Default folder: this package's own."""
    root = folder if folder is not None else Path(__file__).parent
    tools = [read_manifest(path) for path in sorted(root.glob("*/tool.toml"))]
    for attribute in ("name", "port", "order"):
        values = [getattr(tool, attribute) for tool in tools]
        if len(set(values)) != len(values):
            raise ManifestError(f"two tools under {root} share a {attribute}: {sorted(values)}")
    return sorted(tools, key=lambda tool: tool.order)
