"""A transport that answers from a cassette, whatever the order of asking.

Covers: finding the exchange for a request (same service, path and body, the first that is unused),
answering in the pieces in which the answer came, and what did not match. Does not cover: time;
answers come at once.
"""

from __future__ import annotations

import asyncio
import difflib
import json
from collections.abc import AsyncIterator, Sequence

import httpx
from pydantic import JsonValue

from gateway.cassettes.cassette import Addresses, Exchange, shown
from gateway.cassettes.services import service_of
from services.contract import ErrorBody, ErrorCode, ErrorDetail

NOT_RECORDED = ErrorBody(
    error=ErrorDetail(code=ErrorCode.INTERNAL, message="not on the cassette", request_id="")
)


class ReplayTransport(httpx.AsyncBaseTransport):
    def __init__(self, exchanges: Sequence[Exchange], addresses: Addresses) -> None:
        self._unused = list(exchanges)
        self._addresses = addresses
        self._unmatched: list[str] = []

    def problems(self) -> list[str]:
        """Each request that the cassette does not have, and each that was not asked again."""
        left = [f"not asked: {_named(one)}\n{shown(one.request)}" for one in self._unused]
        return [*self._unmatched, *left]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        service, path = service_of(request.url, self._addresses) or ("?", request.url.path)
        body: JsonValue = json.loads(await request.aread() or b"null")
        same = [one for one in self._unused if (one.service, one.path) == (service, path)]
        for exchange in same:
            if exchange.request == body:
                self._unused.remove(exchange)
                return _answer(exchange)
        nearest = same[0].request if same else None
        difference = difference_of(nearest, body, "the cassette", "this gateway")
        self._unmatched.append(f"not on the cassette: {service} {path}\n{difference}")
        # 500, which the gateway does not ask again: for a tool an `error`, for the model the end.
        return httpx.Response(500, json=NOT_RECORDED.model_dump(mode="json"))


def difference_of(old: object, new: object, old_name: str, new_name: str) -> str:
    """A unified diff of two JSON values."""
    was, now = shown(old).splitlines(), shown(new).splitlines()
    return "\n".join(difflib.unified_diff(was, now, old_name, new_name, lineterm=""))


def _named(exchange: Exchange) -> str:
    return f"{exchange.service} {exchange.path}"


def _answer(exchange: Exchange) -> httpx.Response:
    headers = {"content-type": exchange.content_type}
    if exchange.retry_after is not None:
        headers["retry-after"] = exchange.retry_after
    pieces = exchange.chunks
    if pieces is None:
        pieces = [json.dumps(exchange.response, ensure_ascii=False)]
    return httpx.Response(exchange.status, headers=headers, stream=_Pieces(pieces))


class _Pieces(httpx.AsyncByteStream):
    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            await asyncio.sleep(0)  # as on a network, others get their turn in between
            yield piece.encode()
