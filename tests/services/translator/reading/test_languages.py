"""services.translator.reading.languages: names and codes."""

from __future__ import annotations

import pytest

from services.translator.reading.languages import LanguageTable, fold


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("French", "fr"),
        ("fReNcH", "fr"),
        ("fr", "fr"),
        ("FRA", "fr"),
        ("fre", "fr"),
        ("Catalan", "ca"),
        ("Norwegian", "no"),
        ("Castilian", "es"),
        ("Brazilian Portuguese", "pt"),
        ("Simplified Chinese", "zh"),
        ("haw", "haw"),
    ],
)
def test_a_name_or_code_finds_its_language(words: str, code: str, languages: LanguageTable) -> None:
    found = languages.find(words)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("words", ["France", "Turkey", "it", "no", "to", "so", "am", "xx", "q", ""])
def test_countries_and_lower_case_words_are_no_languages(
    words: str, languages: LanguageTable
) -> None:
    assert languages.find(words) is None


def test_a_code_that_is_a_word_counts_in_capitals_or_when_allowed(languages: LanguageTable) -> None:
    in_capitals, allowed = languages.find("IT"), languages.find("it", any_code=True)
    assert in_capitals is not None
    assert in_capitals == allowed
    assert in_capitals.name == "Italian"


def test_a_regional_name_keeps_its_locale(languages: LanguageTable) -> None:
    found = languages.find("European Portuguese")
    assert found is not None
    assert (found.code, found.locale) == ("pt", "pt_PT")


def test_folding_makes_spellings_equal() -> None:
    assert fold("  What\u2019s  UP?! ") == fold("what's up")
    assert fold("abu-abu") == fold("Abu abu")
