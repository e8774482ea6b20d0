"""Who makes a request, as far as the gateway knows: a key, or this machine.

Covers: the type, and reading it where a route needs it. Does not cover: finding it out
(gateway.access.guard).
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.types import Scope as AsgiScope

from gateway.access.scopes import SCOPES, Scope

LOCAL_OWNER = "local"


@dataclass(frozen=True, slots=True)
class Principal:
    owner: str
    """Whose sessions its turns are: the key's id, or LOCAL_OWNER without one."""
    scopes: frozenset[Scope]


LOCAL = Principal(LOCAL_OWNER, frozenset(SCOPES))
"""Somebody on this machine, where no key is needed."""


def keep(scope: AsgiScope, principal: Principal) -> None:
    scope.setdefault("state", {})["principal"] = principal


def owner_of(request: Request) -> str:
    """Whose sessions this request is about. The guard has let it in, so somebody it is."""
    principal: Principal = request.state.principal
    return principal.owner
