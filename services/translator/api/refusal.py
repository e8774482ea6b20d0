"""How the LibreTranslate-compatible paths say no: {"error": "message"}, as LibreTranslate does.

    400  the request is wrong, a language is unknown, or no engine does the pair
    403  the key is missing or wrong
    422  the pair is known, but this text was declined: no engine could translate all of it
    429, 502, 503, 504  an engine failed, by services.contract.HTTP_STATUS

Does not cover: what the chassis refuses before a path is reached (413, 429, 504) and crashes (500):
these keep the chassis' error body, whose "error" is an object.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

from services.contract import HTTP_STATUS, ErrorCode
from services.translator.engines.interface import EngineError

RETRY_AFTER_S = 1


class Refusal(Exception):
    """Becomes a response of this status; the message never holds the text to be translated."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def engine_refusal(error: EngineError, place: str = "") -> Refusal:
    return Refusal(HTTP_STATUS[error.code], place + error.message)


def install_refusals(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, _on_refusal)


async def _on_refusal(_: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    overloaded = refusal.status == HTTP_STATUS[ErrorCode.OVERLOADED]
    return JSONResponse(
        {"error": refusal.message},
        status_code=refusal.status,
        headers={"Retry-After": str(RETRY_AFTER_S)} if overloaded else None,
    )
