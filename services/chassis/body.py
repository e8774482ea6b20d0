"""Reading a request's body, never more of it than the limit.

Covers: the limit by Content-Length and while chunks arrive; UTF-8 for JSON bodies.
Does not cover: streaming uploads. Bodies are small by design: each is read before the work starts.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Receive

from services.chassis.errors import Failure
from services.chassis.limits import PathLimits
from services.contract import ErrorCode


class ClientLeft(Exception):
    """The connection closed before the exchange was over."""


async def read_body(headers: Headers, receive: Receive, limits: PathLimits) -> bytes:
    """The whole body; Failure(TOO_LARGE) as soon as it is known to be over the limit.

    What a client still sends after that is dropped by the server, chunk by chunk.
    """
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limits.max_body_bytes:
        raise _too_large(limits)
    chunks: list[bytes] = []
    size_bytes = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        chunk = message.get("body", b"")
        size_bytes += len(chunk)
        if size_bytes > limits.max_body_bytes:
            raise _too_large(limits)
        chunks.append(chunk)
        more = message.get("more_body", False)
    body = b"".join(chunks)
    if "json" in headers.get("content-type", ""):
        _check_utf8(body)
    return body


def _too_large(limits: PathLimits) -> Failure:
    return Failure(
        ErrorCode.TOO_LARGE,
        f"body: at most {limits.max_body_bytes} bytes are allowed (setting {limits.body_setting})",
    )


def _check_utf8(body: bytes) -> None:
    # RFC 8259, section 8.1: JSON between systems is UTF-8. The parser would guess other encodings.
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Failure(
            ErrorCode.BAD_REQUEST, f"body: is not UTF-8 (byte {error.start} cannot be decoded)"
        ) from None
