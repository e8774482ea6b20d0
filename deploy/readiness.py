"""One look at a service's /readyz: ready or not, and what it says is missing."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from pydantic import ValidationError

from services.contract import Missing, ReadyResponse

LOOK_TIMEOUT_S = 2.5


@dataclass(frozen=True, slots=True)
class Look:
    ready: bool
    missing: tuple[Missing, ...] = ()
    """When ready: optional parts only."""
    why: str = ""
    """Why it is not ready, for people; empty when it is."""


def look(client: httpx.Client, url: str) -> Look:
    try:
        answer = client.get(f"{url}/readyz", timeout=LOOK_TIMEOUT_S)
    except httpx.ConnectError:
        return Look(False, why="starting")
    except httpx.HTTPError as error:
        return Look(False, why=f"no answer from /readyz ({type(error).__name__})")
    try:
        body = ReadyResponse.model_validate_json(answer.content)
    except ValidationError:
        return Look(False, why=f"/readyz answered {answer.status_code} with an unknown body")
    if answer.status_code == httpx.codes.OK and body.ready:
        return Look(True, tuple(body.missing))
    needed = [part for part in body.missing if part.required]
    why = "; ".join(f"waits for {one.part} ({one.how})" for one in needed)
    return Look(False, tuple(needed), why or f"/readyz answered {answer.status_code}")
