"""The language model over HTTP: the model_server's client.

Covers: /v1/base and /v1/research, whole and streamed, and how a call fails (the tree is drawn in
gateway.seams):

    no connection, 429, 503, a stream that breaks off   ModelUnavailable
    too slow, 504                                       ModelDeadline
    413, 422 with an error body                         ModelRefused
    any other status, a nonsense body                   ModelFailed

Every failed call is logged by kind and status, without its message, which may quote the dialog.
Does not cover: the order of a stream's events (gateway.lm_stream), retries (gateway.research also
cuts what was refused).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from gateway.lm_stream import MAX_MESSAGE_CHARS, R, StreamedAnswer, parsed
from gateway.seams import ModelDeadline, ModelError, ModelFailed, ModelRefused, ModelUnavailable
from gateway.snippets import one_line, shorten
from gateway.upstream import (
    Answer,
    Deadline,
    Nonsense,
    TooSlow,
    UpstreamError,
    post_for_events,
    post_json,
)
from services.contract import (
    BaseRequest,
    BaseResponse,
    Delta,
    ErrorBody,
    RecipientChosen,
    ResearchRequest,
    ResearchResponse,
)

B = TypeVar("B", bound=BaseModel)
log = logging.getLogger(__name__)

END_S = 0.05
"""How long the end of a stream is waited for after its last event."""


@dataclass(slots=True)
class _Call:
    path: str
    status: int | None = None
    """None: no answer has come that could be read."""


class HttpLanguageModel:
    def __init__(self, transport: httpx.AsyncBaseTransport, url: str, max_bytes: int) -> None:
        self._transport = transport
        self._url = url
        self._max_bytes = max_bytes

    async def base(self, request: BaseRequest, timeout_s: float) -> BaseResponse:
        return await self._call("/v1/base", request, BaseResponse, timeout_s)

    async def research(self, request: ResearchRequest, timeout_s: float) -> ResearchResponse:
        return await self._call("/v1/research", request, ResearchResponse, timeout_s)

    async def stream_base(
        self, request: BaseRequest, timeout_s: float
    ) -> AsyncGenerator[Delta | BaseResponse, None]:
        deadline = Deadline.within(timeout_s)
        asked = self._stream("/v1/base", request, BaseResponse, deadline, timeout_s)
        async with aclosing(asked) as events:
            async for event in events:
                if not isinstance(event, RecipientChosen):
                    yield event

    async def stream_research(
        self, request: ResearchRequest, timeout_s: float, answer_timeout_s: float
    ) -> AsyncGenerator[RecipientChosen | Delta | ResearchResponse, None]:
        deadline, answer_by = Deadline.within(timeout_s), Deadline.within(answer_timeout_s)
        asked = self._stream("/v1/research", request, ResearchResponse, deadline, answer_timeout_s)
        async with aclosing(asked) as events:
            async for event in events:
                if isinstance(event, RecipientChosen) and event.recipient == "User":
                    deadline.at_s = answer_by.at_s
                yield event

    async def _call(self, path: str, request: BaseModel, kind: type[B], timeout_s: float) -> B:
        with _failures(_Call(path)) as call:
            answer = await post_json(
                self._transport,
                self._url + path,
                request,
                timeout_s=timeout_s,
                max_bytes=self._max_bytes,
            )
            call.status = answer.status
            if answer.status != 200:
                raise _failure(answer)
            return parsed(kind, answer.body)

    async def _stream(
        self, path: str, request: BaseModel, kind: type[R], deadline: Deadline, timeout_s: float
    ) -> AsyncGenerator[RecipientChosen | Delta | R, None]:
        """The answer's events; the model server is told `timeout_s`, `deadline` decides here."""
        reader = StreamedAnswer(kind)
        asked = post_for_events(
            self._transport,
            self._url + path,
            request.model_copy(update={"stream": True}),
            deadline=deadline,
            timeout_s=timeout_s,
            max_bytes=self._max_bytes,
        )
        with _failures(_Call(path)) as call:
            async with aclosing(asked) as received:
                async for item in received:
                    if isinstance(item, Answer):
                        call.status = item.status
                        raise _failure(item)
                    call.status = 200
                    event = reader.read(*item)
                    if isinstance(event, kind):
                        await _read_to_end(received, deadline)
                        yield event
                        return
                    if event is not None:
                        yield event
            raise ModelUnavailable("the model server's stream broke off")


async def _read_to_end(received: AsyncGenerator[object, None], deadline: Deadline) -> None:
    """Let a stream that has said all come to its end, so that its connection can be kept."""
    deadline.at_s = min(deadline.at_s, Deadline.within(END_S).at_s)
    with suppress(UpstreamError):
        async for _ in received:
            pass


@contextmanager
def _failures(call: _Call) -> Iterator[_Call]:
    """Whatever fails inside, as a ModelError, and a line in the log."""
    try:
        try:
            yield call
        except UpstreamError as error:
            raise _told(error) from error
    except ModelError as error:
        said = {"call": call.path, "kind": type(error).__name__, "status": call.status}
        log.warning("model failed", extra=said)
        raise


def _told(error: UpstreamError) -> ModelError:
    if isinstance(error, TooSlow):
        return ModelDeadline(f"the model server gave {error}")
    if isinstance(error, Nonsense):
        return ModelFailed(f"the model server sent {error}")
    return ModelUnavailable(f"the model server cannot be reached ({error})")


def _failure(answer: Answer) -> ModelError:
    try:
        told = ErrorBody.model_validate_json(answer.body).error
    except ValidationError:
        said = f"the model server answered {answer.status}"
    else:
        said = f"the model server answered {answer.status} {told.code.value}"
        if answer.status in (413, 422):
            return ModelRefused(f"{said}: {shorten(one_line(told.message), MAX_MESSAGE_CHARS)}")
    if answer.status == 504:
        return ModelDeadline(said)
    if answer.status in (429, 503):
        return ModelUnavailable(said, answer.retry_after_s)
    return ModelFailed(said)
