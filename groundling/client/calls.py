"""What is asked of the gateway: one `Call` for each of its endpoints, without any input or output.

Covers: paths, bodies, and which body answers. Does not cover: sending (groundling.client.blocking,
groundling.client.asynchronous) or reading answers (groundling.client.answers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypedDict, TypeVar, cast
from urllib.parse import quote
from uuid import uuid4

from gateway.schemas import (
    ChatResponse,
    RolesResponse,
    SessionExport,
    SessionResponse,
    SessionsResponse,
    ToolsetResponse,
    ToolsResponse,
)
from services.contract import Body, Sampling, Turn

B = TypeVar("B", bound=Body)


class TurnOptions(TypedDict, total=False):
    """What a turn may be asked with besides its message; see docs/gateway.md for each.

    A session_id continues a stored dialog; with history the caller keeps the dialog, and nothing is
    stored; with neither a new session begins. role: one of `roles()`. request_id: names the turn,
    so that it can be asked twice and is run once; by default one is made. max_rounds: toolset
    rounds at most. deadline_ms: time for the turn, in milliseconds. sampling: how the model draws.
    """

    session_id: str | None
    history: Sequence[Turn] | None
    role: str | None
    request_id: str | None
    max_rounds: int | None
    deadline_ms: int | None
    sampling: Sampling | None


@dataclass(frozen=True, slots=True)
class Call(Generic[B]):
    method: Literal["GET", "POST", "DELETE"]
    path: str
    answer: type[B]
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """For httpx's build_request."""
        found: dict[str, Any] = {"method": self.method, "url": self.path}
        if self.body is not None:
            found["json"] = dict(self.body)
        return found | ({"params": dict(self.query)} if self.query else {})


TOOLS = Call("GET", "/v1/tools", ToolsResponse)
ROLES = Call("GET", "/v1/roles", RolesResponse)


def turn(message: str, options: TurnOptions, *, stream: bool) -> Call[ChatResponse]:
    """A turn; safe to be sent twice, since it is named, or nothing of it is stored."""
    unknown = sorted(set(options) - set(TurnOptions.__annotations__))
    if unknown:
        allowed = ", ".join(TurnOptions.__annotations__)
        raise TypeError(f"a turn has no option {unknown[0]!r}; there are {allowed}")
    body: dict[str, Any] = {"message": message} | {
        name: _plain(value) for name, value in options.items() if value is not None
    }
    if "history" not in body:
        body.setdefault("request_id", uuid4().hex)
    return Call("POST", "/v1/chat", ChatResponse, body | ({"stream": True} if stream else {}))


def toolset(text: str, skip: int | Mapping[str, int], limit: int) -> Call[ToolsetResponse]:
    skipped = skip if isinstance(skip, int) else dict(skip)
    body = {"input": text, "skip": skipped, "limit": limit}
    return Call("POST", "/v1/toolset", ToolsetResponse, body)


def sessions(after: str | None) -> Call[SessionsResponse]:
    query = {} if after is None else {"after": after}
    return Call("GET", "/v1/sessions", SessionsResponse, query=query)


def session(session_id: str) -> Call[SessionResponse]:
    return Call("GET", _session(session_id), SessionResponse)


def export(session_id: str) -> Call[SessionExport]:
    return Call("GET", f"{_session(session_id)}/export", SessionExport)


def delete(session_id: str) -> Call[Body]:
    """Answered without a body."""
    return Call("DELETE", _session(session_id), Body)


def _session(session_id: str) -> str:
    if not session_id.strip("."):  # empty, `.` and `..` would be another path
        raise ValueError(f"{session_id!r} is no session's id")
    return f"/v1/sessions/{quote(session_id, safe='')}"


def _plain(value: object) -> object:
    if isinstance(value, Body):
        return value.model_dump(exclude_unset=True)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in cast("Sequence[object]", value)]
    return value
