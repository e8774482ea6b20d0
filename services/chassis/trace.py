"""Request ids and W3C trace context: what is accepted from a caller and what is made here.

Covers: the two headers' syntax (https://www.w3.org/TR/trace-context/, version 00).
Does not cover: tracestate, sampling decisions or exporting spans.
"""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


def accept_request_id(header: str | None) -> str:
    """The caller's id if it is short and harmless in logs and headers, else a new one."""
    if header is not None and _REQUEST_ID.fullmatch(header):
        return header
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Trace:
    """One hop of a trace: `trace_id` is the caller's, `span_id` is ours."""

    trace_id: str  # 32 hex digits, not all zero
    span_id: str  # 16 hex digits, not all zero
    sampled: bool

    def header(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def continue_trace(header: str | None) -> Trace:
    """The caller's trace with a span of our own; without a valid header, a new trace."""
    span_id = secrets.token_hex(8)
    match = _TRACEPARENT.fullmatch(header) if header is not None else None
    if match is None or not _is_valid(match):
        return Trace(trace_id=secrets.token_hex(16), span_id=span_id, sampled=False)
    return Trace(trace_id=match[2], span_id=span_id, sampled=bool(int(match[4], 16) & 1))


def _is_valid(match: re.Match[str]) -> bool:
    version, trace_id, parent_id, _, rest = match.groups()
    if version == "ff" or (version == "00" and rest is not None):
        return False
    return trace_id != "0" * 32 and parent_id != "0" * 16
