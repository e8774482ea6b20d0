"""A gateway made of prepared answers, behind httpx's mock transport."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from groundling.client import GatewayClient

ANSWER: dict[str, Any] = {
    "id": "turn-1",
    "session_id": "session-1",
    "response": "He is 40.",
    "base": "He is 31.",
    "rounds": [],
    "citations": [],
    "ledger": [],
    "stop_reason": "user",
    "timings": {
        "base_ms": 1.0,
        "query_ms": 1.0,
        "tools_ms": 1.0,
        "rewrite_ms": 1.0,
        "gateway_ms": 1.0,
        "total_ms": 5.0,
    },
}
TOOLS: list[dict[str, Any]] = [
    {"tool": "calculator", "status": "unparsed", "results": [], "sources": [], "elapsed_ms": 1.0},
    {"tool": "translator", "status": "timeout", "results": [], "sources": [], "elapsed_ms": 2.0},
    {
        "tool": "retrieval",
        "status": "ok",
        "results": ["Rafael Nadal / Age / 40", "Rafael Nadal / Born / 1986"],
        "sources": [None, {"title": "People", "url": "https://example.org/p", "score": 1.0}],
        "elapsed_ms": 3.0,
    },
]
EVENTS: list[tuple[str, Any]] = [
    ("turn", {"id": "turn-1", "session_id": "session-1"}),
    ("base", {"base": "He is 31.", "elapsed_ms": 1.0}),
    ("query", {"round": 1, "query": "Rafael Nadal's age"}),
    (
        "snippets",
        {
            "round": 1,
            "query": "Rafael Nadal's age",
            "results": ["Rafael Nadal / Age / 40"],
            "tools": TOOLS,
        },
    ),
    ("response", {"response": "He is 40.", "stop_reason": "user"}),
    ("done", ANSWER),
]


def sse(events: Sequence[tuple[str, Any]]) -> bytes:
    """As the gateway sends them: JSON with every character above ASCII as it is."""
    parts = (
        f": beat\n\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
        for name, data in events
    )
    return "".join(parts).encode()


class Gateway:
    """Answers every turn alike and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.events = list(EVENTS)
        self.failure: httpx.Response | BaseException | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.failure is not None:
            if isinstance(self.failure, BaseException):
                raise self.failure
            return self.failure
        if request.url.path == "/healthz":
            return httpx.Response(200, json={"status": "ok"})
        assert request.url.path == "/v1/chat"
        body = json.loads(request.content)
        self.asked.append(body)
        if body.get("stream"):
            return httpx.Response(200, content=sse(self.events))
        return httpx.Response(200, json=ANSWER)

    def client(self) -> GatewayClient:
        return GatewayClient("http://gateway.test", transport=httpx.MockTransport(self))


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def error_body() -> Callable[[int, str, str], httpx.Response]:
    def make(status: int, code: str, message: str) -> httpx.Response:
        detail = {"code": code, "message": message, "request_id": "request-1"}
        return httpx.Response(status, json={"error": detail})

    return make
