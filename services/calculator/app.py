"""The calculator service: `uvicorn --factory services.calculator.app:build`.

Takes one arithmetic expression and returns its value as one string; declines everything else
(docs/calculator.md says what is read and how values are written). The computing, and SymPy, live
in worker processes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec

from fastapi import FastAPI

from services.calculator.pool import WorkerPool
from services.calculator.settings import PREFIX, Settings
from services.chassis import create_tool_app, load_settings
from services.contract import Missing, QueryRequest, Snippet

_INSTALL = 'pip install "groundling[calculator]"'


def worker_command(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "services.calculator.worker"),
        *("--max-result-bits", str(settings.max_result_bits)),
        *("--memory-mb", str(settings.worker_memory_mb)),
    ]


def build(settings: Settings | None = None) -> FastAPI:
    """The app. None: settings from the environment. Starting it starts the workers."""
    if settings is None:
        settings = load_settings(Settings, PREFIX, os.environ)
    return build_with_command(settings, worker_command(settings))


def build_with_command(settings: Settings, command: Sequence[str]) -> FastAPI:
    """The app over any command that speaks the protocol of services.calculator.worker."""
    pool = WorkerPool(
        command,
        workers=settings.workers,
        max_queue=settings.max_queue,
        timeout_s=settings.evaluate_timeout_s,
        start_timeout_s=settings.start_timeout_s,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        pool.start()
        try:
            yield
        finally:
            await pool.stop()

    async def query(request: QueryRequest) -> Sequence[Snippet] | None:
        results = await pool.calculate(request.input)
        if results is None:
            return None
        return [Snippet(result) for result in results[request.skip :][: request.limit]]

    async def readiness() -> Sequence[Missing]:
        missing = [
            Missing(part=package, how=_INSTALL, required=True)
            for package in ("lark", "sympy")
            if find_spec(package) is None
        ]
        if not missing and (problem := pool.problem) is not None:
            missing.append(Missing(part="calculator worker", how=problem, required=True))
        return missing

    return create_tool_app(
        "calculator",
        settings,
        summary="Computes arithmetic expressions exactly.",
        query=query,
        readiness=readiness,
        lifespan=lifespan,
    )
