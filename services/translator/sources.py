"""Which language a text is in, when the request does not say.

Covers: weighing the detector's confidence with how many of the words dictionaries know, and the
meanings of one word or two that several languages may have. Does not cover: detection itself
(detect.py), asking for sentences (translate.py).

The detector alone is a poor judge of short texts: it takes "gato" for Italian and "hello" for
Esperanto. So for a few words, dictionaries are asked first: English ones, since most requests are
written in English; else every language's, and the translation that the likeliest languages agree
on comes first.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from services.translator.asking import Answer, ask
from services.translator.detect import Detector
from services.translator.engines.interface import Engine, EngineError, Kind
from services.translator.function_words import function_word_share, has_article
from services.translator.masks import MASKS, mask
from services.translator.reading.languages import ENGLISH_CODE, Language, LanguageTable, fold

MAX_LOOK_UP_WORDS = 4
MAX_KNOWN_WORDS = 8
"""The most words of a text that dictionaries are asked about."""
SURE_WORDS = 3
"""From so many words on, the detector alone may find a text to be in the target's language."""
MAX_RANKED = 5
MAX_SOURCES = 3
LEAST_SHARE = 0.15
"""A language is tried that has this share of the best one's score."""
LEAST_CONFIDENCE = 0.05
"""Given to every language: a short text in any of them is possible."""
ENGLISH_PREFERENCE = 4.0
"""How much likelier English is than another language: most requests are written in it."""
LEAST_KNOWN, LEAST_FUNCTION_WORDS = 0.1, 0.2
KNOWN_WITHOUT_DICTIONARY = 0.3
_LOOK_UPS = (Kind.PHRASES, Kind.NAMES, Kind.WORDS)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")  # noqa: RUF001


