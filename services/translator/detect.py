"""Which language a text is in, through lingua.

Covers: ranking the languages this service has by how likely a text is in each. Does not cover:
languages lingua has no model of (it has 75), dialects, texts in several languages.

One word is poor evidence: lingua's low mode looks at three letters at a time, and takes "gato" for
Italian. Whoever asks about a word should weigh in which dictionaries know it. What was measured
stands in docs/translator_api.md.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lingua import Language as LinguaLanguage
    from lingua import LanguageDetector

MAX_CHARS = 2_000
"""Of a longer text, its beginning is looked at: more adds time and no certainty."""
LEAST_CONFIDENCE = 0.001
"""Less than this is not listed."""

# Where lingua's ISO 639-1 code is not CLDR's.
_LINGUA_CODES = {"fil": "tl", "no": "nb"}
_UNREADABLE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Detected:
    """A language by its code in this service; confidence from 0 to 1."""

    code: str
    confidence: float


class Detector:
    """Tells languages apart. The models are loaded by the first question, once, in a thread."""

    def __init__(self, mode: Literal["low", "high"], codes: Collection[str]) -> None:
        """codes: the languages to tell apart; those lingua does not know are left out."""
        self._mode = mode
        self._codes = {_LINGUA_CODES.get(code, code): code for code in codes}
        self._lock = threading.Lock()
        self._loaded: tuple[LanguageDetector, Mapping[LinguaLanguage, str]] | None = None

    async def rank(self, text: str, among: Collection[str] | None = None) -> list[Detected]:
        """The languages the text may be in, best first; [] when nothing can be said.

        Confidences add up to 1, over `among` where that is given: it says the text is in one of
        these. Nothing can be said of a text without letters, or in none of their alphabets.
        """
        if among is not None and not among:
            return []
        readable = _UNREADABLE.sub(" ", text[:MAX_CHARS])
        if not any(character.isalpha() for character in readable):
            return []
        found = await asyncio.to_thread(self._confidences, readable)
        if among is not None:
            found = [one for one in found if one.code in among]
        total = sum(one.confidence for one in found)
        if total <= 0:
            return []
        # lingua sums in no fixed order: rounded, the same text always has the same ranking.
        ranked = [Detected(one.code, round(one.confidence / total, 6)) for one in found]
        ranked.sort(key=lambda one: (-one.confidence, one.code))
        return [one for one in ranked if one.confidence >= LEAST_CONFIDENCE]

    def _confidences(self, text: str) -> list[Detected]:
        with self._lock:  # of the loading only; a loaded detector is used by several threads
            if self._loaded is None:
                self._loaded = self._load()
        detector, codes = self._loaded
        return [
            Detected(codes[one.language], one.value)
            for one in detector.compute_language_confidence_values(text)
        ]

    def _load(self) -> tuple[LanguageDetector, Mapping[LinguaLanguage, str]]:
        from lingua import Language, LanguageDetectorBuilder  # noqa: PLC0415 - 10 MB, when needed

        known = {language: language.iso_code_639_1.name.lower() for language in Language.all()}
        wanted = {
            language: self._codes[code] for language, code in known.items() if code in self._codes
        }
        # One language alone would be found in every text: then all are told apart.
        codes = wanted if len(wanted) > 1 else known
        builder = LanguageDetectorBuilder.from_languages(*codes)
        if self._mode == "low":
            builder = builder.with_low_accuracy_mode()
        return builder.build(), codes
