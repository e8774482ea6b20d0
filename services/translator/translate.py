"""Who translates: asks the engines in order and gives the first answer.

Covers: the order of engines for a text and a pair, whole texts sentence by sentence. Does not
cover: reading a request (reading/parse.py), which language a text is in (sources.py), one
sentence's answer (asking.py), what an engine knows (engines/).

The order for one text and pair:

    1  PHRASES     the whole text is a set phrase of the list
    2  NAMES       the whole text is a name of a country, language, day, month, currency
    3  few words:  WORDS, then SENTENCES: a dictionary that has the whole phrase is right more often
       longer, or with an article, which dictionaries leave out:
                   SENTENCES, by the figures of quality.tsv, then WORDS
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.translator.asking import Answer, ask
from services.translator.detect import Detector
from services.translator.engines.interface import Engine, EngineError, Kind
from services.translator.masks import mask
from services.translator.quality import Quality
from services.translator.reading.languages import ENGLISH_CODE, Language, LanguageTable
from services.translator.reading.parse import Request
from services.translator.sentences import Sentence, join, split
from services.translator.sources import Sources, is_looked_up

_WORD_ORDER = (Kind.PHRASES, Kind.NAMES, Kind.WORDS, Kind.SENTENCES)
_TEXT_ORDER = (Kind.PHRASES, Kind.NAMES, Kind.SENTENCES, Kind.WORDS)
SENTENCES_AT_ONCE = 4
UNCHANGED = "unchanged"
"""The engine of a text that has no words to translate."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated text: what it was read as, who answered, and what else it may mean.

    engine: one name, or several joined by "+" when sentences were answered by different ones.
    """

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
        self._languages = languages
        self._sources = Sources(self._engines, detector, languages)

    async def translate(self, requests: Sequence[Request]) -> list[str]:
        """The results of the first reading that an engine answers; [] when none is.

        EngineError: nobody answered, and an engine failed.
        """
        failure: EngineError | None = None
        for request in requests:
            try:
                found = await self._read(request)
            except EngineError as error:
                failure = failure or error
                continue
            if found is not None and found.engine != UNCHANGED:
                return list(dict.fromkeys([found.text, *found.alternatives]))
        if failure is not None:
            raise failure
        return []

    async def _read(self, request: Request) -> Translation | None:
        """What a reading of a request comes to; a text is first taken to be in the language of the
        words around it."""
        asked_in = self._languages.by_code(request.asked_in) if request.asked_in else None
        if asked_in and request.source is None and asked_in.code != request.target.code:
            with contextlib.suppress(EngineError):  # logged; other languages are left
                found = await self.translate_text(request.text, asked_in, request.target)
                if found is not None:
                    return found
        return await self.translate_text(request.text, request.source, request.target)

    async def translate_text(
        self, text: str, source: Language | None, target: Language
    ) -> Translation | None:
        """The translation of a whole text; None when nobody knows all of it.

        EngineError: nobody answered, and an engine failed.
        """
        before, sentences = split(text)
        if not mask(text).has_words:
            english = self._languages.by_code(ENGLISH_CODE)
            assert english is not None, "CLDR names English"
            return Translation(text, source or english, UNCHANGED)
        if source is not None:
            if source.locale == target.locale:
                return None
            return await self._from(before, sentences, source, target)
        if len(sentences) == 1:
            found = await self._sources.meanings(sentences[0].text, target)
            if found is not None:
                texts = [join(before, [Sentence(one, sentences[0].after)]) for one in found.results]
                return Translation(texts[0], found.source, found.engine, texts[1:])
        return await self._from_likely(text, before, sentences, target)

    async def knows(self, text: str, language: Language) -> bool:
        """Whether a text of a few words is in this language, as its dictionaries have it."""
        return await self._sources.knows(text, language)

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

    async def _from_likely(
        self, text: str, before: str, sentences: Sequence[Sentence], target: Language
    ) -> Translation | None:
        """The translation out of the likeliest language that can be translated."""
        failure: EngineError | None = None
        for source in await self._sources.rank(text, target):
            try:
                found = await self._from(before, sentences, source, target)
            except EngineError as error:
                failure = failure or error
                continue
            if found is not None:
                return found
        if failure is not None:
            raise failure
        return None

    async def _from(
        self, before: str, sentences: Sequence[Sentence], source: Language, target: Language
    ) -> Translation | None:
        """Every sentence's translation, put together as the text was."""
        answers = await self._answers([one.text for one in sentences], source, target)
        if answers is None:
            return None
        if len(answers) == 1:
            after = sentences[0].after
            first, *others = (join(before, [Sentence(one, after)]) for one in answers[0].results)
            return Translation(first, source, answers[0].engine, others)
        translated = [
            Sentence(answer.results[0], sentence.after)
            for answer, sentence in zip(answers, sentences, strict=True)
        ]
        names = dict.fromkeys(one.engine for one in answers if one.engine != UNCHANGED)
        return Translation(join(before, translated), source, "+".join(names))

    async def _answers(
        self, texts: Sequence[str], source: Language, target: Language
    ) -> list[Answer] | None:
        """An answer for each sentence, a few at once; None as soon as one is declined."""
        turns = asyncio.Semaphore(SENTENCES_AT_ONCE)

        async def answer(text: str) -> Answer | None:
            if not mask(text).has_words:
                return Answer([text], UNCHANGED)
            async with turns:
                return await ask(self._asked(text, source, target), text, source, target)

        tasks = [asyncio.create_task(answer(text)) for text in texts]
        answers: list[Answer] = []
        try:
            for task in tasks:
                found = await task
                if found is None:
                    return None
                answers.append(found)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return answers

    def _asked(self, text: str, source: Language, target: Language) -> list[Engine]:
        pair = (source.code, target.code)
        able = [one for one in self._engines if one.kind is Kind.NAMES or pair in one.pairs()]
        order = _WORD_ORDER if is_looked_up(text, source.code) else _TEXT_ORDER
        return self._in_order(able, *pair, order)

    def _in_order(
        self, engines: Sequence[Engine], source: str, target: str, order: Sequence[Kind]
    ) -> list[Engine]:
        found: list[Engine] = []
        for kind in order:
            alike = [one for one in engines if one.kind is kind]
            names = self._quality.order([one.name for one in alike], source, target)
            found += sorted(alike, key=lambda one: names.index(one.name))
        return found
