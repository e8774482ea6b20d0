"""What every service has besides its own work. STUB: signatures fixed, being implemented."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from services.contract import ErrorCode, Missing, Snippet

S = TypeVar("S", bound="ServiceSettings")


class SettingsError(Exception):
    """An environment variable is unknown or has a bad value; the message names key, value, allowed."""


class Failure(Exception):
    """Work that could not be done; becomes an error body. Raise it from any handler or tool."""

    def __init__(self, code: ErrorCode, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class ServiceSettings(BaseModel):
    """Settings every service has; each service subclasses it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    log_level: str = "INFO"
    max_body_bytes: int = Field(default=65_536, gt=0)
    max_input_chars: int = Field(default=2_000, gt=0)
    max_concurrent: int = Field(default=64, gt=0)
    default_deadline_ms: int = Field(default=10_000, gt=0)


def load_settings(kind: type[S], prefix: str, environ: Mapping[str, str]) -> S:
    """Read PREFIX_FIELD variables, e.g. GROUNDLING_CALCULATOR_LOG_LEVEL. Unknown ones of the prefix: SettingsError."""
    raise NotImplementedError


def check_length(field: str, text: str, limit: int) -> None:
    """Raise Failure(INVALID_REQUEST) naming field, length and limit when text is longer than limit."""
    raise NotImplementedError


def request_id() -> str:
    """The id of the request being served ("" outside a request). From a context variable."""
    raise NotImplementedError


def remaining_ms() -> float | None:
    """Milliseconds left before the current request's deadline; None outside a request."""
    raise NotImplementedError


def forwarded_headers() -> dict[str, str]:
    """X-Request-ID, traceparent and X-Deadline-Ms (what is left) to send with an upstream call."""
    raise NotImplementedError


Readiness = Callable[[], Awaitable[Sequence[Missing]]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Query = Callable[[str], Awaitable[Sequence[Snippet]]]
PagedQuery = Callable[[str, int, int], Awaitable[Sequence[Snippet] | None]]


def create_app(
    name: str,
    settings: ServiceSettings,
    *,
    summary: str,
    readiness: Readiness,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """A FastAPI app with health, readiness, metrics, errors, ids, logs, tracing, deadline, limits."""
    raise NotImplementedError


def create_tool_app(
    name: str,
    settings: ServiceSettings,
    *,
    summary: str,
    query: PagedQuery,
    readiness: Readiness,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """`create_app` plus `POST /v1/query`.

    `query(text, skip, limit)` returns the ranked snippets skip..skip+limit, or None when the text is
    not for this tool (status "unparsed"). An empty list is status "ok" with nothing left/found.
    """
    raise NotImplementedError
