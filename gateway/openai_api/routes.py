"""The paths that OpenAI's clients call: `/v1/chat/completions` and `/v1/models`.

Covers: running a request's turns, and the form of the stream (data lines, `[DONE]` at the end, an
error in the middle). Does not cover: what the request asks for (gateway.openai_api.translate) or
what the answer holds (gateway.openai_api.completion).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib.metadata import PackageNotFoundError, version
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from gateway.access.principal import owner_of
from gateway.chat import TURN_ERRORS, failure_of
from gateway.openai_api.answers import Completion
from gateway.openai_api.choices import together
from gateway.openai_api.completion import Event, Writer
from gateway.openai_api.errors import openai_shape
from gateway.openai_api.schemas import CompletionRequest, Model, ModelList
from gateway.openai_api.translate import Asked, asked_of, check_model, model_names
from gateway.sse import with_heartbeat
from gateway.turns import Turns
from services.chassis import ErrorShape, Failure, request_id
from services.chassis.sse import MEDIA_TYPE
from services.contract import HTTP_STATUS, ErrorCode, ErrorDetail

DONE = b"data: [DONE]\n\n"
ERROR_SHAPES: dict[str, ErrorShape] = dict.fromkeys(
    ("/v1/chat/completions", "/v1/models"), openai_shape
)
"""For create_app: the paths of this module, whose errors are OpenAI's."""
_log = logging.getLogger(__name__)


def openai_routes(turns: Turns) -> APIRouter:
    router = APIRouter(tags=["openai"])
    since, fingerprint = int(time.time()), f"groundling-{_version()}"

    @router.post(
        "/v1/chat/completions",
        summary="A turn for an OpenAI client",
        response_model=Completion,
        responses={200: {"content": {MEDIA_TYPE: {}}, "description": "See `stream`."}},
    )
    async def complete(
        request: CompletionRequest, caller: Request
    ) -> Completion | StreamingResponse:
        asked = asked_of(request, turns.settings, turns.roles)
        options = request.stream_options
        writer = Writer(
            id=f"chatcmpl-{uuid4().hex}",
            created=int(time.time()),
            model=asked.model,
            fingerprint=fingerprint,
            ignored=asked.ignored,
            counts=bool(options is not None and options.include_usage),
        )
        owner = owner_of(caller)
        if not request.stream:
            return await _whole(turns, asked, owner, writer)
        return StreamingResponse(
            with_heartbeat(
                _frames(turns, asked, owner, writer), turns.settings.heartbeat_ms / 1000
            ),
            media_type=MEDIA_TYPE,
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    @router.get("/v1/models", summary="The models an OpenAI client can name: one per role")
    async def list_models() -> ModelList:
        return ModelList(data=[Model(id=name, created=since) for name in model_names(turns.roles)])

    @router.get("/v1/models/{model}", summary="One model")
    async def get_model(model: str) -> Model:
        check_model(model, turns.roles)
        return Model(id=model, created=since)

    return router


def _events(turns: Turns, asked: Asked, owner: str) -> AsyncGenerator[tuple[int, Event], None]:
    runs = [turns.run(turn, owner) for turn in asked.turns]
    return together(runs, turns.settings.max_pending_events)


async def _whole(turns: Turns, asked: Asked, owner: str, writer: Writer) -> Completion:
    try:
        async with aclosing(_events(turns, asked, owner)) as events:
            return await writer.whole(events)
    except TURN_ERRORS as error:
        raise _logged(error) from error


async def _frames(
    turns: Turns, asked: Asked, owner: str, writer: Writer
) -> AsyncGenerator[bytes, None]:
    try:
        async with (
            aclosing(_events(turns, asked, owner)) as events,
            aclosing(writer.chunks(events)) as chunks,
        ):
            async for chunk in chunks:
                yield _data(chunk.model_dump_json())
        yield DONE
    except TURN_ERRORS as error:
        yield _error(_logged(error))
    except Exception:
        # The response has begun: what would be a 500 must be told as data.
        _log.exception("a streamed turn broke")
        yield _error(Failure(ErrorCode.INTERNAL, "an unexpected error"))


def _data(body: str) -> bytes:
    """One event without a name, as OpenAI's are."""
    return f"data: {body}\n\n".encode()


def _error(failure: Failure) -> bytes:
    detail = ErrorDetail(code=failure.code, message=failure.message, request_id=request_id())
    _, body = openai_shape(detail, HTTP_STATUS[failure.code])
    return _data(json.dumps(body))


def _logged(error: Exception) -> Failure:
    """The failure, and a line in the log: a stream that fails is a 200 in the request's line."""
    failure = failure_of(error)
    said = {"code": failure.code.value, "kind": type(error).__name__}
    _log.warning("turn failed", extra=said)
    return failure


def _version() -> str:
    try:
        return version("groundling")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "source"
