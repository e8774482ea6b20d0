"""Who may come in, and to what: the chassis asks before it reads a request's body.

Covers: telling the caller, by key or as this machine; the scope that a path needs; a key's limits.

    401 unauthorized   no key where one is needed, or a key that is not good
    403 forbidden      a good key without the scope
    429 rate_limited   a key's turns are used up for now (Retry-After)
    503 unavailable    keys cannot be looked up; nobody is let in unchecked

Does not cover: whose sessions are whose (gateway.sessions, by Principal.owner).
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

from starlette.types import Scope as AsgiScope

from gateway.access.keys import Clock, Key, KeyStore, utc_now
from gateway.access.limits import KeyLimits
from gateway.access.lookup import KeyLookup
from gateway.access.loopback import from_this_machine
from gateway.access.paths import open_to_all, path_of, scope_needed, takes_turn
from gateway.access.principal import LOCAL, Principal, keep
from gateway.access.scopes import Scope
from gateway.access.token import PREFIX, fits, read_token
from gateway.settings import Settings
from services.chassis import Failure, Guard
from services.contract import ErrorCode

HEADER = "`Authorization: Bearer gl_…`"
HOW = "whoever runs this gateway makes keys with: groundling keys create --name NAME"

_log = logging.getLogger(__name__)


def guard(
    settings: Settings,
    keys: KeyStore,
    *,
    clock: Callable[[], float] = time.monotonic,
    now: Clock = utc_now,
) -> Guard:
    """clock: seconds, for what is remembered and counted. now: for expiry."""
    callers = Callers(settings, keys, clock, now)
    limits = KeyLimits(clock)

    def turn(scope: AsgiScope, key: Key | None) -> AbstractContextManager[None]:
        if key is None or not takes_turn(scope):
            return nullcontext()
        per_minute = key.turns_per_minute or settings.key_turns_per_minute
        at_once = key.concurrent_turns or settings.key_concurrent_turns
        return limits.turn(key.id, per_minute, at_once)

    @asynccontextmanager
    async def held(scope: AsgiScope) -> AsyncIterator[None]:
        path = path_of(scope)
        if open_to_all(path):
            yield
            return
        key = await callers.key_of(scope)
        principal = LOCAL if key is None else Principal(key.id, frozenset(key.scopes))
        _check_scope(principal, scope_needed(path))
        keep(scope, principal)
        with turn(scope, key):
            yield

    return held


class Callers:
    """Tells the key behind a request."""

    def __init__(
        self, settings: Settings, keys: KeyStore, clock: Callable[[], float], now: Clock
    ) -> None:
        self._require_key = settings.require_key
        self._now = now
        self._lookup = KeyLookup(
            keys.find,
            remember_s=settings.key_cache_ms / 1000,
            timeout_s=settings.database_timeout_ms / 1000,
            clock=clock,
        )

    async def key_of(self, scope: AsgiScope) -> Key | None:
        """A good key; None: this machine, where it needs none. Failure(UNAUTHORIZED) else."""
        given = _bearer(scope)
        # OpenAI's clients insist on sending some key: what is none of ours counts as none.
        if not given.startswith(PREFIX) and self._may_lack_key(scope):
            return None
        if not given:
            raise _unauthorized(f"an API key is needed: send {HEADER}; {HOW}")
        return await self._good(given)

    def _may_lack_key(self, scope: AsgiScope) -> bool:
        if self._require_key == "auto":
            return from_this_machine(scope)
        return self._require_key == "never"

    async def _good(self, text: str) -> Key:
        token = read_token(text)
        if token is None:
            raise _unauthorized(f"this is not an API key; one looks like gl_ID_SECRET; {HOW}")
        key = await self._lookup.find(token.id)
        if not fits(token, None if key is None else key.digest) or key is None:
            raise _unauthorized(f"this API key is not known here; {HOW}")
        state = key.state(self._now())
        if state != "usable":
            _log.info("an API key was refused", extra={"key": key.id, "why": state})
            raise _unauthorized(f"this API key is {state}; {HOW}")
        return key


def _bearer(scope: AsgiScope) -> str:
    """What the Authorization header gives as a key; empty without the header."""
    given: list[bytes] = [value for name, value in scope["headers"] if name == b"authorization"]
    if not given:
        return ""
    if len(given) > 1:
        raise _unauthorized(f"there are several Authorization headers; one is allowed, {HEADER}")
    scheme, _, text = given[0].decode("latin-1").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise _unauthorized(f"the Authorization header must be {HEADER}")
    return text.strip()


def _check_scope(principal: Principal, needed: Scope | None) -> None:
    if needed is not None and needed not in principal.scopes:
        has = ", ".join(sorted(principal.scopes)) or "none"
        message = f"this API key lacks the scope {needed}, which this path needs; it has: {has}"
        raise Failure(ErrorCode.FORBIDDEN, message)


def _unauthorized(message: str) -> Failure:
    return Failure(ErrorCode.UNAUTHORIZED, message)
