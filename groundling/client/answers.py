"""What the gateway answers: bodies and streamed events made into types, failures into errors.

Covers: reading, without any input or output of its own. Does not cover: the error tree
(groundling.client.errors) or the format of a stream (services.chassis.sse).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
from pydantic import ValidationError

from gateway.schemas import EVENTS_VERSION, TURN_STEPS, ChatResponse, TurnStep
from groundling.client.calls import Call
from groundling.client.connection import on_this_machine
from groundling.client.errors import BadAnswer, ClientError, GatewayError, NotRunning
from services.chassis.sse import EventParser, EventTooLong
from services.contract import HTTP_STATUS, Body, ErrorBody

B = TypeVar("B", bound=Body)

MAX_EVENT_BYTES = 16_777_216
"""Of one event; a whole turn is a few hundred thousand bytes at most."""


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
    """The steps of one streamed turn, from bytes as they come."""

    def __init__(self) -> None:
        self._events = EventParser(MAX_EVENT_BYTES)
        self.done = False

    def feed(self, received: bytes) -> Iterator[TurnStep]:
        """The steps that this piece of the stream completes; GatewayError for an `error` event."""
        try:
            events = self._events.feed(received)
        except EventTooLong as error:
            raise BadAnswer(f"the gateway sent {error}") from error
        for name, data in events:
            step = _step(name, data)
            if step is not None and not self.done:
                self.done = isinstance(step, ChatResponse)
                yield step

    def end(self) -> None:
        """The stream is over; raise BadAnswer if the turn is not."""
        if not self.done:
            raise BadAnswer("the turn broke off before its end")


def _step(name: str, data: bytes) -> TurnStep | None:
    """None: an event that this version does not know, which is passed over."""
    if name == "error":
        detail = _parsed(ErrorBody, data).error
        raise GatewayError(detail, HTTP_STATUS[detail.code])
    if name == "turn":
        _check_version(data)
    kind = TURN_STEPS.get(name)
    return None if kind is None else _parsed(kind, data)


def _check_version(data: bytes) -> None:
    try:
        version = dict(json.loads(data)).get("version")
    except (ValueError, TypeError):
        return  # no JSON object: _parsed says so
    if version != EVENTS_VERSION:
        raise BadAnswer(
            f"the gateway streams events of version {version!r}, and this client reads version"
            f" {EVENTS_VERSION}; use a groundling of the same version on both sides"
        )


def _parsed(kind: type[B], data: bytes) -> B:
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
        raise NotRunning(url, str(error), here=on_this_machine(url)) from error
    except httpx.TimeoutException as error:
        raise BadAnswer(f"{url} did not answer in time") from error
    except httpx.HTTPError as error:
        raise BadAnswer(f"the connection to {url} broke: {error}") from error
