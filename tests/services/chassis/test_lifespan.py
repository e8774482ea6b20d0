"""A start that a service refuses is told in its own words; one that breaks, with its traceback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from services.chassis import ServiceSettings, StartRefused, create_app
from services.contract import Missing

pytestmark = pytest.mark.anyio


async def ready() -> Sequence[Missing]:
    return []


async def start(error: Exception | None) -> list[Any]:
    """What a server is told when the service's lifespan begins with this error, or runs through."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if error is not None:
            raise error
        yield

    app = create_app(
        "svc",
        ServiceSettings(log_level="CRITICAL"),
        summary="s",
        readiness=ready,
        lifespan=lifespan,
    )
    told: list[Any] = []
    server_says = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Any:
        return {"type": next(server_says)}

    async def send(message: Any) -> None:
        told.append(message)

    try:
        await app({"type": "lifespan", "state": {}}, receive, send)
    except RuntimeError:
        told.append("raised")
    return told


async def test_a_refused_start_is_told_in_its_own_words_alone() -> None:
    told = await start(StartRefused("make a key first"))
    assert told == [{"type": "lifespan.startup.failed", "message": "make a key first"}]


async def test_a_start_that_breaks_keeps_its_traceback() -> None:
    failed, end = await start(RuntimeError("torn"))
    assert failed["type"] == "lifespan.startup.failed"
    assert "Traceback" in failed["message"]
    assert end == "raised"


async def test_a_start_that_works_is_told_as_ever() -> None:
    assert [message["type"] for message in await start(None)] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
