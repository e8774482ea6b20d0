"""The retrieval service: `uvicorn --factory services.retrieval.app:build`.

Takes a question or a few words and returns facts as `Subject / Attribute / Value`, best first, or
nothing where no fact matches well (docs/retrieval.md). Direct facts carry no source.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date

from fastapi import FastAPI

from services.chassis import create_tool_app, load_settings
from services.contract import Missing, QueryRequest, Snippet
from services.retrieval.service import SearchService
from services.retrieval.settings import PREFIX, Settings


def build(settings: Settings | None = None) -> FastAPI:
    """The app. None: settings from the environment. Starting it loads the facts."""
    if settings is None:
        settings = load_settings(Settings, PREFIX, os.environ)
    return build_at(settings, date.today)


def build_at(settings: Settings, today: Callable[[], date]) -> FastAPI:
    """The app with a calendar of its own: ages are computed for `today()`."""
    service = SearchService(settings, today)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            yield
        finally:
            await service.stop()

    async def query(request: QueryRequest) -> Sequence[Snippet] | None:
        results = await service.query(request.input, request.skip, request.limit)
        return None if results is None else [Snippet(result) for result in results]

    async def readiness() -> Sequence[Missing]:
        return service.missing()

    return create_tool_app(
        "retrieval",
        settings,
        summary="Looks up facts about people, places, elements, works and events.",
        query=query,
        readiness=readiness,
        lifespan=lifespan,
    )
