"""One bounded JSON call to another process of ours.

Covers: deadline, size bound, and telling apart the ways a call goes wrong:

    UpstreamError
    ├── Unreachable   no connection, or it broke, or the address is none
    ├── TooSlow       no whole answer in time
    └── Nonsense      an answer that is not HTTP, not JSON or over the size bound

Does not cover: what a status or a body means (gateway.lm, gateway.toolset).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx
from pydantic import BaseModel

from services.chassis import forwarded_headers
from services.contract import DEADLINE_HEADER


class UpstreamError(Exception):
    """A call that brought no usable answer. The message holds no text of the call."""


class Unreachable(UpstreamError):
    pass


class TooSlow(UpstreamError):
    pass


class Nonsense(UpstreamError):
    pass


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


async def post_json(
    client: httpx.AsyncClient, url: str, body: BaseModel, *, timeout_s: float, max_bytes: int
) -> Answer:
    """POST `body`: the answer's status, any status, and its JSON bytes; or raise UpstreamError."""
    headers = {"content-type": "application/json", **_headers_within(timeout_s)}
    try:
        async with (
            asyncio.timeout(timeout_s),
            client.stream("POST", url, content=body.model_dump_json(), headers=headers) as response,
        ):
            return Answer(response.status_code, await _read(response, max_bytes))
    except TimeoutError as error:
        raise TooSlow(f"no answer within {timeout_s:.3f} s") from error
    except httpx.TimeoutException as error:
        raise TooSlow(type(error).__name__) from error
    except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
        raise Nonsense(type(error).__name__) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(type(error).__name__) from error


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Nonsense(f"content type {kind[:40]!r} instead of application/json")
    received = bytearray()
    async for piece in response.aiter_bytes():
        received += piece
        if len(received) > max_bytes:
            raise Nonsense(f"a body of more than {max_bytes} bytes")
    return bytes(received)


def _headers_within(timeout_s: float) -> dict[str, str]:
    """The request's own headers to pass on, with the deadline no later than this call's."""
    headers = forwarded_headers()
    limit_ms = max(1, int(timeout_s * 1000))
    left_ms = int(headers.get(DEADLINE_HEADER, limit_ms))
    return {**headers, DEADLINE_HEADER: str(min(left_ms, limit_ms))}
