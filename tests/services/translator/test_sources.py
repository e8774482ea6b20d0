"""services.translator.sources: which language a text is in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from services.contract import ErrorCode
from services.translator.detect import Detected, Detector
from services.translator.engines.interface import EngineError, Kind
from services.translator.reading.languages import Language, LanguageTable
from services.translator.sources import Sources

pytestmark = pytest.mark.anyio


@dataclass
class FakeDetector:
    """Says the same of every text."""

    confidences: Mapping[str, float]
    asked: list[str] = field(default_factory=list)

    async def rank(self, text: str, among: Collection[str] | None = None) -> list[Detected]:
        self.asked.append(text)
        found = [Detected(*one) for one in self.confidences.items() if one[0] in (among or ())]
        return sorted(found, key=lambda one: -one.confidence)


@dataclass
class Words:
    """Dictionaries: (source, target) -> word -> equivalents."""

    entries: Mapping[tuple[str, str], Mapping[str, list[str]]]
    failing: str = ""
    name: str = "words"
    kind: Kind = Kind.WORDS

    def pairs(self) -> Collection[tuple[str, str]]:
        return list(self.entries)

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        if source.code == self.failing:
            raise EngineError(ErrorCode.UNAVAILABLE, "broken")
        return self.entries.get((source.code, target.code), {}).get(text.lower(), [])

    async def known_words(self, words: Sequence[str], code: str) -> int:
        own = {word for pair, found in self.entries.items() if pair[0] == code for word in found}
        return sum(word.lower() in own for word in words)

    async def stop(self) -> None: ...


@pytest.fixture
def make(languages: LanguageTable) -> Callable[..., Sources]:
    def making(*engines: Any, **confidences: float) -> Sources:
        detector = cast(Detector, FakeDetector(confidences)) if confidences else None
        return Sources(engines, detector, languages)

    return making


@pytest.fixture
def to(languages: LanguageTable) -> Callable[[str], Language]:
    def language(code: str) -> Language:
        found = languages.by_code(code)
        assert found is not None
        return found

    return language


def codes(found: Sequence[Language]) -> list[str]:
    return [one.code for one in found]


async def test_without_a_detector_english_is_taken_or_what_small_words_say(
    make: Any, to: Any, fake_engine: Any
) -> None:
    assert codes(await make(fake_engine()).rank("la maison est rouge", to("es"))) == ["en"]
    assert codes(await make(fake_engine()).rank("la maison est rouge", to("en")))[0] == "fr"


async def test_a_sentence_is_taken_for_what_detector_and_small_words_agree_on(
    make: Any, to: Any, fake_engine: Any
) -> None:
    found = await make(fake_engine(), fr=0.7, es=0.2, en=0.1).rank("je ne sais pas", to("es"))
    assert codes(found)[0] == "fr"


async def test_small_words_outweigh_an_unsure_detector(
    make: Any, to: Any, fake_engine: Any
) -> None:
    sources = make(fake_engine(), de=0.5, es=0.3, fr=0.2)
    assert codes(await sources.rank("la casa es muy grande", to("fr")))[0] == "es"


async def test_names_are_not_shown_to_the_detector(
    languages: LanguageTable, to: Any, fake_engine: Any
) -> None:
    detector = FakeDetector({"en": 1.0})
    sources = Sources([fake_engine()], cast(Detector, detector), languages)
    await sources.rank("I met Kovalenko in Melbourne", to("fr"))
    assert detector.asked == ["I met in"]


async def test_a_text_in_the_target_s_language_has_no_source(
    make: Any, to: Any, fake_engine: Any
) -> None:
    sources = make(fake_engine(), fr=0.9, en=0.1)
    assert await sources.rank("la maison est rouge", to("fr")) == []


async def test_a_few_words_known_in_english_are_english(make: Any, to: Any) -> None:
    words = Words({("en", "fr"): {"gift": ["cadeau"]}, ("de", "fr"): {"gift": ["poison"]}})
    sources = make(words, de=0.9, en=0.01)
    found = await sources.meanings("gift", to("fr"))
    assert (found.results, found.source.code, found.engine) == (["cadeau"], "en", "words")
    assert codes(await sources.rank("gift", to("fr"))) == ["en"]


async def test_words_unknown_in_english_are_looked_up_in_every_language(make: Any, to: Any) -> None:
    words = Words({("en", "fr"): {"dog": ["chien"]}, ("es", "fr"): {"perro": ["chien", "clebs"]}})
    found = await make(words, fr=0.5, es=0.2, en=0.3).meanings("perro", to("fr"))
    assert (found.results, found.source.code) == (["chien", "clebs"], "es")


async def test_what_the_likeliest_languages_agree_on_comes_first(make: Any, to: Any) -> None:
    words = Words(
        {
            ("it", "en"): {"gato": ["drowned"]},
            ("es", "en"): {"gato": ["cat", "jack"]},
            ("pt", "en"): {"gato": ["cat"]},
        }
    )
    found = await make(words, it=0.4, es=0.25, pt=0.35).meanings("gato", to("en"))
    assert found.results == ["cat", "drowned", "jack"]
    assert found.source.code == "pt"


async def test_a_word_that_stays_as_it_is_says_nothing(make: Any, to: Any) -> None:
    words = Words({("ca", "es"): {"hola": ["hola"]}, ("en", "es"): {"hello": ["hola"]}})
    assert await make(words, ca=0.9, es=0.1).meanings("hola", to("es")) is None


async def test_the_word_itself_is_none_of_its_meanings(make: Any, to: Any) -> None:
    words = Words({("de", "en"): {"gift": ["poison", "gift"]}})
    assert (await make(words).meanings("Gift", to("en"))).results == ["poison"]


async def test_an_english_word_is_not_translated_into_english(make: Any, to: Any) -> None:
    words = Words({("en", "fr"): {"chat": ["causer"]}, ("fr", "en"): {"chat": ["cat"]}})
    assert await make(words, en=0.6, fr=0.4).meanings("chat", to("en")) is None
    found = await make(words, en=0.4, fr=0.6).meanings("chat", to("en"))
    assert found.results == ["cat"]


async def test_a_broken_dictionary_leaves_the_others_to_be_asked(make: Any, to: Any) -> None:
    entries = {("es", "en"): {"gato": ["cat"]}, ("pt", "en"): {"gato": ["cat"]}}
    found = await make(Words(entries, failing="es")).meanings("gato", to("en"))
    assert (found.results, found.source.code) == (["cat"], "pt")


async def test_long_texts_and_unknown_words_have_no_meanings(make: Any, to: Any) -> None:
    words = Words({("es", "en"): {"gato": ["cat"]}})
    assert await make(words).meanings("un gato con cinco patas", to("en")) is None
    assert await make(words).meanings("perro", to("en")) is None
