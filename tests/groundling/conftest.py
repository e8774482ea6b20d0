"""A gateway made of prepared answers, behind httpx's mock transport."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from groundling.client import AsyncClient, Client, Retries

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
    ("turn", {"version": 1, "id": "turn-1", "session_id": "session-1", "role": None}),
    ("base", {"delta": "He is ", "draft": True}),
    ("base", {"delta": "31.", "draft": True}),
    ("query", {"round": 1, "query": "Rafael Nadal's age"}),
    *(("snippets", {"round": 1, **tool}) for tool in reversed(TOOLS)),
    ("response", {"delta": "He is "}),
    ("response", {"delta": "40."}),
    ("done", ANSWER),
]
SESSIONS: list[dict[str, Any]] = [
    {
        "session_id": f"session-{number}",
        "title": f"Dialog {number}",
        "role": "everest" if number == 2 else None,
        "created_at": "2026-11-23T10:00:00.000+00:00",
        "updated_at": "2026-11-23T10:20:00.000+00:00",
        "turns": number,
    }
    for number in (1, 2, 3)
]
SESSION: dict[str, Any] = {
    **SESSIONS[1],
    "turns": [{"message": "How old?", "created_at": SESSIONS[1]["created_at"], "answer": ANSWER}],
}
EXPORT = {
    "format": "groundling-session",
    "version": 1,
    "exported_at": "2026-11-23T11:00:00.000+00:00",
    "session": SESSION,
}
ROLES = [
    {
        "name": "everest",
        "title": "Mount Everest",
        "summary": "The mountain speaks of itself.",
        "turns": [{"role": "assistant", "content": "Hi, I'm Mount Everest."}],
        "examples": ["How tall are you?"],
    }
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
        """Bodies of turns."""
        self.calls: list[tuple[str, str]] = []
        """Method and path with its query, of all else."""
        self.keys: list[str | None] = []
        self.events = list(EVENTS)
        self.tools = TOOLS
        self.failures: deque[httpx.Response | BaseException] = deque()
        """What the next calls get, one each, before answers come."""
        self.failure: httpx.Response | BaseException | None = None
        """What every call gets."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers.get("authorization"))
        is_turn = request.url.path == "/v1/chat"
        if is_turn:
            self.asked.append(json.loads(request.content))
        failure = self.failures.popleft() if self.failures else self.failure
        if isinstance(failure, BaseException):
            raise failure
        if failure is not None:
            return failure
        if not is_turn:
            return self._other(request)
        if self.asked[-1].get("stream"):
            return httpx.Response(200, content=sse(self.events))
        return httpx.Response(200, json=ANSWER)

    def _other(self, request: httpx.Request) -> httpx.Response:
        where = request.url.raw_path.decode()
        self.calls.append((request.method, where))
        bodies: dict[str, Any] = {
            "/healthz": {"status": "ok"},
            "/v1/tools": {
                "tools": [{"name": one["tool"], "summary": "", "examples": []} for one in TOOLS]
            },
            "/v1/toolset": {"results": ["7856"], "tools": []},
            "/v1/roles": {"roles": ROLES},
            "/v1/sessions": {"sessions": SESSIONS[:2], "next": "page 2"},
            "/v1/sessions?after=page+2": {"sessions": SESSIONS[2:], "next": None},
            "/v1/sessions/session-2": SESSION,
            "/v1/sessions/session-2/export": EXPORT,
        }
        if request.method == "DELETE":
            return httpx.Response(204)
        return httpx.Response(200, json=bodies[where])

    @staticmethod
    def stream_of(events: Sequence[tuple[str, Any]]) -> bytes:
        return sse(events)

    def client(self, retries: Retries | None = None) -> Client:
        return Client("http://gateway.test", transport=httpx.MockTransport(self), retries=retries)

    def async_client(self, retries: Retries | None = None) -> AsyncClient:
        """The same calls to an AsyncClient."""
        return AsyncClient(
            "http://gateway.test", transport=httpx.MockTransport(self), retries=retries
        )


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDLING_API_KEY", raising=False)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def error_body() -> Callable[..., httpx.Response]:
    def make(status: int, code: str, message: str, **headers: str) -> httpx.Response:
        detail = {"code": code, "message": message, "request_id": "request-1"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Response(status, json={"error": detail}, headers=named)

    return make
