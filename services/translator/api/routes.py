"""The LibreTranslate-compatible API: POST /translate, POST /detect, GET /languages and two more.

Covers: the paths, their key and limits; clients of LibreTranslate work with this service's address
in place of its own (docs/translator_api.md lists the differences). Does not cover: files
(/translate_file), suggestions (/suggest) and LibreTranslate's page.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from pydantic import SecretStr

from services.translator.api.bodies import (
    DetectCall,
    DetectedLanguage,
    ErrorAnswer,
    ListedLanguage,
    TranslateAnswer,
    TranslateCall,
    openapi_body,
    read_call,
)
from services.translator.api.listing import list_languages, read_packages
from services.translator.api.markup import read_document
from services.translator.api.refusal import Refusal, install_refusals
from services.translator.api.translating import Done, Translating
from services.translator.detect import Detected, Detector
from services.translator.engines.libretranslate_codes import language_of
from services.translator.reading.languages import Language, LanguageTable
from services.translator.settings import Settings
from services.translator.translate import Translator

AUTO = "auto"
FRONTEND_TIMEOUT_MS = 500
"""How long a page waits after a key press before it asks; LibreTranslate's own value."""

_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "A wrong field, language or pair."},
    403: {"model": ErrorAnswer, "description": "The key is missing or wrong."},
}
_DECLINED: dict[int | str, dict[str, Any]] = {
    422: {"model": ErrorAnswer, "description": "No engine could translate all of a text."}
}


def add_libretranslate(
    app: FastAPI,
    translator: Translator,
    detector: Detector | None,
    settings: Settings,
    languages: LanguageTable,
) -> None:
    """Add the API's paths to the translator's app."""
    install_refusals(app)
    api = _Api(translator, detector, settings, languages)
    router = APIRouter(tags=["LibreTranslate"])
    router.add_api_route(
        "/translate",
        api.translate,
        methods=["POST"],
        summary="Translates a text or a list of texts, plain or HTML",
        response_model=TranslateAnswer,
        response_model_exclude_none=True,
        openapi_extra=openapi_body(TranslateCall),
        responses={**_REFUSALS, **_DECLINED},
    )
    router.add_api_route(
        "/detect",
        api.detect,
        methods=["POST"],
        summary="The languages a text may be in, best first",
        response_model=list[DetectedLanguage],
        openapi_extra=openapi_body(DetectCall),
        responses=_REFUSALS,
    )
    router.add_api_route(
        "/languages",
        api.languages,
        methods=["GET"],
        summary="What can be translated now, with which engines, and how to install more",
        response_model=list[ListedLanguage],
    )
    router.add_api_route(
        "/frontend/settings",
        api.frontend_settings,
        methods=["GET"],
        summary="What LibreTranslate's clients ask before they begin",
    )
    router.add_api_route("/health", _health, methods=["GET"], summary="LibreTranslate's healthz")
    app.include_router(router)


async def _health() -> dict[str, str]:
    return {"status": "ok"}


class _Api:
    """The paths' handlers."""

    def __init__(
        self,
        translator: Translator,
        detector: Detector | None,
        settings: Settings,
        languages: LanguageTable,
    ) -> None:
        self._translator = translator
        self._detector = detector
        self._settings = settings
        self._languages = languages
        self._packages = read_packages()
        self._translating = Translating(translator, detector, languages)

    async def translate(self, request: Request) -> TranslateAnswer:
        call = await read_call(request, TranslateCall)
        self._check_key(call.api_key)
        texts = call.q if isinstance(call.q, list) else [call.q]
        html = call.format == "html"
        await self._check_texts(texts, html=html)
        auto = call.source == AUTO
        source = None if auto else self._language("source", call.source)
        target = self._language("target", call.target)
        done = await self._translating.each(texts, source, target, html=html)
        answer = _batch_answer(done, call.alternatives)
        if not auto:
            answer.detectedLanguage = None
        return answer if isinstance(call.q, list) else _single(answer)

    async def detect(self, request: Request) -> list[DetectedLanguage]:
        call = await read_call(request, DetectCall)
        self._check_key(call.api_key)
        await self._check_texts([call.q], html=False)
        if self._detector is None:
            raise Refusal(400, "language detection is switched off (setting detector)")
        return [_percent(one) for one in await self._detector.rank(call.q)]

    async def languages(self) -> list[ListedLanguage]:
        return list_languages(self._translator.pairs(), self._packages, self._languages)

    async def frontend_settings(self) -> dict[str, Any]:
        key_needed = self._settings.api_key is not None
        return {
            "apiKeys": key_needed,
            "charLimit": self._settings.max_input_chars,
            "filesTranslation": False,
            "frontendTimeout": FRONTEND_TIMEOUT_MS,
            "keyRequired": key_needed,
            "language": {
                "source": {"code": AUTO, "name": "Auto Detect"},
                "target": {"code": "en", "name": "English"},
            },
            "suggestions": False,
            "supportedFilesFormat": [],
        }

    def _check_key(self, given: SecretStr | None) -> None:
        wanted = self._settings.api_key
        if wanted is None:
            return
        if given is None:
            raise Refusal(403, "this service needs its API key: send it as api_key")
        secrets = (wanted.get_secret_value().encode(), given.get_secret_value())
        if not hmac.compare_digest(secrets[0], secrets[1].encode("utf-8", "surrogatepass")):
            raise Refusal(403, "Invalid API key")

    async def _check_texts(self, texts: Sequence[str], *, html: bool) -> None:
        limit = self._settings.max_batch
        if len(texts) > limit:
            message = f"request ({len(texts)}) exceeds text limit ({limit}, setting max_batch)"
            raise Refusal(400, f"Invalid request: {message}")
        limit = self._settings.max_input_chars
        for text in texts:
            # Of HTML, what is translated counts; all of it is bounded by the body's limit.
            size = len(text)
            if html and size > limit:
                document = await asyncio.to_thread(read_document, text)
                size = len(document.text())
            if size > limit:
                message = f"text ({size}) exceeds text limit ({limit}, setting max_input_chars)"
                raise Refusal(400, f"Invalid request: {message}")

    def _language(self, field: str, code: str) -> Language:
        found = language_of(code, self._languages)
        if found is None:
            raise Refusal(400, f"{field} is not supported: no language code; see /languages")
        return found


def _percent(detected: Detected) -> DetectedLanguage:
    return DetectedLanguage(confidence=round(detected.confidence * 100, 1), language=detected.code)


def _batch_answer(done: Sequence[Done], alternatives: int) -> TranslateAnswer:
    return TranslateAnswer(
        translatedText=[one.text for one in done],
        detectedLanguage=[_percent(one.detected) for one in done],
        alternatives=[one.alternatives[:alternatives] for one in done] if alternatives else None,
    )


def _single(answer: TranslateAnswer) -> TranslateAnswer:
    """The answer to one text: what a list of one holds."""
    fields = answer.model_dump(exclude_none=True)
    return TranslateAnswer.model_validate({name: value[0] for name, value in fields.items()})
