"""What the gateway answers: bodies and streamed events made into types, failures into errors.

Covers: reading, without any input or output of its own. Does not cover: the error tree
(groundling.client.errors) or the format of a stream (groundling.sse).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import httpx
from pydantic import ValidationError

from gateway.schemas import (
    EVENTS_VERSION,
    BaseEvent,
    ChatResponse,
    QueryEvent,
    ResponseEvent,
    SnippetsEvent,
    TurnEvent,
)
from groundling.client.calls import Call
from groundling.client.errors import BadAnswer, ClientError, GatewayError, NotRunning
from groundling.sse import EventReader, ServerEvent, TooLong
from services.contract import HTTP_STATUS, Body, ErrorBody

B = TypeVar("B", bound=Body)

TurnStep = TurnEvent | BaseEvent | QueryEvent | SnippetsEvent | ResponseEvent | ChatResponse
"""What a streamed turn yields; the last is the whole answer."""

_STEPS: Mapping[str, type[TurnStep]] = {
    "turn": TurnEvent,
    "base": BaseEvent,
    "query": QueryEvent,
    "snippets": SnippetsEvent,
    "response": ResponseEvent,
    "done": ChatResponse,
}


def read(call: Call[B], answer: httpx.Response) -> B:
    """The body of a whole answer."""
    return _parsed(call.answer, answer.content or b"{}")


def refuse(answer: httpx.Response) -> None:
    """Raise the error that an answer without success tells of; its body has been read."""
    if not answer.is_success:
        raise _error_of(answer)


def check_health(answer: httpx.Response) -> None:
    """Raise BadAnswer unless this is how a gateway answers /healthz."""
    if not answer.is_success:
        raise BadAnswer(f"{answer.url} answered {answer.status_code}, not as a gateway does")


def _error_of(answer: httpx.Response) -> ClientError:
    try:
        detail = ErrorBody.model_validate_json(answer.content).error
    except ValidationError:
        status = answer.status_code
        return BadAnswer(f"{answer.url} answered {status} without a gateway's error body")
    wait = answer.headers.get("retry-after", "")
    return GatewayError(detail, answer.status_code, float(wait) if wait.isdecimal() else None)


class TurnReader:
    """The steps of one streamed turn, from text as it comes."""

    def __init__(self) -> None:
        self._events = EventReader()
        self.done = False

    def feed(self, text: str) -> Iterator[TurnStep]:
        """The steps that this piece of the stream completes; GatewayError for an `error` event."""
        try:
            events = self._events.feed(text)
        except TooLong as error:
            raise BadAnswer(f"the gateway sent {error}") from error
        for event in events:
            step = _step(event)
            if step is not None and not self.done:
                self.done = isinstance(step, ChatResponse)
                yield step

    def end(self) -> None:
        """The stream is over; raise BadAnswer if the turn is not."""
        if not self.done:
            raise BadAnswer("the turn broke off before its end")


def _step(event: ServerEvent) -> TurnStep | None:
    """None: an event that this version does not know, which is passed over."""
    if event.name == "error":
        detail = _parsed(ErrorBody, event.data).error
        raise GatewayError(detail, HTTP_STATUS[detail.code])
    if event.name == "turn":
        _check_version(event.data)
    kind = _STEPS.get(event.name)
    return None if kind is None else _parsed(kind, event.data)


def _check_version(data: str) -> None:
    try:
        version = dict(json.loads(data)).get("version")
    except (ValueError, TypeError):
        return  # no JSON object: _parsed says so
    if version != EVENTS_VERSION:
        raise BadAnswer(
            f"the gateway streams events of version {version!r}, and this client reads version"
            f" {EVENTS_VERSION}; use a groundling of the same version on both sides"
        )


def _parsed(kind: type[B], data: bytes | str) -> B:
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise BadAnswer(f"the gateway sent an unknown {kind.__name__}: {error}") from error


@contextmanager
def failures(url: str) -> Iterator[None]:
    """What goes wrong with the connection to `url`, as one of this client's errors."""
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise BadAnswer(f"{url} is not an address: {error}") from error
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise NotRunning(url) from error
    except httpx.TimeoutException as error:
        raise BadAnswer(f"{url} did not answer in time") from error
    except httpx.HTTPError as error:
        raise BadAnswer(f"the connection to {url} broke: {error}") from error
