"""`create_app`: a FastAPI app with what every service has, to which a service adds its routes.

Covers: wiring of the middleware, the error handlers, /healthz, /readyz, /metrics and /docs.
Does not cover: any of their workings, which have a module each.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from services.chassis.context import ErrorShape
from services.chassis.docs import add_docs
from services.chassis.errors import install_error_handlers
from services.chassis.limits import Limits, PathLimits
from services.chassis.logs import configure_logging
from services.chassis.metrics import Metrics
from services.chassis.middleware import ChassisMiddleware, Guard, open_to_all
from services.chassis.settings import ServiceSettings
from services.contract import ErrorBody, Missing, ReadyResponse

Readiness = Callable[[], Awaitable[Sequence[Missing]]]
"""What is missing right now; it may do brief work, and runs at every /readyz."""
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_log = logging.getLogger(__name__)


def create_app(
    name: str,
    settings: ServiceSettings,
    *,
    summary: str,
    readiness: Readiness,
    lifespan: Lifespan | None = None,
    paths: Mapping[str, PathLimits] | None = None,
    guard: Guard = open_to_all,
    error_shapes: Mapping[str, ErrorShape] | None = None,
) -> FastAPI:
    """A FastAPI app with health, metrics, errors, ids, logs, tracing, deadline and limits.

    paths: those with limits of their own, each with all below it. guard: see middleware.Guard.
    error_shapes: paths, each with all below it, whose errors are not services.contract's.
    """
    configure_logging(name, settings.log_level)
    metrics = Metrics()
    app = FastAPI(
        title=f"Groundling {name}",
        summary=summary,
        lifespan=_logged(lifespan),
        docs_url=None,  # FastAPI's own pages load scripts from another host
        redoc_url=None,
        redirect_slashes=False,  # an unknown path is a 404 with an error body, never a redirect
        responses={
            "4XX": {"model": ErrorBody, "description": "The request cannot be served."},
            "5XX": {"model": ErrorBody, "description": "The service could not do its work."},
        },
    )
    app.state.metrics_registry = metrics.registry  # for metrics of a service's own
    install_error_handlers(app)
    _add_health(app, readiness, metrics)
    add_docs(app)
    app.add_middleware(
        ChassisMiddleware,
        service=name,
        settings=settings,
        metrics=metrics,
        limits=Limits(settings, paths or {}),
        guard=guard,
        error_shapes=error_shapes or {},
    )
    return app


def _add_health(app: FastAPI, readiness: Readiness, metrics: Metrics) -> None:
    @app.get("/healthz", tags=["health"], summary="The process is up")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get(
        "/readyz",
        tags=["health"],
        summary="The service can do its work; what is missing",
        response_model=ReadyResponse,
        responses={503: {"model": ReadyResponse, "description": "A required part is missing."}},
    )
    async def readyz() -> JSONResponse:
        missing = list(await readiness())
        ready = not any(part.required for part in missing)
        body = ReadyResponse(ready=ready, missing=missing)
        return JSONResponse(body.model_dump(mode="json"), status_code=200 if ready else 503)

    @app.get("/metrics", tags=["health"], summary="Prometheus metrics")
    async def prometheus() -> Response:
        return metrics.response()


def _logged(lifespan: Lifespan | None) -> Lifespan:
    @asynccontextmanager
    async def logged(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(app) if lifespan is not None else nullcontext():
            _log.info("ready to serve")
            yield
        _log.info("stopped")

    return logged
