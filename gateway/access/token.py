"""API keys as text: `gl_<id>_<secret>`.

Covers: making, reading and comparing them. Does not cover: where keys are kept
(gateway.access.keys) or what one may do (gateway.access.guard).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

PREFIX = "gl_"
"""What begins so is meant to be one of our keys; what does not is somebody else's."""
SECRET_BYTES = 32
_ID_CHARS = 12
_TOKEN = re.compile(rf"{PREFIX}([a-z2-7]{{{_ID_CHARS}}})_([A-Za-z0-9_-]{{43}})")
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class Token:
    id: str
    """Public: 60 random bits in base32."""
    secret: str = field(repr=False)
    """256 random bits in URL-safe base64."""

    @property
    def text(self) -> str:
        return f"{PREFIX}{self.id}_{self.secret}"


def new_token() -> Token:
    letters = base64.b32encode(secrets.token_bytes(8)).decode("ascii").lower()
    return Token(letters[:_ID_CHARS], secrets.token_urlsafe(SECRET_BYTES))


def read_token(text: str) -> Token | None:
    """None: not the shape of a key."""
    found = _TOKEN.fullmatch(text)
    return Token(found[1], found[2]) if found else None


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal.

    A slow hash makes guessing dear where people choose the secret; 256 random bits are beyond
    guessing, and a slow hash here would be a way to keep the gateway busy.
    """
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def fits(token: Token, stored_digest: str | None) -> bool:
    """Whether the secret is the one stored; None (no such key) takes the same work."""
    expected = _NO_DIGEST if stored_digest is None else stored_digest
    return hmac.compare_digest(digest(token.secret), expected) and stored_digest is not None
