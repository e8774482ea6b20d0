"""The retrieval service: `uvicorn --factory services.retrieval.app:build`.

Takes a question or a few words and returns facts as `Subject / Attribute / Value`, best first, then
passages of documents with title and URL, or nothing where nothing matches well (docs/retrieval.md).
Direct facts carry no source. Documents come in by the documents API (docs/documents.md).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date

from fastapi import FastAPI
from pydantic import Field

from services.chassis import SettingsError, create_tool_app, load_settings
from services.contract import Missing, QueryRequest, Snippet
from services.retrieval.dense.encoder import EncoderMissing, MiniLM
from services.retrieval.documents.api import add_documents_api, document_paths
from services.retrieval.documents.backend import Backend
from services.retrieval.documents.bodies import CollectionName
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.milvus import MilvusBackend
from services.retrieval.service import SearchService
from services.retrieval.settings import PREFIX, Settings

SUMMARY = "Looks up facts about people, places, elements, works and events, and your documents."


class RetrievalRequest(QueryRequest):
    """The tool's request, which may say where to look."""

    collections: list[CollectionName] | None = Field(default=None, min_length=1, max_length=100)
    """Collections of documents, and "facts" for the built-in facts. None: all of them."""


def build(settings: Settings | None = None) -> FastAPI:
    """The app. None: settings from the environment. Starting it loads the facts."""
    if settings is None:
        settings = load_settings(Settings, PREFIX, os.environ)
    return build_at(settings, date.today)


def build_at(settings: Settings, today: Callable[[], date]) -> FastAPI:
    """The app with a calendar of its own: ages are computed for `today()`."""
    backend = backend_of(settings)
    service = SearchService(settings, backend, today)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        try:
            yield
        finally:
            documents.close()
            await service.stop()

    async def query(request: RetrievalRequest) -> Sequence[Snippet] | None:
        return await service.query(request.input, request.skip, request.limit, request.collections)

    async def readiness() -> Sequence[Missing]:
        return service.missing()

    app = create_tool_app(
        "retrieval",
        settings,
        summary=SUMMARY,
        query=query,
        readiness=readiness,
        lifespan=lifespan,
        paths=document_paths(settings),
        request_model=RetrievalRequest,
    )
    documents = add_documents_api(app, backend, settings, built_in=service.built_in)
    return app


def backend_of(settings: Settings) -> Backend:
    """Where documents are kept, by setting; nothing is opened yet."""
    encoder = None
    if settings.ranking != "bm25":
        try:
            encoder = MiniLM(settings.encoder)
        except EncoderMissing as error:
            raise SettingsError(f"{PREFIX}RANKING={settings.ranking}: {error}") from error
    if settings.backend == "milvus":
        return MilvusBackend(settings, ranking=settings.ranking, encoder=encoder)
    return EmbeddedBackend(settings.data_dir / "documents", settings, encoder)
