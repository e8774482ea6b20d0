"""Prometheus metrics of one app, in a registry of its own so that several apps fit one process.

Covers: requests by route template, method and status; their duration; how many are in progress.
Label values come from closed sets: never a path, a header or text of a user.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response
from starlette.types import Scope

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
NO_ROUTE = "other"  # unknown paths and requests refused before routing


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory and CPU of this process
        self._requests = Counter(
            "groundling_http_requests",
            "Requests answered; status 499 is a client that left.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "groundling_http_request_seconds",
            "Time from a request's first byte to its answer's last.",
            ["route", "method"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._in_progress = Gauge(
            "groundling_http_requests_in_progress",
            "Requests being worked on.",
            registry=self.registry,
        )

    def in_progress(self) -> AbstractContextManager[None]:
        return self._in_progress.track_inprogress()

    def observe(self, scope: Scope, status: int, elapsed_s: float) -> None:
        route, method = route_template(scope), bounded_method(scope)
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(elapsed_s)

    def response(self) -> Response:
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def route_template(scope: Scope) -> str:
    """E.g. "/v1/sessions/{id}"; the router leaves the matched route in the scope."""
    return str(getattr(scope.get("route"), "path", NO_ROUTE))


def bounded_method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in METHODS else "OTHER"
