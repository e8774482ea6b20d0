"""services.translator.translate: who is asked, and whole texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from services.contract import ErrorCode
from services.translator.engines.interface import EngineError, Kind
from services.translator.quality import Figures, Quality
from services.translator.reading.languages import LanguageTable
from services.translator.reading.parse import Request
from services.translator.translate import UNCHANGED, Translation, Translator

pytestmark = pytest.mark.anyio

SLOW = EngineError(ErrorCode.DEADLINE, "too slow")


@pytest.fixture
def make(languages: LanguageTable) -> Callable[..., Translator]:
    def making(*engines: Any, **chrf: float) -> Translator:
        figures = {(name, "en", "fr"): Figures(1, one, 0, 0) for name, one in chrf.items()}
        return Translator(engines, Quality(figures), None, languages)

    return making


@pytest.fixture
def put(languages: LanguageTable) -> Callable[..., Any]:
    async def translate(
        translator: Translator, text: str, source: str = "en", target: str = "fr"
    ) -> Translation | None:
        end = languages.by_code(target)
        assert end is not None
        start = languages.by_code(source) if source else None
        return await translator.translate_text(text, start, end)

    return translate


def requests(languages: LanguageTable, *texts: str) -> list[Request]:
    target = languages.by_code("fr")
    assert target is not None
    return [Request(text, target, None) for text in texts]


@pytest.fixture
def every_kind(fake_engine: Any) -> list[Any]:
    """One engine of each kind that knows four texts, in an order that is not asked."""
    texts = ("dog", "two dogs", "the dog", "I have two big dogs")
    known = {kind: {text: [kind.value] for text in texts} for kind in Kind}
    kinds = (Kind.SENTENCES, Kind.WORDS, Kind.NAMES, Kind.PHRASES)
    return [fake_engine(known[kind], kind=kind, name=kind.value) for kind in kinds]


async def order_of(translator: Translator, engines: list[Any], text: str, put: Any) -> list[str]:
    """The engines in the order in which each answers once those before it know nothing."""
    answered = []
    while (found := await put(translator, text)) is not None:
        answered.append(found.engine)
        next(one for one in engines if one.name == found.engine).known = {}
    return answered


@pytest.mark.parametrize("text", ["dog", "two dogs"])
async def test_a_few_words_are_looked_up_before_they_are_translated_as_a_sentence(
    text: str, make: Any, put: Any, every_kind: Any
) -> None:
    assert await order_of(make(*every_kind), every_kind, text, put) == [
        *("phrases", "names", "words", "sentences")
    ]


@pytest.mark.parametrize("text", ["the dog", "I have two big dogs"])
async def test_longer_texts_and_articles_are_translated_before_they_are_looked_up(
    text: str, make: Any, put: Any, every_kind: Any
) -> None:
    assert await order_of(make(*every_kind), every_kind, text, put) == [
        *("phrases", "names", "sentences", "words")
    ]


async def test_of_engines_of_one_kind_the_better_one_is_asked_first(
    make: Any, put: Any, fake_engine: Any
) -> None:
    one = fake_engine({"two dogs": ["one"]}, name="apertium")
    other = fake_engine({"two dogs": ["other"]}, name="argos")
    assert (await put(make(one, other), "two dogs")).engine == "argos"
    phrases = fake_engine(name="phrases", kind=Kind.PHRASES)  # not measured, and no matter
    measured = make(one, other, phrases, apertium=50.0, argos=40.0)
    assert (await put(measured, "two dogs")).engine == "apertium"
    assert [engine.name for engine in measured.engines_for("en", "fr")] == [
        *("phrases", "apertium", "argos")
    ]


async def test_only_engines_of_the_pair_are_asked_and_listed(
    make: Any, put: Any, fake_engine: Any
) -> None:
    spanish = fake_engine({"dog": ["perro"]}, name="spanish", able=[("en", "es")])
    names = fake_engine(name="names", kind=Kind.NAMES, able=())
    translator = make(spanish, names)
    assert await put(translator, "dog") is None
    assert spanish.asked == []
    assert names.asked == [("dog", "en", "fr")]
    assert translator.pairs() == {("en", "es"): ["spanish"]}


async def test_a_text_is_translated_sentence_by_sentence_and_keeps_its_spaces(
    make: Any, put: Any, fake_engine: Any
) -> None:
    phrases = fake_engine({"Hello!": ["salut"]}, kind=Kind.PHRASES, name="phrases")
    sentences = fake_engine({"I am here.": ["je suis là"], "Bye": ["au revoir"]}, name="other")
    found = await put(make(phrases, sentences), " Hello!  I am here.\n\n12:30\nBye ")
    assert found.text == " Salut !  Je suis là.\n\n12:30\nAu revoir "
    assert found.engine == "phrases+other"
    assert found.alternatives == []


async def test_a_text_with_one_declined_sentence_is_declined(
    make: Any, put: Any, fake_engine: Any
) -> None:
    translator = make(fake_engine({"Hello!": ["salut"]}))
    assert await put(translator, "Hello! Blorf is.") is None
    assert (await put(translator, "Hello! Hello!")).text == "Salut ! Salut !"


async def test_one_sentence_has_alternatives(make: Any, put: Any, fake_engine: Any) -> None:
    translator = make(fake_engine({"board": ["planche", "tableau", "planche"]}))
    found = await put(translator, " board\n")
    assert (found.text, found.alternatives) == (" planche\n", [" tableau\n"])


async def test_a_text_without_words_is_given_back_and_is_no_result(
    make: Any, put: Any, fake_engine: Any, languages: LanguageTable
) -> None:
    translator = make(fake_engine())
    found = await put(translator, "https://x.org 12")
    assert (found.text, found.engine) == ("https://x.org 12", UNCHANGED)
    assert await translator.translate(requests(languages, "https://x.org 12")) == []


async def test_nothing_is_translated_into_its_own_language(
    make: Any, put: Any, fake_engine: Any
) -> None:
    assert await put(make(fake_engine({"dog": ["dog"]})), "dog", "fr", "fr") is None


async def test_the_first_reading_that_is_known_answers(
    make: Any, fake_engine: Any, languages: LanguageTable
) -> None:
    translator = make(fake_engine({"bread": ["pain"], "the word bread": ["le mot pain"]}))
    assert await translator.translate(requests(languages, "x", "bread", "the word bread")) == [
        "pain"
    ]
    assert await translator.translate(requests(languages, "x")) == []
    assert await translator.translate([]) == []


async def test_a_failure_is_raised_only_when_no_reading_is_known(
    make: Any, fake_engine: Any, languages: LanguageTable
) -> None:
    failing, knowing = fake_engine(failure=SLOW, name="a"), fake_engine({"bread": ["pain"]})
    assert await make(failing, knowing).translate(requests(languages, "x", "bread")) == ["pain"]
    with pytest.raises(EngineError):
        await make(failing, knowing).translate(requests(languages, "x", "y"))


async def test_stopping_stops_every_engine(make: Any, fake_engine: Any) -> None:
    engines = [fake_engine(), fake_engine()]
    await make(*engines).stop()
    assert [engine.stopped for engine in engines] == [True, True]


async def test_without_a_source_words_are_looked_up_before_sentences_are_asked(
    make: Any, put: Any, fake_engine: Any
) -> None:
    words = fake_engine({"perro": ["chien"]}, kind=Kind.WORDS, able=[("es", "fr")], name="words")
    found = await put(make(words, fake_engine()), "perro", source="")
    assert (found.text, found.source.code, found.engine) == ("chien", "es", "words")


async def test_a_text_is_first_taken_for_one_in_the_language_it_is_asked_about_in(
    make: Any, fake_engine: Any, languages: LanguageTable
) -> None:
    @dataclass
    class Words(fake_engine):  # type: ignore[misc]
        async def translate(self, text: str, source: Any, target: Any) -> list[str]:
            return list(self.known.get(f"{source.code} {text}", []))

    german = languages.by_code("de")
    assert german is not None
    words = Words({"en pain": ["Schmerz"], "fr pain": ["Brot"], "en hello": ["hallo"]})
    words.kind = Kind.WORDS
    translator = make(words)
    asked = [Request(text, german, None, asked_in="fr") for text in ("pain", "hello")]
    answers = [await translator.translate([request]) for request in asked]
    assert answers == [["Brot"], ["hallo"]]
    assert await translator.translate([Request("pain", german, None)]) == ["Schmerz"]
