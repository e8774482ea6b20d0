"""The wire to an OpenAI-compatible server: requests, streams, and what goes wrong on the way.

Covers: one JSON call, one stream of server-sent events, and their failures as ours. Does not cover
what a completion says (openai_answer.py). No message here holds text of a request or the key.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import SecretStr

from services.chassis import Failure
from services.contract import ErrorCode

Json = dict[str, Any]

_MAX_BODY_BYTES = 8 * 2**20
_MAX_MESSAGE_CHARS = 200


class Wire:
    """Calls to one server. Every method raises Failure: unavailable, overloaded, upstream or, when
    the prompt is too long for the server, invalid_request."""

    def __init__(
        self,
        url: str,
        api_key: SecretStr | None,
        timeout_s: float,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        address = httpx.URL(url)
        if address.scheme not in ("http", "https") or not address.host:
            raise ValueError("backend_url: must be the http:// or https:// address of a server")
        self.root = str(address).rstrip("/").removesuffix("/v1")
        self.name = f"{address.host}:{address.port}" if address.port else address.host
        headers = {"Authorization": f"Bearer {api_key.get_secret_value()}"} if api_key else {}
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            transport=transport or httpx.AsyncHTTPTransport(limits=_LIMITS, retries=1),
            headers=headers,
            timeout=httpx.Timeout(timeout_s, connect=min(5.0, timeout_s)),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def get(self, path: str) -> Json:
        async with self._answer("GET", path, None) as response:
            return _parsed(await _read(response))

    async def post(self, path: str, body: Json) -> Json:
        async with self._answer("POST", path, body) as response:
            return _parsed(await _read(response))

    async def stream(self, path: str, body: Json) -> AsyncGenerator[Json, None]:
        """The `data:` events up to [DONE] or the end. Closing it closes the connection, which
        is how these servers learn that nobody reads on."""
        async with self._answer("POST", path, body) as response:
            async for line in _lines(response):
                kind, _, data = line.partition(b":")
                data = data.strip()
                if kind == b"data" and data == b"[DONE]":
                    return
                if kind == b"data":
                    event = _parsed(data)
                    if event.get("error"):
                        raise _failure(_status_in(event), {}, event)
                    yield event
                elif kind == b"error":
                    raise _failure(500, {}, {"error": _parsed(data)})

    @asynccontextmanager
    async def _answer(
        self, method: str, path: str, body: Json | None
    ) -> AsyncGenerator[httpx.Response, None]:
        try:
            async with self._client.stream(method, self.root + path, json=body) as response:
                if response.status_code != 200:
                    content = await _read(response)
                    raise _failure(
                        response.status_code, response.headers, _parsed_or_empty(content)
                    )
                yield response
        except httpx.TimeoutException as error:
            message = f"the model server at {self.name} did not answer in {self._timeout_s:g} s"
            raise Failure(ErrorCode.UNAVAILABLE, message, retry_after_s=1) from error
        except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
            raise nonsense(f"broke off or is not HTTP ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            message = f"the model server at {self.name} cannot be reached"
            raise Failure(ErrorCode.UNAVAILABLE, message, retry_after_s=1) from error


# A server may close a kept connection just as it is used again (seen with llama.cpp on a busy
# machine); a new one costs little beside a completion.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)


def nonsense(what: str) -> Failure:
    return Failure(ErrorCode.UPSTREAM, f"the model server's answer {what}")


async def _read(response: httpx.Response) -> bytes:
    received = bytearray()
    async for piece in response.aiter_bytes():
        received += piece
        if len(received) > _MAX_BODY_BYTES:
            raise nonsense(f"is longer than {_MAX_BODY_BYTES} bytes")
    return bytes(received)


async def _lines(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Lines end at a line feed alone: httpx's own also end at U+2028 and others, which a token's
    text may hold as it is."""
    held = b""
    async for piece in response.aiter_bytes():
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            yield line
        if len(held) > _MAX_BODY_BYTES:
            raise nonsense(f"has a line longer than {_MAX_BODY_BYTES} bytes")
    yield held


def _parsed(data: bytes) -> Json:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise nonsense("is not JSON") from error
    if not isinstance(value, dict):
        raise nonsense("is not a JSON object")
    return value


def _parsed_or_empty(data: bytes) -> Json:
    try:
        return _parsed(data)
    except Failure:
        return {}


def _status_in(event: Json) -> int:
    error = event["error"]
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 500


def _failure(status: int, headers: Mapping[str, str], body: Json) -> Failure:
    """What a refusal means to our own callers."""
    if status in (401, 403):
        return Failure(ErrorCode.UNAVAILABLE, "the model server's key is refused (setting"
                       " backend_api_key)")  # fmt: skip
    if status == 429:
        return Failure(ErrorCode.OVERLOADED, "the model server is overloaded",
                       retry_after_s=_seconds(headers))  # fmt: skip
    if (message := _too_long(body)) is not None:
        return Failure(ErrorCode.INVALID_REQUEST, f"context: {message}")
    if status == 404:
        message = "the model server does not know the path or the model (setting backend_model)"
        return Failure(ErrorCode.UNAVAILABLE, message)
    if status in (502, 503, 504):
        message = f"the model server is not ready ({status})"
        return Failure(ErrorCode.UNAVAILABLE, message, retry_after_s=_seconds(headers))
    return Failure(ErrorCode.UPSTREAM, f"the model server refused the request ({status})")


def _seconds(headers: Mapping[str, str]) -> int:
    given = headers.get("retry-after", "")
    return int(given) if given.isdecimal() and len(given) < 6 else 1


def _too_long(body: Json) -> str | None:
    """The server's words on a prompt over its context, shortened; None when it says otherwise.

    Other messages are not passed on: some servers quote the request in them.
    """
    error = body.get("error", body)
    if not isinstance(error, dict):
        return None
    message = str(error.get("message", ""))
    kinds = (error.get("type"), error.get("code"))
    known = "exceed_context_size_error" in kinds or "context_length_exceeded" in kinds
    if known or "maximum context length" in message:
        return " ".join(message.split())[:_MAX_MESSAGE_CHARS]
    return None
