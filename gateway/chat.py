"""`POST /v1/chat`: a turn as one JSON body or as server-sent events.

Covers: the route, and the events on the wire. Does not cover: the turn (gateway.turns) or how its
errors are told (gateway.turn_errors).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.access.principal import owner_of
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
from gateway.sse import TurnStream, frames_of
from gateway.turn_errors import TURN_ERRORS, broken_stream, failed_turn
from gateway.turns import Event, TurnBegun, Turns
from services.chassis import check_length
from services.chassis.sse import MEDIA_TYPE, frame
from services.contract import Body, ErrorBody

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The turn. With `stream` its events; the body of `done` is the same.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


def chat_routes(turns: Turns) -> APIRouter:
    router = APIRouter(tags=["chat"])

    @router.post(
        "/v1/chat",
        summary="One turn: draft, look up, rewrite, with every step shown",
        response_model=ChatResponse,
        responses=_ANSWER,
    )
    async def chat(request: ChatRequest, caller: Request) -> Response:
        owner = owner_of(caller)
        check_length("message", request.message, turns.settings.max_message_chars)
        longest = {
            "user": turns.settings.max_message_chars,
            "assistant": turns.settings.max_answer_chars,
        }
        for number, turn in enumerate(request.history or []):
            check_length(f"history.{number}.content", turn.content, longest[turn.role])
        events = turns.run(request, owner)
        try:
            if not request.stream:
                answer = await _whole(events)
                return Response(answer.model_dump_json(), media_type="application/json")
            begun = await anext(events)  # what refuses the turn is an answer without a stream
        except TURN_ERRORS as error:
            raise failed_turn(error) from error
        frames = frames_of(
            events,
            _frame,
            _failed,
            joined,
            most_pending=turns.settings.max_pending_events,
            heartbeat_s=turns.settings.heartbeat_ms / 1000,
            begun=(begun,),
        )
        return TurnStream(frames, events)

    return router


async def _whole(events: AsyncGenerator[Event, None]) -> ChatResponse:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, ChatResponse):
                return event
    raise AssertionError("a turn ends with its answer or an exception")


def _frame(event: Event) -> bytes:
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


def joined(one: Event, other: Event) -> LoopEvent | None:
    """Two deltas of one kind as one; None: these stay apart."""
    match one, other:
        case BaseDelta(text=begun), BaseDelta(text=more):
            return BaseDelta(begun + more)
        case ResponseDelta(text=begun), ResponseDelta(text=more):
            return ResponseDelta(begun + more)
    return None


def _failed(error: Exception) -> bytes:
    """The last frame of a turn that broke: the response has begun, so it is told as an event."""
    return frame("error", ErrorBody(error=broken_stream(error)))
