"""Streamed answers as server-sent events (WHATWG HTML, section 9.2): see services.contract.Delta.

A call that fails before its first event is an error body like any other's. Later, the failure is
the last event. A client that leaves closes the events at once, and with them the work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.chassis import Failure, remaining_ms, request_id
from services.chassis.sse import MEDIA_TYPE, frame
from services.contract import (
    BaseResponse,
    Body,
    Delta,
    ErrorBody,
    ErrorCode,
    ErrorDetail,
    RecipientChosen,
    ResearchResponse,
)

DEADLINE_MARGIN_S = 0.05
"""So much before the deadline a stream says that it is cut; then the connection is ended."""

STREAMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "The answer; see `stream`."}
}
"""For the documentation of a route that can answer so."""

Event = RecipientChosen | Delta | BaseResponse | ResearchResponse
_NAMES: dict[type[Body], str] = {
    RecipientChosen: "recipient",
    Delta: "delta",
    BaseResponse: "done",
    ResearchResponse: "done",
    ErrorBody: "error",
}
_log = logging.getLogger(__name__)


def _framed(data: Body) -> bytes:
    return frame(_NAMES[type(data)], data)


class EventStream(StreamingResponse):
    """The events as a response; whatever ends it closes them."""

    def __init__(self, first: Event, events: AsyncGenerator[Event, None]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        self._frames = _frames(first, events)
        self._events = events
        super().__init__(self._frames, media_type=MEDIA_TYPE, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._frames.aclose()
            await self._events.aclose()


async def stream(events: AsyncGenerator[Event, None]) -> EventStream:
    """The response, once there is a first event. Raises what the events raise before it."""
    first = await anext(events)
    return EventStream(first, events)


async def _frames(first: Event, events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    try:
        yield _framed(first)
        while True:
            try:
                async with asyncio.timeout(_left_s()):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            yield _framed(event)
    except Exception as error:
        failure = _failure(error)
        # The status line said 200: without this the log would not know of it.
        said = {"code": failure.code.value, "kind": type(error).__name__}
        _log.warning("stream failed", extra=said)
        detail = ErrorDetail(code=failure.code, message=failure.message, request_id=request_id())
        yield _framed(ErrorBody(error=detail))


def _left_s() -> float | None:
    left_ms = remaining_ms()
    return None if left_ms is None else max(0.0, left_ms / 1000 - DEADLINE_MARGIN_S)


def _failure(error: Exception) -> Failure:
    if isinstance(error, Failure):
        return error
    if isinstance(error, TimeoutError):
        return Failure(ErrorCode.DEADLINE, "the work could not finish before its deadline")
    _log.error("a stream broke", exc_info=error)
    return Failure(ErrorCode.INTERNAL, "an unexpected error")
