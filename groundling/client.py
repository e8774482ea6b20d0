"""A client of a running gateway: one turn, whole or as it happens.

Covers: /v1/chat, plain and streamed, and whether a gateway answers at all. Does not cover: the
gateway's other calls. Bodies are gateway.schemas'.

    ClientError
    ├── NotRunning      nothing answers at the address
    ├── GatewayError    the gateway answered with an error body (code, request id)
    └── BadAnswer       what answered is no gateway, or the stream broke off
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from gateway.schemas import (
    BaseEvent,
    ChatResponse,
    QueryEvent,
    ResponseEvent,
    SnippetsEvent,
    TurnEvent,
)
from groundling.sse import lines_of, parse_events
from services.contract import Body, ErrorBody, ErrorDetail

DEFAULT_URL = "http://127.0.0.1:8080"
CONNECT_TIMEOUT_S = 5.0
DEFAULT_TIMEOUT_S = 120.0
"""Without a byte from the gateway. Longer than its own deadline for a turn (75 s by default, of
which the model and the tools have 60), so that the gateway's error is seen."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")

TurnStep = TurnEvent | BaseEvent | QueryEvent | SnippetsEvent | ResponseEvent | ChatResponse
"""What a streamed turn yields; the last is the whole answer."""

B = TypeVar("B", bound=Body)

_EVENTS: Mapping[str, type[TurnStep]] = {
    "turn": TurnEvent,
    "base": BaseEvent,
    "query": QueryEvent,
    "snippets": SnippetsEvent,
    "response": ResponseEvent,
    "done": ChatResponse,
}


class ClientError(Exception):
    """No answer was had; the message is for people."""


class NotRunning(ClientError):
    def __init__(self, url: str) -> None:
        super().__init__(f"no gateway answers at {url}; start it with: make run")


class GatewayError(ClientError):
    def __init__(self, detail: ErrorDetail) -> None:
        super().__init__(f"{detail.message} ({detail.code}, request {detail.request_id})")
        self.detail = detail


class BadAnswer(ClientError):
    pass


class GatewayClient:
    """Use as a context manager. `transport` is the seam for tests."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url,
            transport=transport,
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            trust_env=httpx.URL(url).host not in LOOPBACK,  # no proxy to this machine itself
        )

    def __enter__(self) -> GatewayClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def check(self) -> None:
        """Raise NotRunning or BadAnswer unless a gateway is there."""
        with self._failures():
            answer = self._http.get("/healthz")
        if not answer.is_success:
            raise BadAnswer(f"{self.url} answers, but not as a gateway ({answer.status_code})")

    def chat(self, message: str, session_id: str | None = None) -> ChatResponse:
        with self._failures():
            answer = self._http.post("/v1/chat", json=_request(message, session_id))
        if not answer.is_success:
            raise self._error(answer)
        return self._parse(ChatResponse, answer.content)

    def stream(
        self, message: str, session_id: str | None = None
    ) -> Generator[TurnStep, None, None]:
        """A turn as it happens. Closing the iterator (or Ctrl-C) cancels the turn."""
        body = _request(message, session_id) | {"stream": True}
        with self._failures(), self._http.stream("POST", "/v1/chat", json=body) as answer:
            if not answer.is_success:
                answer.read()
                raise self._error(answer)
            for event in parse_events(lines_of(answer.iter_text())):
                if event.name == "error":
                    raise GatewayError(self._parse(ErrorBody, event.data).error)
                if event.name in _EVENTS:
                    yield self._parse(_EVENTS[event.name], event.data)
                if event.name == "done":
                    return
        raise BadAnswer("the turn broke off before its end")

    def _error(self, answer: httpx.Response) -> ClientError:
        try:
            return GatewayError(ErrorBody.model_validate_json(answer.content).error)
        except ValidationError:
            return BadAnswer(f"{self.url} answered {answer.status_code} without an error body")

    def _parse(self, kind: type[B], data: bytes | str) -> B:
        try:
            return kind.model_validate_json(data)
        except ValidationError as error:
            raise BadAnswer(f"{self.url} sent an unknown {kind.__name__}: {error}") from error

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise BadAnswer(f"{self.url} is not an address: {error}") from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotRunning(self.url) from error
        except httpx.TimeoutException as error:
            raise BadAnswer(f"{self.url} did not answer in time") from error
        except httpx.HTTPError as error:
            raise BadAnswer(f"the connection to {self.url} broke: {error}") from error


def _request(message: str, session_id: str | None) -> dict[str, Any]:
    return {"message": message} | ({"session_id": session_id} if session_id else {})
