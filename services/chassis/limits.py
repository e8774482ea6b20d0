"""Limits of single paths where they differ from the service's own, e.g. for uploads.

Covers: a path's limits, the key it may ask for, and how many large bodies are taken at once.
Does not cover: enforcing the size and the deadline (body.py, middleware.py).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr
from starlette.datastructures import Headers

from services.chassis.errors import Failure
from services.chassis.settings import ServiceSettings
from services.contract import ErrorCode


@dataclass(frozen=True, slots=True)
class PathLimits:
    """For a path and all below it."""

    max_body_bytes: int
    deadline_ms: int
    max_large: int
    """Bodies over the service's own max_body_bytes that may be in memory at once."""
    body_setting: str = "max_body_bytes"
    """What a refusal calls the limit of the body."""
    large_setting: str = "max_large"
    key: SecretStr | None = None
    """When set, requests need `Authorization: Bearer KEY`; checked before the body is read."""
    key_setting: str = "api_key"


class Limits:
    def __init__(self, settings: ServiceSettings, paths: Mapping[str, PathLimits]) -> None:
        self._settings = settings
        self._paths = dict(paths)
        self._usual = PathLimits(settings.max_body_bytes, settings.default_deadline_ms, 0)
        self._large: dict[str, int] = dict.fromkeys(paths, 0)

    def of(self, path: str) -> PathLimits:
        prefix = self._prefix(path)
        return self._usual if prefix is None else self._paths[prefix]

    def admit(self, path: str, headers: Headers) -> str | None:
        """Count a body that may be large; what to give to `leave` afterwards, None for others.

        Failure(UNAUTHORIZED): without the path's key. Failure(OVERLOADED): too many are being taken
        already.
        """
        prefix = self._prefix(path)
        if prefix is not None:
            _check_key(self._paths[prefix], headers)
        if prefix is None or not self._may_be_large(headers):
            return None
        limits = self._paths[prefix]
        if self._large[prefix] >= limits.max_large:
            message = (
                f"{limits.max_large} large bodies are already being taken"
                f" (setting {limits.large_setting})"
            )
            raise Failure(ErrorCode.OVERLOADED, message, retry_after_s=1)
        self._large[prefix] += 1
        return prefix

    def leave(self, admitted: str | None) -> None:
        if admitted is not None:
            self._large[admitted] -= 1

    def _prefix(self, path: str) -> str | None:
        fitting = [one for one in self._paths if path == one or path.startswith(f"{one}/")]
        return max(fitting, key=len, default=None)

    def _may_be_large(self, headers: Headers) -> bool:
        declared = headers.get("content-length", "")
        if declared.isdecimal():
            return int(declared[:20]) > self._settings.max_body_bytes
        return "transfer-encoding" in headers


def _check_key(limits: PathLimits, headers: Headers) -> None:
    if limits.key is None:
        return
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # Headers are bytes, which Starlette shows as Latin-1; the key was sent as UTF-8.
    key = limits.key.get_secret_value().encode()
    same = hmac.compare_digest(given.strip().encode("latin-1"), key)
    if scheme.lower() != "bearer" or not same:
        message = (
            "this path needs the header `Authorization: Bearer KEY` with the service's API key"
            f" (setting {limits.key_setting})"
        )
        raise Failure(ErrorCode.UNAUTHORIZED, message)
