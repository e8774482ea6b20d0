"""`POST /v1/chat`: a turn as one JSON body or as server-sent events.

Covers: the route, how failures become error bodies or `error` events, and the names of the events.
Does not cover: the turn (gateway.turns).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from gateway.access.principal import owner_of
from gateway.events import BaseDrafted, LoopEvent, QueryWritten, ToolAnswered, TurnDone
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
from gateway.session_locks import SessionBusy
from gateway.sessions import SessionChanged
from gateway.sse import with_heartbeat
from gateway.turns import RoleUnknown, SessionFull, SessionUnknown, TurnBegun, Turns
from services.chassis import Failure, check_length, request_id
from services.chassis.sse import MEDIA_TYPE, frame
from services.contract import Body, ErrorBody, ErrorCode, ErrorDetail

RETRY_AFTER_S = 2
_log = logging.getLogger(__name__)

TURN_ERRORS = (ModelError, RoleUnknown, SessionUnknown, SessionFull, SessionBusy, SessionChanged)


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
        heartbeat_s = turns.settings.heartbeat_ms / 1000
        return StreamingResponse(
            with_heartbeat(_frames(turns, request, owner), heartbeat_s),
            media_type=MEDIA_TYPE,
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return router


async def _whole(turns: Turns, request: ChatRequest, owner: str) -> ChatResponse:
    async with aclosing(turns.run(request, owner)) as events:
        async for event in events:
            if isinstance(event, ChatResponse):
                return event
    raise AssertionError("a turn ends with its answer or an exception")


async def _frames(turns: Turns, request: ChatRequest, owner: str) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(turns.run(request, owner)) as events:
            async for event in events:
                named = _named(event)
                if named is not None:
                    yield frame(*named)
    except TURN_ERRORS as error:
        yield frame("error", _error_body(_logged(error)))
    except Exception:
        # The response has begun: what would be a 500 must be told as an event.
        _log.exception("a streamed turn broke")
        yield frame("error", _error_body(Failure(ErrorCode.INTERNAL, "an unexpected error")))


def _named(event: TurnBegun | LoopEvent | ChatResponse) -> tuple[str, Body] | None:
    """The wire event, if there is one."""
    named: tuple[str, Body] | None = None
    match event:
        case TurnBegun(id=id, session_id=session_id, role=role):
            named = "turn", TurnEvent(id=id, session_id=session_id, role=role)
        case BaseDrafted(base=base):
            named = "base", BaseEvent(delta=base)
        case QueryWritten(round=number, query=query):
            named = "query", QueryEvent(round=number, query=query)
        case ToolAnswered(round=number, report=report):
            named = "snippets", SnippetsEvent(round=number, **dict(report))
        case TurnDone(response=response):
            named = "response", ResponseEvent(delta=response)
        case ChatResponse():
            named = "done", event
    return named


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
            code, message = ErrorCode.NOT_FOUND, f"session_id: there is no session {error}"
        case SessionFull():
            code = ErrorCode.CONFLICT
            message = f"session_id: session {error} is full (setting max_session_turns)"
        case SessionBusy():
            code, retry_after_s = ErrorCode.CONFLICT, RETRY_AFTER_S
            message = f"session_id: an earlier turn of session {error} is still running"
        case SessionChanged():
            code = ErrorCode.CONFLICT
            message = f"session_id: session {error} was changed while this turn ran"
    return Failure(code, message, retry_after_s=retry_after_s)


def _error_body(failure: Failure) -> ErrorBody:
    detail = ErrorDetail(code=failure.code, message=failure.message, request_id=request_id())
    return ErrorBody(error=detail)
