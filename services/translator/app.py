"""The translator service: `uvicorn --factory services.translator.app:build`.

Takes a request such as "hello in French" and returns translations, best first; declines what asks
for no translation and what it cannot translate (docs/translator.md).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.chassis import Failure, Lifespan, Readiness, create_tool_app, load_settings
from services.contract import ErrorCode, Missing, QueryRequest, Snippet
from services.translator.engines.apertium.engine import ApertiumEngine
from services.translator.engines.cldr import Cldr
from services.translator.engines.freedict import FreeDictEngine
from services.translator.engines.interface import Engine, EngineError, first_answer
from services.translator.engines.phrasebook import PHRASES_FOLDER, Phrasebook, read_phrases
from services.translator.reading.languages import LanguageTable, build_language_table
from services.translator.reading.parse import parse
from services.translator.settings import PREFIX, Settings

RETRY_AFTER_S = 1


def build(settings: Settings | None = None) -> FastAPI:
    """The app. None: settings from the environment. Apertium starts when first needed."""
    if settings is None:
        settings = load_settings(Settings, PREFIX, os.environ)
    languages = build_language_table()
    phrasebook = Phrasebook(read_phrases(PHRASES_FOLDER / "phrases.tsv"), languages)
    apertium = ApertiumEngine(settings, languages)
    freedict = FreeDictEngine(settings.freedict_dir, languages)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await apertium.stop()

    async def readiness() -> Sequence[Missing]:
        return missing_parts(apertium.pairs(), freedict.pairs())

    engines: list[Engine] = [phrasebook, Cldr(), apertium, freedict]
    return build_with_engines(settings, languages, engines, readiness=readiness, lifespan=lifespan)


def build_with_engines(
    settings: Settings,
    languages: LanguageTable,
    engines: Sequence[Engine],
    *,
    readiness: Readiness,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The app over any engines, asked in this order."""

    async def query(request: QueryRequest) -> Sequence[Snippet] | None:
        asked = parse(request.input, languages)
        if asked is None:
            return None
        try:
            results = await first_answer(engines, asked)
        except EngineError as error:
            retry_after_s = RETRY_AFTER_S if error.code is ErrorCode.OVERLOADED else None
            raise Failure(error.code, error.message, retry_after_s=retry_after_s) from error
        if not results:
            return None
        return [Snippet(result) for result in results[request.skip :][: request.limit]]

    return create_tool_app(
        "translator",
        settings,
        summary="Translates words, phrases and, where Apertium is installed, sentences.",
        query=query,
        readiness=readiness,
        lifespan=lifespan,
    )


def missing_parts(apertium_pairs: Sequence[str], freedict_pairs: Sequence[str]) -> list[Missing]:
    """The optional parts that are not here: without them fewer texts can be translated."""
    missing: list[Missing] = []
    if not any(pair.startswith("eng-") or pair.startswith("en-") for pair in apertium_pairs):
        missing.append(
            Missing(
                part="apertium (sentences)",
                how="apt-get install apertium apertium-eng-spa apertium-eng-cat apertium-fr-es",
                required=False,
            )
        )
    if not any(pair.startswith("eng-") for pair in freedict_pairs):
        missing.append(
            Missing(
                part="freedict (more words)",
                how="apt-get install dict-freedict-eng-fra dict-freedict-eng-deu",
                required=False,
            )
        )
    return missing