@runtime_checkable
class Vocabulary(Protocol):
    """An engine that can say which words belong to a language."""

    async def known_words(self, words: Sequence[str], code: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Meanings:
    """What a few words mean: the results of all languages, best first, and the likeliest one."""

    results: list[str]
    source: Language
    engine: str


class Sources:
    def __init__(
        self, engines: Sequence[Engine], detector: Detector | None, languages: LanguageTable
    ) -> None:
        self._engines = engines
        self._detector = detector
        self._languages = languages

    async def rank(self, text: str, target: Language) -> list[Language]:
        """The languages to translate from, best first; [] when the text is in the target's."""
        codes = self._codes(target.code)
        words = _plain_words(text)
        confidence = await self._confidence(" ".join(words), {*codes, target.code})
        if not confidence and ENGLISH_CODE in codes:
            return self._by_codes([ENGLISH_CODE])
        if not confidence:
            confidence = dict.fromkeys(sorted(codes), 1 / max(1, len(codes)))
        likely = sorted(
            confidence, key=lambda code: (-confidence[code], -function_word_share(words, code))
        )[:MAX_RANKED]
        asked = dict.fromkeys([*likely, *([ENGLISH_CODE] if ENGLISH_CODE in codes else [])])
        known = dict(zip(asked, await self._known(words, list(asked)), strict=True))
        if ENGLISH_CODE in codes and known[ENGLISH_CODE] == 1 and len(words) < MAX_LOOK_UP_WORDS:
            return self._by_codes([ENGLISH_CODE])
        score = {
            code: (confidence.get(code, 0.0) + LEAST_CONFIDENCE)
            * (LEAST_KNOWN + known[code])
            * (LEAST_FUNCTION_WORDS + function_word_share(words, code))
            * (ENGLISH_PREFERENCE if code == ENGLISH_CODE != target.code else 1)
            for code in asked
        }
        best = sorted(score, key=lambda code: (-score[code], code))
        if best[0] == target.code and (len(words) >= SURE_WORDS or known[target.code] == 1):
            return []
        enough = [code for code in best if score[code] >= LEAST_SHARE * score[best[0]]]
        return self._by_codes([code for code in enough if code in codes][:MAX_SOURCES])

    async def meanings(self, text: str, target: Language) -> Meanings | None:
        """What dictionaries and lists say a few words mean; None when none has them."""
        if len(text.split()) > MAX_LOOK_UP_WORDS:
            return None
        codes = self._codes(target.code)
        english = self._by_codes([ENGLISH_CODE]) if ENGLISH_CODE in codes else []
        for language in english:
            answer = await self._look_up(text, language, target)
            if answer is not None:
                return Meanings(answer.results, language, answer.engine)
        confidence = await self._confidence(text, {*codes, target.code})
        if await self._is_in(text, target.code, confidence):
            return None
        others = self._by_codes(sorted(code for code in codes if code != ENGLISH_CODE))
        answers = await asyncio.gather(*(self._look_up(text, one, target) for one in others))
        # Nothing is said by a word that stays as it is ("hola" from Catalan into Spanish).
        found = [
            (one, answer)
            for one, answer in zip(others, answers, strict=True)
            if answer and fold(answer.results[0]) != fold(text)
        ]
        return _weigh(found, confidence, unlike=fold(text)) if found else None

    async def knows(self, text: str, language: Language) -> bool:
        """Whether a dictionary of this language has every word of a few."""
        words = _plain_words(text)
        if not words or len(words) > MAX_LOOK_UP_WORDS:
            return False
        return (await self._known(words, [language.code]))[0] == 1

    def _codes(self, target: str) -> set[str]:
        """The languages from which something leads into the target's: names always do from
        English."""
        codes = {pair[0] for one in self._engines for pair in one.pairs() if pair[1] == target}
        return codes if target == ENGLISH_CODE else codes | {ENGLISH_CODE}

    async def _confidence(self, text: str, among: Collection[str]) -> dict[str, float]:
        if self._detector is None:
            return {}
        return {one.code: one.confidence for one in await self._detector.rank(text, among)}

    async def _known(self, words: Sequence[str], codes: Sequence[str]) -> list[float]:
        """Per language, the share of the words that a dictionary of it has."""
        vocabulary = next((one for one in self._engines if isinstance(one, Vocabulary)), None)
        first = words[:MAX_KNOWN_WORDS]
        if vocabulary is None or not first:
            return [KNOWN_WITHOUT_DICTIONARY] * len(codes)
        able = {pair[0] for one in self._engines if one is vocabulary for pair in one.pairs()}
        counts = [
            await vocabulary.known_words(first, code) if code in able else None for code in codes
        ]
        return [
            KNOWN_WITHOUT_DICTIONARY if count is None else count / len(first) for count in counts
        ]

    async def _is_in(self, text: str, code: str, confidence: dict[str, float]) -> bool:
        """Whether the text is in this language: the detector's first, and known to a dictionary."""
        if not confidence or max(confidence, key=lambda one: confidence[one]) != code:
            return False
        return (await self._known([text], [code]))[0] == 1

    async def _look_up(self, text: str, source: Language, target: Language) -> Answer | None:
        pair = (source.code, target.code)
        kinds = _LOOK_UPS if is_looked_up(text, source.code) else _LOOK_UPS[:2]
        asked = [
            one
            for kind in kinds
            for one in self._engines
            if one.kind is kind and (kind is Kind.NAMES or pair in one.pairs())
        ]
        try:
            return await ask(asked, text, source, target)
        except EngineError:  # logged; there are other languages, and engines for sentences
            return None

    def _by_codes(self, codes: Sequence[str]) -> list[Language]:
        return [one for one in map(self._languages.by_code, codes) if one is not None]


def is_looked_up(text: str, source: str) -> bool:
    """Whether a dictionary's answer is worth more than a translation of the text: it is short, and
    has no article, which dictionaries leave out."""
    return len(text.split()) <= MAX_LOOK_UP_WORDS and not has_article(text, source)


def _plain_words(text: str) -> list[str]:
    """The words of a text without its names, as far as capitals tell; all words when none is
    left."""
    words = _WORD.findall(MASKS.sub(" ", mask(text).text))
    plain = [word for place, word in enumerate(words) if place == 0 or word[0].islower()]
    return plain if any(word[0].islower() for word in plain) else words


def _weigh(
    found: Sequence[tuple[Language, Answer]], confidence: dict[str, float], *, unlike: str
) -> Meanings:
    """All results but the text itself: each counts as much as its languages are likely, a later
    sense less."""
    votes: defaultdict[str, float] = defaultdict(float)
    spelled: dict[str, str] = {}
    weight = {one.code: confidence.get(one.code, 0.0) + LEAST_CONFIDENCE for one, _ in found}
    for language, answer in found:
        for place, result in enumerate(answer.results):
            votes[fold(result)] += weight[language.code] / (place + 1)
            spelled.setdefault(fold(result), result)
    ordered = [spelled[key] for key in sorted(votes, key=lambda key: -votes[key]) if key != unlike]
    agreeing = [pair for pair in found if ordered[0] in pair[1].results] or found
    source, answer = max(agreeing, key=lambda pair: weight[pair[0].code])
    return Meanings(ordered, source, answer.engine)
