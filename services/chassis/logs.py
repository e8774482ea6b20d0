"""JSON log lines on stderr, one object a line.

Every line has time, level, service, logger, request_id, event; what is given as `extra` follows.
Code logs through `logging.getLogger(__name__)`: the message is the event's name, in words that hold
no user text, and figures go into extra: `log.info("worker restarted", extra={"restarts": 2})`.

An exception is logged by type and place only: its message may quote what a user wrote.
Does not cover: where lines go afterwards.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from starlette.types import Scope

from services.chassis.context import current
from services.chassis.metrics import bounded_method, route_template

OUR_LOGGERS = ("services", "gateway", "model_server", "groundling", "deploy", "uvicorn")
MAX_FRAMES = 12
PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: logged at DEBUG, and exempt from the bound on requests."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",  # uvicorn's own, with terminal codes
}
_log = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        context = current.get()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": context.service if context is not None else self.service,
            "logger": record.name,
            "request_id": context.request_id if context is not None else "",
            "event": record.getMessage(),
        }
        line.update((key, value) for key, value in vars(record).items() if key not in _STANDARD)
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, trace = record.exc_info
            line["error"] = kind.__qualname__
            line["at"] = frames(trace)
            if _log.isEnabledFor(logging.DEBUG):
                line["error_message"] = str(error)
        return json.dumps(line, default=str)


class StderrHandler(logging.Handler):
    """Writes to whatever sys.stderr is at the moment, so that a redirection is followed."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


def configure_logging(service: str, level: str) -> None:
    """Send all lines through one JSON handler; our loggers' from `level`, others' from WARNING."""
    root = logging.getLogger()
    handlers = [handler for handler in root.handlers if isinstance(handler, StderrHandler)]
    if not handlers:
        handlers = [StderrHandler()]
        root.addHandler(handlers[0])
    handlers[0].setFormatter(JsonFormatter(service))
    for name in OUR_LOGGERS:
        logging.getLogger(name).setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # Our own request line replaces uvicorn's, which would show paths and queries.
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False


def log_request(scope: Scope, status: int, elapsed_s: float) -> None:
    context = current.get()
    usual = logging.DEBUG if scope["path"] in PROBE_PATHS else logging.INFO
    _log.log(
        logging.ERROR if status == 500 else usual,
        "request",
        extra={
            "method": bounded_method(scope),
            "route": route_template(scope),
            "status": status,
            "elapsed_ms": round(elapsed_s * 1000, 3),
            "trace_id": context.trace.trace_id if context is not None else "",
        },
    )


def log_crash(error: Exception) -> None:
    _log.error("unexpected error", exc_info=error)


def frames(trace: TracebackType | None) -> list[str]:
    """The innermost frames as "file:line function", without source or values."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace)[-MAX_FRAMES:]
    ]
