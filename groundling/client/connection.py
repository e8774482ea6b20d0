"""Where the gateway is and how it is reached: what both clients set up alike.

Covers: address, API key, timeouts, proxies. Does not cover: any call (groundling.client.calls).
"""

from __future__ import annotations

import os
import string
from dataclasses import dataclass
from typing import Any

import httpx

from groundling.client.errors import BadAnswer

DEFAULT_URL = "http://127.0.0.1:8080"
CONNECT_TIMEOUT_S = 5.0
DEFAULT_TIMEOUT_S = 120.0
"""Without a byte from the gateway. Longer than its own deadline for a request (45 s by default), so
that the gateway's error is seen."""
API_KEY_VARIABLE = "GROUNDLING_API_KEY"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_KEY_CHARACTERS = frozenset(string.ascii_letters + string.digits + string.punctuation)


@dataclass(frozen=True, slots=True, repr=False)  # repr=False: it holds the key
class Connection:
    url: str
    api_key: str | None
    timeout_s: float

    def arguments(self) -> dict[str, Any]:
        """For httpx.Client and httpx.AsyncClient; raise BadAnswer for an address that is none."""
        key = self.api_key
        check_address(self.url)
        return {
            "base_url": self.url,
            "timeout": httpx.Timeout(self.timeout_s, connect=CONNECT_TIMEOUT_S),
            "trust_env": not on_this_machine(self.url),  # no proxy to this machine itself
            "headers": {} if key is None else {"authorization": f"Bearer {key}"},
        }


def connection(url: str, api_key: str | None, timeout_s: float) -> Connection:
    """api_key None: GROUNDLING_API_KEY's, if it is set. ValueError: it cannot be a key."""
    given = os.environ.get(API_KEY_VARIABLE) if api_key is None else api_key
    return Connection(url.rstrip("/"), checked_key(given) if given else None, timeout_s)


def check_address(text: str) -> None:
    """Raise BadAnswer for what is no gateway's address."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise BadAnswer(f"{text!r} is not an address: {error}") from error
    if url.userinfo:  # it would be sent in the API key's place, and shown
        raise BadAnswer("an address holds no user's name or password; a gateway takes an API key")
    if url.scheme not in ("http", "https") or not url.host:
        raise BadAnswer(f"{text!r} is not an address; one looks like {DEFAULT_URL}")


def on_this_machine(url: str) -> bool:
    return httpx.URL(url).host in _LOOPBACK


def checked_key(text: str) -> str:
    """The key without white space around it; ValueError (which does not quote it): it is none."""
    key = text.strip()
    if not key or not _KEY_CHARACTERS.issuperset(key):
        raise ValueError("an API key is printable ASCII without spaces")
    return key
