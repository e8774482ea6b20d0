"""The calculator service: `uvicorn --factory services.calculator.app:build`.

Takes one question of calculation and returns the results as strings, best first; declines
everything else (docs/calculator.md says what is read and how values are written). The computing,
SymPy and Pint live in worker processes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec

from fastapi import FastAPI

from services.calculator.lanes import Lanes
from services.calculator.pool import WorkerPool
from services.calculator.settings import PREFIX, Settings
from services.chassis import create_tool_app, load_settings
from services.contract import Missing, QueryRequest, Snippet

_SUMMARY = "Computes sums, percentages, units, dates and algebra, exactly where that is possible."
_INSTALL = 'pip install "groundling[calculator]"'


def worker_command(settings: Settings) -> list[str]:
    """The command of a worker; each lane adds its --time-limit-s."""
    rates = ["--rates-file", str(settings.rates_file)] if settings.rates_file else []
    return [
        *(sys.executable, "-m", "services.calculator.worker"),
        *("--max-result-bits", str(settings.max_result_bits)),
        *("--memory-mb", str(settings.worker_memory_mb)),
        *rates,
    ]


def build(settings: Settings | None = None) -> FastAPI:
    """The app. None: settings from the environment. Starting it starts the workers."""
    if settings is None:
        settings = load_settings(Settings, PREFIX, os.environ)
    return build_with_command(settings, worker_command(settings))


def build_with_command(settings: Settings, command: Sequence[str]) -> FastAPI:
    """The app over any command that speaks the protocol of services.calculator.worker."""

    def lane(workers: int, timeout_s: float) -> WorkerPool:
        return WorkerPool(
            [*command, "--time-limit-s", str(timeout_s)],
            workers=workers,
            max_queue=settings.max_queue,
            timeout_s=timeout_s,
            start_timeout_s=settings.start_timeout_s,
        )

    lanes = Lanes(
        quick=lane(settings.workers, min(settings.quick_timeout_s, settings.evaluate_timeout_s)),
        slow=lane(settings.slow_workers, settings.evaluate_timeout_s),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        lanes.start()
        try:
            yield
        finally:
            await lanes.stop()

    async def query(request: QueryRequest) -> Sequence[Snippet] | None:
        results = await lanes.calculate(request.input)
        if results is None:
            return None
        return [Snippet(result) for result in results[request.skip :][: request.limit]]

    async def readiness() -> Sequence[Missing]:
        missing = [
            Missing(part=package, how=_INSTALL, required=True)
            for package in ("lark", "pint", "sympy")
            if find_spec(package) is None
        ]
        if not missing and (problem := lanes.problem) is not None:
            missing.append(Missing(part="calculator worker", how=problem, required=True))
        return missing

    return create_tool_app(
        "calculator",
        settings,
        summary=_SUMMARY,
        query=query,
        readiness=readiness,
        lifespan=lifespan,
    )
