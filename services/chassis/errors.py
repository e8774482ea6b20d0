"""Failures and the bodies they become. Every non-2xx answer is a services.contract.ErrorBody, but
on paths whose errors have a shape of their own (services.chassis.context.ErrorShape).

    Failure                       raised by handlers: work that could not be done, code and message
    RequestValidationError        -> 400 bad_request (not JSON) or 422 invalid_request
    starlette HTTPException       -> 404, 405 and whatever else the router refuses
    anything else                 -> 500 internal, by the middleware, which keeps the request id

Does not cover: how a validation error reads (services.chassis.validation).
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from services.chassis.context import current, request_id
from services.chassis.validation import describe_validation, printable
from services.contract import HTTP_STATUS, ErrorBody, ErrorCode, ErrorDetail

_CODE_OF_STATUS = {status: code for code, status in HTTP_STATUS.items()}


class Failure(Exception):
    """Work that could not be done; becomes an error body. Raise it from any handler or tool."""

    def __init__(self, code: ErrorCode, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


def check_length(field: str, text: str, limit: int) -> None:
    """Raise Failure(INVALID_REQUEST) when text has more than `limit` characters."""
    if len(text) > limit:
        setting = f" (setting max_{field}_chars)" if field.isidentifier() else ""
        message = f"{field}: {len(text)} characters; at most {limit} are allowed{setting}"
        raise Failure(ErrorCode.INVALID_REQUEST, message)


def error_response(
    code: ErrorCode,
    message: str,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    detail = ErrorDetail(code=code, message=printable(message), request_id=request_id())
    status = HTTP_STATUS[code] if status is None else status
    context = current.get()
    if context is not None and context.error_shape is not None:
        status, shaped = context.error_shape(detail, status)
        return JSONResponse(shaped, status_code=status, headers=headers)
    body = ErrorBody(error=detail).model_dump(mode="json")
    return JSONResponse(body, status_code=status, headers=headers)


def failure_response(failure: Failure) -> JSONResponse:
    retry = failure.retry_after_s
    headers = {} if retry is None else {"Retry-After": str(retry)}
    if failure.code is ErrorCode.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return error_response(failure.code, failure.message, headers=headers)


def install_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Failure, _on_failure)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_failure(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Failure)
    return failure_response(error)


async def _on_validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return error_response(*describe_validation(error.errors()))


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = error.status_code
    fallback = ErrorCode.BAD_REQUEST if status < 500 else ErrorCode.INTERNAL
    code = _CODE_OF_STATUS.get(status, fallback)
    message = str(error.detail)
    if status == 400 and error.__cause__ is not None:  # e.g. nested too deep for the parser
        message = "body: cannot be read as JSON"
    elif status == 404 and message == "Not Found":
        message = "no such path; /docs lists those there are"
    elif status == 405:
        allowed = (error.headers or {}).get("Allow", "")
        message = f"this path does not take {request.method[:20]}; allowed: {allowed}"
    return error_response(code, message, status=status, headers=error.headers)
