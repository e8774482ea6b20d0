"""Asks engines, and the translator as a whole, for every text of the sets.

Covers: which engines there are on this machine, and their answers, one text after another. Does not
cover: figures (measures.py), the command (__main__.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from evaluation.translation.measures import (
    PhraseFigures,
    SentenceFigures,
    judge_phrases,
    judge_sentences,
)
from evaluation.translation.sets import Item, TextSet
from services.translator.engines.interface import Engine, EngineError, Kind
from services.translator.reading.languages import Language, LanguageTable
from services.translator.translate import Translator

Ask = Callable[[str], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one engine, or the translator, for one pair."""

    engine: str
    source: str
    target: str
    sentences: SentenceFigures
    phrases: PhraseFigures
    failures: int
    """Texts for which the engine could not work; they count as declined."""


class Asker:
    """Asks for the texts of both sets."""

    def __init__(self, sentences: TextSet, everyday: TextSet, languages: LanguageTable) -> None:
        self._sentences = sentences
        self._everyday = everyday
        self._languages = languages
        self._failures = 0

    def pairs(self, engine: Engine) -> list[tuple[str, str]]:
        """The pairs of an engine that the sets have texts for."""
        codes = set(self._sentences.codes)
        return sorted(pair for pair in engine.pairs() if codes.issuperset(pair))

    async def engine(self, engine: Engine, source: str, target: str) -> Row:
        """One engine alone. Sentences are put only to an engine that is for them."""

        async def ask(text: str) -> list[str]:
            return await engine.translate(text, self._language(source), self._language(target))

        for_sentences = engine.kind is Kind.SENTENCES
        sentences = self._sentences.items(source, target) if for_sentences else []
        return await self._measure(engine.name, (source, target), sentences, ask)

    async def translator(
        self, translator: Translator, source: str, target: str, *, source_said: bool = True
    ) -> Row:
        """What a user gets, whoever answers."""

        async def ask(text: str) -> list[str]:
            language = self._language(source) if source_said else None
            found = await translator.translate_text(text, language, self._language(target))
            return [] if found is None else [found.text, *found.alternatives]

        name = "all" if source_said else "all, source not said"
        sentences = self._sentences.items(source, target)
        return await self._measure(name, (source, target), sentences, ask)

    async def _measure(
        self, name: str, pair: tuple[str, str], sentences: Sequence[Item], ask: Ask
    ) -> Row:
        self._failures = 0
        phrases = self._everyday.items(*pair)
        translated = [await self._ask(item, ask) for item in sentences]
        looked_up = [await self._ask(item, ask) for item in phrases]
        return Row(
            name,
            *pair,
            judge_sentences(sentences, translated),
            judge_phrases(phrases, looked_up, pair[1]),
            self._failures,
        )

    async def _ask(self, item: Item, ask: Ask) -> list[str]:
        try:
            return await ask(item.text)
        except EngineError:
            self._failures += 1
            return []

    def _language(self, code: str) -> Language:
        language = self._languages.by_code(code)
        if language is None:
            raise ValueError(f"{code!r} is not a language code")
        return language
