"""Who translates: asks the engines in order and gives the first answer.

Covers: the order of engines for a text and a pair, the language when none is said, whole texts
sentence by sentence, and failures. Does not cover: reading a request (reading/parse.py), what an
engine knows (engines/).

The order for one text and pair:

    1  PHRASES     the whole text is a set phrase of the list
    2  NAMES       the whole text is a name of a country, language, day, month, currency
    3  one word:   WORDS, then SENTENCES
       longer:     SENTENCES, by the figures of quality.tsv, then WORDS
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.translator.detect import Detector
from services.translator.engines.interface import Engine, EngineError, Kind
from services.translator.quality import Quality
from services.translator.reading.languages import ENGLISH_CODE, Language, LanguageTable
from services.translator.reading.parse import Request

_log = logging.getLogger(__name__)

_WORD_ORDER = (Kind.PHRASES, Kind.NAMES, Kind.WORDS, Kind.SENTENCES)
_TEXT_ORDER = (Kind.PHRASES, Kind.NAMES, Kind.SENTENCES, Kind.WORDS)


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated text: what it was read as, who answered, and what else it may mean."""

    text: str
    source: Language
    engine: str
    alternatives: list[str] = field(default_factory=list)


class Translator:
    """Asks the engines."""

    def __init__(
        self,
        engines: Sequence[Engine],
        quality: Quality,
        detector: Detector | None,
        languages: LanguageTable,
    ) -> None:
        self._engines = list(engines)
        self._quality = quality
        self._detector = detector
        self._languages = languages

    async def translate(self, requests: Sequence[Request]) -> list[str]:
        """The results of the first reading that an engine answers; [] when none is.

        EngineError: nobody answered, and an engine failed.
        """
        failure: EngineError | None = None
        for request in requests:
            try:
                found = await self.translate_text(request.text, request.source, request.target)
            except EngineError as error:
                failure = failure or error
                continue
            if found is not None:
                return list(dict.fromkeys([found.text, *found.alternatives]))
        if failure is not None:
            raise failure
        return []

    async def translate_text(
        self, text: str, source: Language | None, target: Language
    ) -> Translation | None:
        """The translation of a whole text; None when nobody knows.

        EngineError: nobody answered, and an engine failed.
        """
        failure: EngineError | None = None
        for language in self._sources(source, target):
            for engine in self._asked(text, language, target):
                try:
                    found = await engine.translate(text, language, target)
                except EngineError as error:
                    _log.warning("engine %s failed: %s", engine.name, error.code.value)
                    failure = failure or error
                    continue
                if found:
                    first, *others = dict.fromkeys(found)
                    return Translation(first, language, engine.name, others)
        if failure is not None:
            raise failure
        return None

    def engines_for(self, source: str, target: str) -> list[Engine]:
        """The engines that can do this pair, best first; those for names left out."""
        able = [engine for engine in self._engines if (source, target) in engine.pairs()]
        return self._in_order(able, source, target, _TEXT_ORDER)

    def pairs(self) -> Mapping[tuple[str, str], list[str]]:
        """What can be translated now: (source, target) codes -> names of engines, best first."""
        every = sorted({pair for engine in self._engines for pair in engine.pairs()})
        return {pair: [engine.name for engine in self.engines_for(*pair)] for pair in every}

    async def stop(self) -> None:
        """Stop every engine."""
        for engine in self._engines:
            await engine.stop()

    def _asked(self, text: str, source: Language, target: Language) -> list[Engine]:
        pair = (source.code, target.code)
        able = [one for one in self._engines if one.kind is Kind.NAMES or pair in one.pairs()]
        order = _WORD_ORDER if len(text.split()) == 1 else _TEXT_ORDER
        return self._in_order(able, *pair, order)

    def _in_order(
        self, engines: Sequence[Engine], source: str, target: str, order: Sequence[Kind]
    ) -> list[Engine]:
        names = self._quality.order([engine.name for engine in engines], source, target)
        return sorted(engines, key=lambda one: (order.index(one.kind), names.index(one.name)))

    def _sources(self, source: Language | None, target: Language) -> list[Language]:
        if source is not None:
            return [source]
        codes = [ENGLISH_CODE]
        if target.code == ENGLISH_CODE:
            pairs = {pair for engine in self._engines for pair in engine.pairs()}
            codes = sorted(start for start, end in pairs if end == ENGLISH_CODE)
        return [one for one in map(self._languages.by_code, codes) if one is not None]
