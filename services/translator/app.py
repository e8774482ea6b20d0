"""The translator service: `uvicorn --factory services.translator.app:build`.

Takes a request such as "hello in French" and returns translations, best first; declines what asks
for no translation and what it cannot translate (docs/translator.md).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.chassis import Failure, Readiness, create_tool_app, load_settings
from services.contract import ErrorCode, Missing, QueryRequest, Snippet
from services.translator.api.refusal import RETRY_AFTER_S
from services.translator.api.routes import add_libretranslate
from services.translator.detect import Detector
from services.translator.engines.apertium.engine import ApertiumEngine
from services.translator.engines.argos import ArgosEngine, argos_dir
from services.translator.engines.cldr import Cldr, locale_index
from services.translator.engines.freedict import FreeDictEngine
from services.translator.engines.interface import Engine, EngineError
from services.translator.engines.libretranslate import LibreTranslateEngine
from services.translator.engines.phrasebook import PHRASES_FOLDER, Phrasebook, read_phrases
from services.translator.quality import read_quality
from services.translator.reading.forms import all_forms
from services.translator.reading.languages import (
    ENGLISH_CODE,
    LanguageTable,
    build_language_table,
    read_autonyms,
)
from services.translator.reading.parse import parse
from services.translator.settings import PREFIX, Settings
from services.translator.translate import Translator


def build(settings: Settings | None = None) -> FastAPI:
    """The app. None: settings from the environment. Engines start when first needed."""
    if settings is None:
        settings = load_settings(Settings, PREFIX, os.environ)
    languages = build_language_table()
    quality = read_quality()
    argos = ArgosEngine(settings, argos_dir(settings, os.environ), languages)
    engines: list[Engine] = [
        Phrasebook(read_phrases(PHRASES_FOLDER / "phrases.tsv"), languages),
        Cldr(),
        argos,
        ApertiumEngine(settings, languages, quality),
        FreeDictEngine(settings.freedict_dir, languages),
    ]
    codes = {code for engine in engines for pair in engine.pairs() for code in pair}
    reporting: list[Callable[[], list[Missing]]] = [argos.missing]
    if settings.libretranslate_url is not None:
        server = LibreTranslateEngine(settings, languages)
        engines.append(server)
        reporting.append(server.missing)
        codes |= set(read_autonyms())  # what it translates is known only once it has answered
    detector = None if settings.detector == "off" else Detector(settings.detector, codes)
    translator = Translator(engines, quality, detector, languages)

    async def missing() -> Sequence[Missing]:
        further = [part for report in reporting for part in report()]
        return [*missing_parts(translator.pairs()), *further]

    return build_with_translator(settings, languages, translator, detector, missing)


def build_with_translator(
    settings: Settings,
    languages: LanguageTable,
    translator: Translator,
    detector: Detector | None,
    readiness: Readiness,
) -> FastAPI:
    """The app over any engines; it stops them when it stops."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        all_forms()  # patterns and names are made now, and not on the loop by the first text
        locale_index(ENGLISH_CODE)
        translator.pairs()  # a server is asked for its languages now, and not by the first text
        try:
            yield
        finally:
            await translator.stop()

    async def query(request: QueryRequest) -> Sequence[Snippet] | None:
        try:
            results = await translator.translate(parse(request.input, languages))
        except EngineError as error:
            retry_after_s = RETRY_AFTER_S if error.code is ErrorCode.OVERLOADED else None
            raise Failure(error.code, error.message, retry_after_s=retry_after_s) from error
        if not results:
            return None
        return [Snippet(result) for result in results[request.skip :][: request.limit]]

    app = create_tool_app(
        "translator",
        settings,
        summary="Translates words, phrases and, where Apertium is installed, sentences.",
        query=query,
        readiness=readiness,
        lifespan=lifespan,
    )
    add_libretranslate(app, translator, detector, settings, languages)
    return app


def missing_parts(pairs: Mapping[tuple[str, str], list[str]]) -> list[Missing]:
    """The optional parts that are not here: without them fewer texts can be translated."""
    from_english = {
        name for (source, _), names in pairs.items() if source == "en" for name in names
    }
    missing: list[Missing] = []
    if not from_english & {"apertium", "argos", "libretranslate"}:
        missing.append(
            Missing(
                part="apertium (sentences)",
                how="apt-get install apertium apertium-eng-spa apertium-eng-cat apertium-fr-es",
                required=False,
            )
        )
    if "freedict" not in from_english:
        missing.append(
            Missing(
                part="freedict (more words)",
                how="apt-get install dict-freedict-eng-fra dict-freedict-eng-deu",
                required=False,
            )
        )
    return missing
