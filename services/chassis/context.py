"""The request being served, reachable from anywhere below it through a context variable.

Covers: request id, trace and deadline of the current request, and the headers that pass them on.
Does not cover: reading them from the wire (services.chassis.middleware).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from services.chassis.trace import Trace
from services.contract import DEADLINE_HEADER, REQUEST_ID_HEADER, TRACEPARENT_HEADER, ErrorDetail

ErrorShape = Callable[[ErrorDetail, int], tuple[int, Mapping[str, Any]]]
"""(what went wrong, HTTP status) -> the status and body to send, on paths that speak another
protocol."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    service: str
    request_id: str
    trace: Trace
    deadline_at_s: float  # on time.monotonic()'s clock
    error_shape: ErrorShape | None = None  # None: services.contract.ErrorBody

    def remaining_s(self) -> float:
        return max(0.0, self.deadline_at_s - time.monotonic())


current: ContextVar[RequestContext | None] = ContextVar("groundling_request", default=None)


def request_id() -> str:
    """The id of the request being served; "" outside a request."""
    context = current.get()
    return context.request_id if context is not None else ""


def remaining_ms() -> float | None:
    """Milliseconds left before the request's deadline, at least 0; None outside a request."""
    context = current.get()
    return context.remaining_s() * 1000 if context is not None else None


def forwarded_headers() -> dict[str, str]:
    """X-Request-ID, traceparent and X-Deadline-Ms (what is left) to send with an upstream call.

    Empty outside a request. A spent deadline is sent as 1 ms, since the header must be positive.
    """
    context = current.get()
    if context is None:
        return {}
    return {
        REQUEST_ID_HEADER: context.request_id,
        TRACEPARENT_HEADER: context.trace.header(),
        DEADLINE_HEADER: str(max(1, int(context.remaining_s() * 1000))),
    }
