"""`POST /v1/chat`: a turn as one JSON body or as server-sent events.

Covers: the route, how failures become error bodies or `error` events, and the names of the events.
Does not cover: the turn (gateway.turns).
"""

from __future__ import annotations

import logging
from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from gateway.access.principal import owner_of
from gateway.database.failures import StoreUnavailable
from gateway.events import BaseDelta, LoopEvent, QueryWritten, ResponseDelta, ToolAnswered
from gateway.schemas import (
    BaseEvent,
    ChatRequest,
    ChatResponse,
    QueryEvent,
    ResponseEvent,
    SnippetsEvent,
    TurnEvent,
)
from gateway.seams import ModelDeadline, ModelError, ModelRefused, ModelUnavailable
from gateway.sessions.errors import (
    RequestRunning,
    SessionBusy,
    SessionError,
    SessionUnknown,
)
from gateway.sse import TurnStream, frames_of
from gateway.turns import RoleUnknown, TurnBegun, Turns
from services.chassis import Failure, check_length, request_id
from services.chassis.sse import MEDIA_TYPE, frame
from services.contract import Body, ErrorBody, ErrorCode, ErrorDetail

RETRY_AFTER_S = 2
_log = logging.getLogger(__name__)

TURN_ERRORS = (ModelError, RoleUnknown, SessionError, StoreUnavailable)


def chat_routes(turns: Turns) -> APIRouter:
    router = APIRouter(tags=["chat"])

    @router.post(
        "/v1/chat",
        summary="One turn: draft, look up, rewrite, with every step shown",
        response_model=ChatResponse,
        responses={200: {"content": {MEDIA_TYPE: {}}, "description": "The turn; see `stream`."}},
    )
    async def chat(request: ChatRequest, caller: Request) -> ChatResponse | StreamingResponse:
        owner = owner_of(caller)
        check_length("message", request.message, turns.settings.max_message_chars)
        for number, turn in enumerate(request.history or []):
            field = f"history.{number}.content"
            check_length(field, turn.content, turns.settings.max_message_chars)
        try:
            if not request.stream:
                return await _whole(turns, request, owner)
            await turns.check(request, owner)
        except TURN_ERRORS as error:
            raise _logged(error) from error
        frames = frames_of(
            turns.run(request, owner),
            _frame,
            _failed,
            joined,
            most_pending=turns.settings.max_pending_events,
            heartbeat_s=turns.settings.heartbeat_ms / 1000,
        )
        return TurnStream(frames)

    return router


async def _whole(turns: Turns, request: ChatRequest, owner: str) -> ChatResponse:
    async with aclosing(turns.run(request, owner)) as events:
        async for event in events:
            if isinstance(event, ChatResponse):
                return event
    raise AssertionError("a turn ends with its answer or an exception")


def _frame(event: TurnBegun | LoopEvent | ChatResponse) -> bytes:
    """The event on the wire; empty: it is not one for the client."""
    named: tuple[str, Body] | None = None
    match event:
        case TurnBegun(id=id, session_id=session_id, role=role):
            named = "turn", TurnEvent(id=id, session_id=session_id, role=role)
        case BaseDelta(text=text):
            named = "base", BaseEvent(delta=text)
        case QueryWritten(round=number, query=query):
            named = "query", QueryEvent(round=number, query=query)
        case ToolAnswered(round=number, report=report):
            named = "snippets", SnippetsEvent(round=number, **dict(report))
        case ResponseDelta(text=text):
            named = "response", ResponseEvent(delta=text)
        case ChatResponse():
            named = "done", event
    return frame(*named) if named is not None else b""


def joined(
    one: TurnBegun | LoopEvent | ChatResponse, other: TurnBegun | LoopEvent | ChatResponse
) -> LoopEvent | None:
    """Two deltas of one kind as one; None: these stay apart."""
    match one, other:
        case BaseDelta(text=begun), BaseDelta(text=more):
            return BaseDelta(begun + more)
        case ResponseDelta(text=begun), ResponseDelta(text=more):
            return ResponseDelta(begun + more)
    return None


def _failed(error: Exception) -> bytes:
    """The last frame of a turn that broke: the response has begun, so it is told as an event."""
    if isinstance(error, TURN_ERRORS):
        return frame("error", _error_body(_logged(error)))
    _log.error("a streamed turn broke", exc_info=error)
    return frame("error", _error_body(Failure(ErrorCode.INTERNAL, "an unexpected error")))


def _logged(error: Exception) -> Failure:
    """`failure_of`, and a line in the log: a stream that fails is a 200 in the request's line."""
    failure = failure_of(error)
    said = {"code": failure.code.value, "kind": type(error).__name__}
    _log.warning("turn failed", extra=said)
    return failure


def failure_of(error: Exception) -> Failure:
    """The failure that a turn's or a session's error is to the client."""
    code, message, retry_after_s = ErrorCode.UPSTREAM, str(error), None
    match error:
        case ModelUnavailable():
            code, retry_after_s = ErrorCode.UNAVAILABLE, RETRY_AFTER_S
        case ModelDeadline():
            code = ErrorCode.DEADLINE
        case ModelRefused():
            code, message = ErrorCode.INVALID_REQUEST, f"message: {error}"
        case RoleUnknown():
            code, message = ErrorCode.NOT_FOUND, f"role: there is no role {error}; see /v1/roles"
        case SessionUnknown():
            code = ErrorCode.NOT_FOUND
        case SessionBusy() | RequestRunning():
            code, retry_after_s = ErrorCode.CONFLICT, RETRY_AFTER_S
        case SessionError():
            code = ErrorCode.CONFLICT
        case StoreUnavailable():
            code, retry_after_s = ErrorCode.UNAVAILABLE, RETRY_AFTER_S
    return Failure(code, message, retry_after_s=retry_after_s)


def _error_body(failure: Failure) -> ErrorBody:
    detail = ErrorDetail(code=failure.code, message=failure.message, request_id=request_id())
    return ErrorBody(error=detail)
