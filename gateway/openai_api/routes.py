"""The paths that OpenAI's clients call: `/v1/chat/completions` and `/v1/models`.

Covers: running a request's turns, and the form of the stream (data lines, `[DONE]` at the end, an
error in the middle). Does not cover: what the request asks for (gateway.openai_api.translate) or
what the answer holds (gateway.openai_api.completion).
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from gateway.access.principal import owner_of
from gateway.chat import joined
from gateway.openai_api.answers import Completion
from gateway.openai_api.choices import together
from gateway.openai_api.completion import Chunks, Head, whole
from gateway.openai_api.errors import ErrorAnswerBody, openai_shape
from gateway.openai_api.schemas import CompletionRequest, Model, ModelList
from gateway.openai_api.translate import Asked, asked_of, check_model, model_names
from gateway.schemas import ChatResponse
from gateway.sse import TurnStream, frames_of
from gateway.turn_errors import TURN_ERRORS, broken_stream, failed_turn
from gateway.turns import Event, Turns
from services.chassis import ErrorShape
from services.chassis.release import release
from services.chassis.sse import MEDIA_TYPE
from services.contract import HTTP_STATUS

DONE = b"data: [DONE]\n\n"
ERROR_SHAPES: dict[str, ErrorShape] = dict.fromkeys(
    ("/v1/chat/completions", "/v1/models"), openai_shape
)
"""For create_app: the paths of this module, whose errors are OpenAI's."""
_ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorAnswerBody, "description": "The request cannot be served."},
    "5XX": {"model": ErrorAnswerBody, "description": "The gateway could not do its work."},
}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The completion; with `stream` its chunks, as server-sent events.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}
_MESSAGE = "messages"
"""What a request of OpenAI's calls the text for the model."""


def openai_routes(turns: Turns) -> APIRouter:
    router = APIRouter(tags=["openai"], responses=_ERRORS)
    since, fingerprint = int(time.time()), f"groundling-{release('source')}"

    @router.post(
        "/v1/chat/completions",
        summary="A turn for an OpenAI client",
        response_model=Completion,
        responses=_ANSWER,
    )
    async def complete(
        request: CompletionRequest, caller: Request
    ) -> Completion | StreamingResponse:
        asked = asked_of(request, turns.settings, turns.roles)
        owner = owner_of(caller)
        events = together([turns.run(turn, owner) for turn in asked.turns])
        head = Head(f"chatcmpl-{uuid4().hex}", int(time.time()), asked.model, fingerprint)
        if not request.stream:
            return await _whole(head, asked, events)
        options = request.stream_options
        counts = options is not None and bool(options.include_usage)
        chunks = Chunks(head, asked.ignored, len(asked.turns), counts=counts)
        frames = frames_of(
            events,
            lambda event: _frame(chunks, *event),
            _failed,
            _joined,
            most_pending=turns.settings.max_pending_events,
            heartbeat_s=turns.settings.heartbeat_ms / 1000,
        )
        return TurnStream(frames, events)

    @router.get("/v1/models", summary="The models an OpenAI client can name: one per role")
    async def list_models() -> ModelList:
        return ModelList(data=[Model(id=name, created=since) for name in model_names(turns.roles)])

    @router.get("/v1/models/{model}", summary="One model")
    async def get_model(model: str) -> Model:
        check_model(model, turns.roles)
        return Model(id=model, created=since)

    return router


async def _whole(
    head: Head, asked: Asked, events: AsyncGenerator[tuple[int, Event], None]
) -> Completion:
    try:
        async with aclosing(events):
            return await whole(head, asked.ignored, events)
    except TURN_ERRORS as error:
        raise failed_turn(error, _MESSAGE) from error


def _frame(chunks: Chunks, index: int, event: Event) -> bytes:
    """An event on the wire; empty where it is not one for the client."""
    sent = b"".join(_data(chunk.model_dump_json()) for chunk in chunks.of(index, event))
    ends = isinstance(event, ChatResponse) and chunks.complete
    return sent + DONE if ends else sent


def _joined(one: tuple[int, Event], other: tuple[int, Event]) -> tuple[int, Event] | None:
    """Two deltas of one choice as one; None: these stay apart."""
    if one[0] != other[0]:
        return None
    event = joined(one[1], other[1])
    return (one[0], event) if event is not None else None


def _failed(error: Exception) -> bytes:
    """The last data of a stream that broke; OpenAI's client raises it as an APIError."""
    detail = broken_stream(error, _MESSAGE)
    _, body = openai_shape(detail, HTTP_STATUS[detail.code])
    return _data(json.dumps(body))


def _data(body: str) -> bytes:
    """One event without a name, as OpenAI's are."""
    return f"data: {body}\n\n".encode()
