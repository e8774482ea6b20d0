"""What a request's path asks of the caller.

Covers: which paths are open to all, the scope that each other one needs, which take a turn. What is
not named here but lies under /v1 needs a caller with any scope, so that a new route is never open
by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Scope as AsgiScope

from gateway.access.scopes import Scope

API = "/v1"
SCOPE_OF: Mapping[str, Scope] = {
    "/metrics": "metrics",
    "/v1/chat": "chat",
    "/v1/models": "chat",
    "/v1/roles": "chat",
    "/v1/tools": "chat",
    "/v1/toolset": "tools",
    "/v1/sessions": "sessions",
}
"""Each with all below it."""
TURNS = frozenset({"/v1/chat", "/v1/chat/completions", "/v1/toolset"})
"""POSTed to, these count as a turn: they are what takes work."""


def path_of(scope: AsgiScope) -> str:
    """The path as the router sees it: without the prefix a server may be told (root_path)."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def open_to_all(path: str) -> bool:
    """The chat page's files, health and documentation: all that is not the API or the metrics."""
    return not (_within(path, API) or _within(path, "/metrics"))


def scope_needed(path: str) -> Scope | None:
    """None: any caller will do."""
    return next((scope for prefix, scope in SCOPE_OF.items() if _within(path, prefix)), None)


def takes_turn(scope: AsgiScope) -> bool:
    return scope["method"] == "POST" and path_of(scope) in TURNS


def _within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
