"""How a turn's errors are told to the client, and in the log.

    ModelError         see gateway.seams                    422, 502, 503, 504
    RoleUnknown        there is no such role                404
    SessionError       see gateway.sessions.errors          404, 409
    StoreUnavailable   see gateway.database.failures        503

Covers: the failure that each of them is, before an answer has begun and in the middle of a stream.
Does not cover: the body's shape and its framing (services.chassis.errors, gateway.chat,
gateway.openai_api).
"""

from __future__ import annotations

import logging

from gateway.database.failures import StoreUnavailable
from gateway.seams import ModelDeadline, ModelError, ModelRefused, ModelUnavailable
from gateway.sessions.errors import RequestRunning, SessionBusy, SessionError, SessionUnknown
from gateway.turns import RoleUnknown
from services.chassis import Failure, request_id
from services.contract import ErrorCode, ErrorDetail

RETRY_AFTER_S = 2
TURN_ERRORS = (ModelError, RoleUnknown, SessionError, StoreUnavailable)
_log = logging.getLogger(__name__)


def failure_of(error: Exception, message_field: str = "message") -> Failure:
    """The failure that one of TURN_ERRORS is to the client.

    `message_field` is what the request calls the text that the model refuses.
    """
    code, message, retry_after_s = ErrorCode.UPSTREAM, str(error), None
    match error:
        case ModelUnavailable():
            code, retry_after_s = ErrorCode.UNAVAILABLE, RETRY_AFTER_S
        case ModelDeadline():
            code = ErrorCode.DEADLINE
        case ModelRefused():
            code, message = ErrorCode.INVALID_REQUEST, f"{message_field}: {error}"
        case RoleUnknown():
            code, message = ErrorCode.NOT_FOUND, f"role: there is no role {error}; see /v1/roles"
        case SessionUnknown():
            code = ErrorCode.NOT_FOUND
        case SessionBusy() | RequestRunning():
            code, retry_after_s = ErrorCode.CONFLICT, RETRY_AFTER_S
        case SessionError():
            code = ErrorCode.CONFLICT
        case StoreUnavailable():
            code, retry_after_s = ErrorCode.UNAVAILABLE, RETRY_AFTER_S
    return Failure(code, message, retry_after_s=retry_after_s)


def failed_turn(error: Exception, message_field: str = "message") -> Failure:
    """`failure_of`, and a line in the log: a stream that fails is a 200 in the request's line."""
    failure = failure_of(error, message_field)
    said = {"code": failure.code.value, "kind": type(error).__name__}
    _log.warning("turn failed", extra=said)
    return failure


def broken_stream(error: Exception, message_field: str = "message") -> ErrorDetail:
    """What ends a stream whose turn failed; of an error that nobody expected it tells nothing."""
    if isinstance(error, TURN_ERRORS):
        failure = failed_turn(error, message_field)
    else:
        _log.error("a streamed turn broke", exc_info=error)
        failure = Failure(ErrorCode.INTERNAL, "an unexpected error")
    return ErrorDetail(code=failure.code, message=failure.message, request_id=request_id())
