"""The one ASGI middleware every service runs behind.

    a request's ids       taken or made, echoed in every response
    X-Deadline-Ms         with the service's own limit; expiry cuts the work and answers 504
    the body              read up to max_body_bytes, else 413; some paths take more (limits.py)
    concurrency           max_concurrent requests, else 429 with Retry-After; health is exempt
    a client that leaves  cancels the work, plain or streaming; logged as 499
    any exception         500 that keeps its request id and tells nothing of the exception
    a guard               the service's own say in who may come in, before the body is read

Plain ASGI, since Starlette's BaseHTTPMiddleware breaks cancellation and context variables.
Does not cover: errors the router and handlers raise (services.chassis.errors).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis.body import ClientLeft
from services.chassis.context import ErrorShape, RequestContext, current
from services.chassis.errors import Failure, error_response, failure_response
from services.chassis.exchange import Exchange
from services.chassis.lifespan import run_lifespan
from services.chassis.limits import Limits
from services.chassis.logs import PROBE_PATHS, log_crash, log_request
from services.chassis.metrics import Metrics
from services.chassis.settings import ServiceSettings
from services.chassis.trace import accept_request_id, continue_trace
from services.contract import (
    DEADLINE_HEADER,
    HTTP_STATUS,
    REQUEST_ID_HEADER,
    TRACEPARENT_HEADER,
    ErrorCode,
)

CANCEL_GRACE_S = 0.2
"""How long cut work may take to clean up before the answer goes out without waiting for it."""
OVERLOADED_RETRY_S = 1
CLOCK_SLACK_S = 0.005
"""A timer may fire this much before its time; that counts as the deadline all the same."""

_DEADLINE_MS = re.compile(r"[1-9][0-9]{0,17}")

Guard = Callable[[Scope], AbstractAsyncContextManager[None]]
"""Held around a request's work, from before its body is read; raises Failure to refuse it. What it
learns of the caller it may leave in scope["state"]."""


def open_to_all(_: Scope) -> AbstractAsyncContextManager[None]:
    """The guard of a service that has none."""
    return nullcontext()


@dataclass
class ChassisMiddleware:
    app: ASGIApp
    service: str
    settings: ServiceSettings
    metrics: Metrics
    limits: Limits
    guard: Guard = open_to_all
    error_shapes: Mapping[str, ErrorShape] = field(default_factory=dict)
    """By path: the form of errors there and below, where it is not services.contract's."""
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    """Work in progress, cut work that has not ended yet included: it still takes resources."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(self.app, scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started_s = time.monotonic()
        context = self._context(scope, started_s)
        token = current.set(context)
        try:
            with self.metrics.in_progress():
                status = await self._serve(Exchange(scope, receive, send, context))
            elapsed_s = time.monotonic() - started_s
            self.metrics.observe(scope, status, elapsed_s)
            log_request(scope, status, elapsed_s)
        finally:
            current.reset(token)

    def _context(self, scope: Scope, started_s: float) -> RequestContext:
        headers = Headers(scope=scope)
        default_ms = self.limits.of(scope["path"]).deadline_ms
        asked = headers.get(DEADLINE_HEADER, "")
        budget_ms = min(int(asked), default_ms) if _DEADLINE_MS.fullmatch(asked) else default_ms
        return RequestContext(
            service=self.service,
            request_id=accept_request_id(headers.get(REQUEST_ID_HEADER)),
            trace=continue_trace(headers.get(TRACEPARENT_HEADER)),
            deadline_at_s=started_s + budget_ms / 1000,
            error_shape=self._error_shape(scope["path"]),
        )

    def _error_shape(self, path: str) -> ErrorShape | None:
        for prefix, shape in self.error_shapes.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                return shape
        return None

    async def _serve(self, exchange: Exchange) -> int:
        """Answer the request; return the status to log, which is 499 when the client left."""
        try:
            self._admit(exchange.scope)
            async with self.guard(exchange.scope):
                await self._work(exchange)
        except Failure as failure:
            await exchange.answer(failure_response(failure))
        except ClientLeft:
            return HTTP_STATUS[ErrorCode.CANCELLED]
        except TimeoutError as error:
            if exchange.context.remaining_s() > CLOCK_SLACK_S:
                return await self._crash(exchange, error)  # some wait of the handler's own
            message = "the work could not finish before its deadline and was cut"
            await exchange.answer(error_response(ErrorCode.DEADLINE, message))
            with suppress(TimeoutError):  # a client that does not read holds up even the end
                async with asyncio.timeout(CANCEL_GRACE_S):
                    await exchange.end_stream()
            return HTTP_STATUS[ErrorCode.DEADLINE]
        except Exception as error:
            return await self._crash(exchange, error)
        return exchange.status if exchange.status is not None else HTTP_STATUS[ErrorCode.INTERNAL]

    def _admit(self, scope: Scope) -> None:
        asked = Headers(scope=scope).get(DEADLINE_HEADER)
        if asked is not None and not _DEADLINE_MS.fullmatch(asked):
            message = f"{DEADLINE_HEADER}: must be a positive whole number of milliseconds"
            raise Failure(ErrorCode.BAD_REQUEST, message)
        if scope["path"] not in PROBE_PATHS and len(self._running) >= self.settings.max_concurrent:
            message = (
                f"{self.settings.max_concurrent} requests are already being worked on"
                " (setting max_concurrent)"
            )
            raise Failure(ErrorCode.OVERLOADED, message, retry_after_s=OVERLOADED_RETRY_S)

    async def _work(self, exchange: Exchange) -> None:
        """Run the app until it ends, the client leaves (ClientLeft) or TimeoutError."""
        path = exchange.scope["path"]
        admitted = self.limits.admit(path, Headers(scope=exchange.scope))
        work = asyncio.create_task(exchange.run(self.app, self.limits.of(path)))
        work.add_done_callback(lambda _: self.limits.leave(admitted))
        watch = asyncio.create_task(exchange.watch_client())
        if path not in PROBE_PATHS:
            self._running.add(work)
            work.add_done_callback(self._running.discard)
        try:
            await _wait(work, watch, exchange)
            if exchange.client_left.is_set():
                raise ClientLeft
            if not work.done():
                raise TimeoutError
            if work.cancelled():
                raise RuntimeError("the handler cancelled itself")
            work.result()
        finally:
            watch.cancel()
            if not work.done():
                exchange.cut()
                work.cancel()
                await asyncio.wait({work}, timeout=CANCEL_GRACE_S)
            work.add_done_callback(_retrieve)

    async def _crash(self, exchange: Exchange, error: Exception) -> int:
        log_crash(error)
        message = "an unexpected error; the service's log tells more under this request id"
        await exchange.answer(error_response(ErrorCode.INTERNAL, message))
        return HTTP_STATUS[ErrorCode.INTERNAL]


async def _wait(work: asyncio.Task[None], watch: asyncio.Task[None], exchange: Exchange) -> None:
    left_s = exchange.context.remaining_s()
    await asyncio.wait({work, watch}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
    if exchange.completed and not work.done():
        # The response is out, and the server has said so; what is left is a background task.
        await asyncio.wait({work}, timeout=exchange.context.remaining_s())


def _retrieve(work: asyncio.Task[None]) -> None:
    """Look at how cut work ended, or asyncio reports its exception as never retrieved."""
    if not work.cancelled():
        work.exception()
