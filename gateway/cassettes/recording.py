"""A transport that passes everything on to another one, and keeps what was said.

Covers: POST calls of the services it is given. Does not cover: other calls (readiness), which it
passes on and forgets. Headers are not kept.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
from pydantic import JsonValue

from gateway.cassettes.cassette import Addresses, CassetteError, Exchange
from gateway.cassettes.services import service_of

JSON = "application/json"


@dataclass(slots=True)
class _Kept:
    """One exchange while it goes on."""

    service: str
    path: str
    request: JsonValue
    answer: httpx.Response | None = None
    pieces: list[bytes] = field(default_factory=list)

    def exchange(self) -> Exchange:
        if self.answer is None:
            raise CassetteError(f"{self.service} {self.path} did not answer")
        kind = self.answer.headers.get("content-type", "").partition(";")[0].strip()
        is_json = kind == JSON
        try:
            return Exchange(
                service=self.service,
                path=self.path,
                request=self.request,
                status=self.answer.status_code,
                content_type=kind,
                retry_after=self.answer.headers.get("retry-after"),
                response=json.loads(b"".join(self.pieces)) if is_json else None,
                chunks=None if is_json else _as_text(self.pieces),
            )
        except ValueError as error:
            said = f"{self.service} {self.path} answered with what is no whole {kind or 'text'}"
            raise CassetteError(said) from error


class RecordingTransport(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, addresses: Addresses) -> None:
        self._inner = inner
        self._addresses = addresses
        self._kept: list[_Kept] = []

    def exchanges(self) -> list[Exchange]:
        """All so far, in the order of asking; raise CassetteError for one that was not answered."""
        return [kept.exchange() for kept in self._kept]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        where = service_of(request.url, self._addresses)
        if request.method != "POST" or where is None:
            return await self._inner.handle_async_request(request)
        name, path = where
        kept = _Kept(name, path, json.loads(await request.aread()))
        self._kept.append(kept)
        request.headers["accept-encoding"] = "identity"  # what is kept is for people
        answer = await self._inner.handle_async_request(request)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        kept.answer = answer
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Listening(answer.stream, kept.pieces),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Listening(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, pieces: list[bytes]) -> None:
        self._inner = inner
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._pieces.append(piece)
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


def _as_text(pieces: list[bytes]) -> list[str]:
    """Each piece as text; a character that was cut comes whole with the later piece."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    return [text for piece in pieces if (text := decoder.decode(piece))]
