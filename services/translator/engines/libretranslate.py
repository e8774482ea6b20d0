"""The LibreTranslate engine: sentences, by a LibreTranslate server (or one like it) by URL.

Covers: which pairs the server has, asked anew from time to time in the background; one text; what
each failure means; leaving a server that does not answer alone for a while. Does not cover: batches
and HTML, which come to an engine as single texts.

    400, 422             the server cannot do this pair or text: it does not know
    text given back      as it was: LibreTranslate's way of not knowing
    403                  EngineError unavailable: the key (setting libretranslate_api_key) is wrong
    429                  EngineError overloaded
    no connection        EngineError unavailable; too slow: deadline; anything else: upstream
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.chassis import forwarded_headers, remaining_ms
from services.contract import ErrorCode, Missing, Text
from services.translator.engines.interface import EngineError, Kind
from services.translator.engines.libretranslate_codes import distance, language_of
from services.translator.reading.languages import Language, LanguageTable
from services.translator.settings import Settings

REFRESH_S = 300.0
"""How old the list of languages may be."""
RETRY_S = 10.0
"""How long a server that failed to give its list, or to connect, is left alone."""
CONNECT_TIMEOUT_S = 1.0
ALTERNATIVES = 3
MAX_ANSWER_BYTES = 2**20
MAX_LANGUAGES = 1_000
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _Listed(BaseModel):
    code: str
    targets: list[str] | None = None  # servers before version 1.3 do not say


class _Answer(BaseModel):
    translatedText: Text
    alternatives: list[Text] = []


_Pair = tuple[Language, Language, str, str]
"""Source and target, and how the server calls them."""


class LibreTranslateEngine:
    name = "libretranslate"
    kind = Kind.SENTENCES

    def __init__(
        self,
        settings: Settings,
        languages: LanguageTable,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """settings.libretranslate_url must be set. `transport` is the seam for tests."""
        assert settings.libretranslate_url is not None
        self._url = settings.libretranslate_url.rstrip("/")
        self._key = settings.libretranslate_api_key
        self._timeout_s = settings.libretranslate_timeout_s
        self._languages = languages
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(self._timeout_s, connect=CONNECT_TIMEOUT_S),
            trust_env=httpx.URL(self._url).host not in _LOOPBACK,  # no proxy to this machine
        )
        self._pairs: list[_Pair] = []
        self._problem = "its languages have not been asked for yet"
        self._refreshing: asyncio.Task[None] | None = None
        self._refresh_at_s = 0.0  # on time.monotonic()'s clock
        self._down_until_s = 0.0

    def pairs(self) -> Collection[tuple[str, str]]:
        """As last listed by the server; asks it again in the background when that is old."""
        self._refresh_when_old()
        return {(source.code, target.code) for source, target, _, _ in self._pairs}

    def missing(self) -> list[Missing]:
        """What /readyz says of it."""
        self._refresh_when_old()
        if not self._problem:
            return []
        how = f"check {self._url} (setting libretranslate_url): {self._problem}"
        return [Missing(part="libretranslate (sentences)", how=how, required=False)]

    async def refresh(self) -> None:
        """Ask for the languages now; a failure is kept for `missing`, the old list stays."""
        self._refresh_at_s = time.monotonic() + RETRY_S
        try:
            content = await self._ask("GET", "/languages", None, self._timeout_s)
            listed = TypeAdapter(list[_Listed]).validate_json(content or b"")
        except EngineError as error:
            self._problem = error.message
        except ValidationError:
            self._problem = "what it lists are no languages"
        else:
            self._pairs = self._read(listed[:MAX_LANGUAGES])
            self._problem = "" if self._pairs else "it lists no languages known here"
            self._refresh_at_s = time.monotonic() + REFRESH_S

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        codes = self._codes(source, target)
        if codes is None:
            return []
        body: dict[str, Any] = {
            "q": text,
            "source": codes[0],
            "target": codes[1],
            "format": "text",
            "alternatives": ALTERNATIVES,
        }
        if self._key is not None:
            body["api_key"] = self._key.get_secret_value()
        left_ms = remaining_ms()
        limit_s = self._timeout_s if left_ms is None else min(self._timeout_s, left_ms / 1000)
        content = await self._ask("POST", "/translate", body, limit_s)
        if content is None:
            return []
        try:
            answer = _Answer.model_validate_json(content)
        except ValidationError as error:
            raise _failure(ErrorCode.UPSTREAM, "its answer is no translation") from error
        found = [answer.translatedText, *answer.alternatives]
        if found[0].strip().casefold() == text.strip().casefold():
            return []
        return list(dict.fromkeys(one for one in found if one.strip()))

    async def stop(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            with suppress(asyncio.CancelledError):
                await self._refreshing
        await self._client.aclose()

    def _refresh_when_old(self) -> None:
        running = self._refreshing is not None and not self._refreshing.done()
        if running or time.monotonic() < self._refresh_at_s:
            return
        with suppress(RuntimeError):  # outside an event loop: the next call inside one asks
            self._refreshing = asyncio.get_running_loop().create_task(self.refresh())

    def _read(self, listed: list[_Listed]) -> list[_Pair]:
        every = [one.code for one in listed]
        named = {code: language_of(code, self._languages) for code in every}
        pairs = []
        for one in listed:
            source = named[one.code]
            for code in every if one.targets is None else one.targets:
                target = named.get(code) or language_of(code, self._languages)
                if source is not None and target is not None and source.locale != target.locale:
                    pairs.append((source, target, one.code, code))
        return pairs

    def _codes(self, source: Language, target: Language) -> tuple[str, str] | None:
        """The server's codes for the regional forms nearest to these."""
        fits = []
        for offered in self._pairs:
            distances = distance(target, offered[1]), distance(source, offered[0])
            if distances[0] is not None and distances[1] is not None:
                fits.append((*distances, offered[2], offered[3]))
        return min(fits)[2:] if fits else None

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, limit_s: float
    ) -> bytes | None:
        """The body of a 200; None of a 400 or 422; EngineError of all else."""
        if time.monotonic() < self._down_until_s:
            raise _failure(ErrorCode.UNAVAILABLE, "it did not answer a moment ago")
        try:
            async with (
                asyncio.timeout(limit_s),
                self._client.stream(
                    method, self._url + path, json=body, headers=forwarded_headers()
                ) as answer,
            ):
                _check(answer)
                content = b""
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        raise _failure(ErrorCode.UPSTREAM, "its answer is too long")
                return content if answer.status_code == httpx.codes.OK else None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            self._down_until_s = time.monotonic() + RETRY_S
            raise _failure(ErrorCode.UNAVAILABLE, "it cannot be reached") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise _failure(ErrorCode.DEADLINE, "it did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _failure(ErrorCode.UPSTREAM, "the connection broke") from error


def _check(answer: httpx.Response) -> None:
    """Raise what a status means, but for those that stand for an answer."""
    status = answer.status_code
    if status in (httpx.codes.OK, httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY):
        return
    if status == httpx.codes.FORBIDDEN:
        message = "it refuses the key (setting libretranslate_api_key)"
        raise _failure(ErrorCode.UNAVAILABLE, message)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise _failure(ErrorCode.OVERLOADED, "it has too many requests")
    raise _failure(ErrorCode.UPSTREAM, f"it answered with status {status}")


def _failure(code: ErrorCode, message: str) -> EngineError:
    return EngineError(code, f"libretranslate: {message}")
