"""services.translator.engines.apertium.names: which unknown words may stay."""

from __future__ import annotations

import pytest

from services.translator.engines.apertium.names import Names, kept_names
from services.translator.engines.apertium.stream import Answer, Mark
from services.translator.reading.languages import LanguageTable

PROPER = ("np", "ant")


def kept(
    languages: LanguageTable, sentence: str, *marks: Mark, source: str = "en", share: float = 0.5
) -> list[str] | None:
    language = languages.by_code(source)
    assert language is not None
    return kept_names(marks, sentence, language, min_known=share)


def test_a_capital_inside_a_sentence_is_a_name(languages: LanguageTable) -> None:
    assert kept(languages, "I met Kovalenko", Mark("*", "Kovalenko")) == ["Kovalenko"]
    assert kept(languages, "I saw Eiffel", Mark("@", "Eiffel", PROPER)) == ["Eiffel"]


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("The blorf is big", "blorf"),
        ("Blorf is big", "Blorf"),  # every sentence starts with a capital
        ("The Blorf Is Big", "Blorf"),  # a title
        ("THE BLORF IS BIG", "BLORF"),
        ("I speak Slovenian well", "Slovenian"),  # has a name in every language
        ("I met Kovalenko", "kovalenko"),  # not as it was written
    ],
)
def test_anything_else_declines(sentence: str, word: str, languages: LanguageTable) -> None:
    assert kept(languages, sentence, Mark("*", word)) is None


def test_in_german_a_capital_says_nothing(languages: LanguageTable) -> None:
    assert kept(languages, "ich sehe Blorf", Mark("*", "Blorf"), source="de") is None


@pytest.mark.parametrize("sign", ["@", "#"])
def test_a_lemma_that_is_no_proper_noun_declines(sign: str, languages: LanguageTable) -> None:
    assert kept(languages, "I saw Canal there", Mark(sign, "Canal", ("n", "f", "sg"))) is None


def test_too_many_names_for_the_known_words_decline(languages: LanguageTable) -> None:
    marks = [Mark("*", "Anna"), Mark("*", "Kovalenko")]
    assert kept(languages, "saw Anna Kovalenko", *marks) is None
    assert kept(languages, "we saw her with Anna Kovalenko", *marks) == ["Anna", "Kovalenko"]


def test_a_name_is_put_away_on_its_way_and_restored(languages: LanguageTable) -> None:
    english = languages.by_code("en")
    assert english is not None
    names = Names()
    answer = Answer("Vi a Rose y Rosemary", [Mark("*", "Rose")])
    text = names.keep(answer, "I saw Rose and her mother", english, min_known=0.5)
    assert text is not None
    assert "Rose " not in text
    assert "Rosemary" in text
    assert names.restore(text) == "Vi a Rose y Rosemary"
    assert names.restore("Vi a y Rosemary") is None
