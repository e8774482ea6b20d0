"""A translator of a few words, behind the LibreTranslate-compatible API."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from services.chassis import create_app
from services.translator.api.routes import add_libretranslate
from services.translator.detect import Detector
from services.translator.engines.interface import EngineError, Kind
from services.translator.quality import Quality
from services.translator.reading.languages import Language, LanguageTable
from services.translator.settings import Settings
from services.translator.translate import Translator

Listen = Callable[[FastAPI], AbstractAsyncContextManager[str]]

WORDS = {
    "click": "cliquez",
    "here": "ici",
    "now": "maintenant",
    "hello": "bonjour",
    "world": "monde",
    "and": "et",
    "cats": "chats",
    "dogs": "chiens",
    "the": "les",
    "where": "où",
    "is": "est",
    "bakery": "boulangerie",
    "first": "premier",
    "second": "deuxième",
}


@dataclass
class WordEngine:
    """Replaces each word, leaves all else, and declines a text with a word it does not know."""

    loses_marks: bool = False
    failure: EngineError | None = None
    name: str = "words"
    kind: Kind = Kind.SENTENCES
    asked: list[str] = field(default_factory=list)

    def pairs(self) -> Collection[tuple[str, str]]:
        return [("en", "fr"), ("fr", "en")]

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        self.asked.append(text)
        if self.failure is not None:
            raise self.failure
        words = WORDS if source.code == "en" else {there: here for here, there in WORDS.items()}
        if self.loses_marks:
            text = re.sub("[\ue000-\uf8ff]|</?[gx][0-9]+/?>", "", text)
        outside_tags = re.compile(r"(<[^<>]*>)")
        pieces = outside_tags.split(text)
        if any(word.lower() not in words for piece in pieces[::2] for word in _words(piece)):
            return []
        pieces[::2] = [
            re.sub(r"[^\W\d_]+", lambda found: words[found.group().lower()], piece)
            for piece in pieces[::2]
        ]
        best = "".join(pieces)
        return [best, f"{best} (2)", f"{best} (3)"]

    async def stop(self) -> None:
        pass


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text) if not "\ue000" <= word <= "\uf8ff"]


@pytest.fixture
def words() -> WordEngine:
    return WordEngine()


@pytest.fixture
def make_app(languages: LanguageTable, words: WordEngine) -> Any:
    """`make_app(**settings)`: the API over the word engine; detector="off" for none."""

    def make(**values: Any) -> FastAPI:
        settings = Settings(**values)

        async def readiness() -> list[Any]:
            return []

        detector = None if settings.detector == "off" else Detector("low", ["en", "fr", "de"])
        translator = Translator([words], Quality(), detector, languages)
        app = create_app("translator", settings, summary="A test.", readiness=readiness)
        add_libretranslate(app, translator, detector, settings, languages)
        return app

    return make


@pytest.fixture
def listen() -> Listen:
    """`async with listen(app) as url`: the app under uvicorn on a free port of this machine."""

    @asynccontextmanager
    async def listening(app: FastAPI) -> AsyncIterator[str]:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                # The socket listens already: who connects before the server is up is queued.
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                await serving

    return listening
