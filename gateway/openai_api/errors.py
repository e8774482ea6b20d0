"""Errors as OpenAI's clients read them: {"error": {"message", "type", "param", "code"}}.

    400        invalid_request_error   also for what is 422 in the gateway's own API
    401        authentication_error    code invalid_api_key
    403        permission_error
    404, 405   invalid_request_error   code model_not_found where it is the model
    409        conflict_error
    413        invalid_request_error
    429        rate_limit_error        code rate_limit_exceeded, or overloaded
    5xx        server_error

`code` is otherwise the gateway's own (services.contract.ErrorCode), and `param` the field that a
message begins with. Retry-After and X-Request-ID stay in the headers.
Does not cover: which failure is which code (gateway.turn_errors,
services.chassis.errors).
"""

from __future__ import annotations

import re
from typing import Any

from services.contract import Body, ErrorCode, ErrorDetail


class ErrorAnswer(Body):
    message: str
    type: str
    param: str | None
    """The field that is wrong, e.g. "messages.2.content"."""
    code: str


class ErrorAnswerBody(Body):
    error: ErrorAnswer


_TYPES = {
    ErrorCode.UNAUTHORIZED: "authentication_error",
    ErrorCode.FORBIDDEN: "permission_error",
    ErrorCode.CONFLICT: "conflict_error",
    ErrorCode.RATE_LIMITED: "rate_limit_error",
    ErrorCode.OVERLOADED: "rate_limit_error",
}
_CODES = {
    ErrorCode.UNAUTHORIZED: "invalid_api_key",
    ErrorCode.RATE_LIMITED: "rate_limit_exceeded",
}
_ABOUT_FIELDS = (ErrorCode.INVALID_REQUEST, ErrorCode.NOT_FOUND)
_NO_FIELD = "body"
"""What a message begins with where no single field is wrong."""
_FIELD = re.compile(r"([a-z_]+(?:\.[a-z0-9_]+)*): ")


def openai_shape(detail: ErrorDetail, status: int) -> tuple[int, dict[str, Any]]:
    """services.chassis.ErrorShape: the status and the body."""
    field = _FIELD.match(detail.message) if detail.code in _ABOUT_FIELDS else None
    param = field[1] if field is not None and field[1] != _NO_FIELD else None
    code = _CODES.get(detail.code, detail.code.value)
    if detail.code is ErrorCode.NOT_FOUND and param == "model":
        code = "model_not_found"
    kind = _TYPES.get(detail.code, "invalid_request_error" if status < 500 else "server_error")
    error = ErrorAnswer(message=detail.message, type=kind, param=param, code=code)
    return 400 if status == 422 else status, ErrorAnswerBody(error=error).model_dump()
