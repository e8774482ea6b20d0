"""services.translator.reading.languages: names and codes."""

from __future__ import annotations

import pytest
from babel import localedata

from services.translator.reading.languages import LanguageTable, fold, read_autonyms


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
        ("Mandarin", "zh"),
        ("Farsi", "fa"),
        ("Gaelic", "gd"),
        ("Bengali", "bn"),
        ("Bokmål", "nb"),
        ("Deutsch", "de"),
        ("français", "fr"),
        ("francais", "fr"),
        ("ESPAÑOL", "es"),
        ("日本語", "ja"),
        ("the French language", "fr"),
        ("Swiss German", "gsw"),
        ("the Delaware language", "del"),
        ("Ewe", "ee"),
        ("haw", "haw"),
    ],
)
def test_a_name_or_code_finds_its_language(words: str, code: str, languages: LanguageTable) -> None:
    found = languages.find(words)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "words",
    ["France", "Turkey", "Indonesia", "Delaware", "it", "no", "to", "so", "am", "km", "ms", "ewe"],
)
def test_countries_and_lower_case_words_are_no_languages(
    words: str, languages: LanguageTable
) -> None:
    assert languages.find(words) is None


@pytest.mark.parametrize("words", ["xx", "q", "", "plain English", "to-do", "co-op", "x" * 5000])
def test_what_is_no_name_and_no_code_is_no_language(words: str, languages: LanguageTable) -> None:
    assert languages.find(words) is None


def test_a_code_that_is_a_word_counts_in_capitals_or_when_allowed(languages: LanguageTable) -> None:
    in_capitals, allowed = languages.find("IT"), languages.find("it", any_code=True)
    assert in_capitals is not None
    assert in_capitals == allowed
    assert in_capitals.name == "Italian"


@pytest.mark.parametrize(
    ("words", "locale"),
    [
        ("European Portuguese", "pt_PT"),
        ("Brazilian Portuguese", "pt_BR"),
        ("Portuguese (Brazil)", "pt_BR"),
        ("pt-BR", "pt_BR"),
        ("pt_br", "pt_BR"),
        ("português do Brasil", "pt_BR"),
        ("Mexican Spanish", "es_MX"),
        ("es-MX", "es_MX"),
        ("Québécois French", "fr_CA"),
        ("fr-CA", "fr_CA"),
        ("British English", "en_GB"),
        ("zh-CN", "zh_Hans"),
        ("zh-TW", "zh_Hant"),
        ("zh-Hant-HK", "zh_Hant"),
        ("Chinese (Traditional)", "zh_Hant"),
        ("Taiwanese Mandarin", "zh_Hant"),
        ("简体中文", "zh_Hans"),
        ("Norwegian (Bokmål)", "nb"),
    ],
)
def test_a_regional_name_keeps_its_locale(
    words: str, locale: str, languages: LanguageTable
) -> None:
    found = languages.find(words)
    assert found is not None
    assert found.locale == locale
    assert found.code == locale.split("_", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("words", "code"),
    [("Argentinian Spanish", "es"), ("Spanish (Peru)", "es"), ("es-PE", "es"), ("de-LI", "de")],
)
def test_a_region_of_which_cldr_has_no_names_gives_the_language(
    words: str, code: str, languages: LanguageTable
) -> None:
    found = languages.find(words)
    assert found is not None
    assert found.locale == code


@pytest.mark.parametrize(
    ("locale", "words", "endings", "code"),
    [
        ("de", "Französisch", [], "fr"),
        ("de", "Französische", [("e", "")], "fr"),
        ("pl", "angielsku", [("sku", "ski")], "en"),
        ("es", "ingles", [], "en"),
    ],
)
def test_a_name_in_another_language_counts_where_that_is_spoken(
    locale: str,
    words: str,
    endings: list[tuple[str, str]],
    code: str,
    languages: LanguageTable,
) -> None:
    found = languages.find_in(locale, words, endings)
    assert found is not None
    assert found.code == code
    assert languages.find(words) is None


def test_autonyms_are_cldr_s() -> None:
    def names(locale: str) -> dict[str, str]:
        exists = localedata.exists(locale)
        return dict(localedata.load(locale, merge_inherited=False)["languages"]) if exists else {}

    autonyms = read_autonyms()
    assert len(autonyms) > 300
    for code, autonym in list(autonyms.items())[::16]:  # each costs half a megabyte
        language = code.split("_")[0]
        assert autonym in (names(code).get(code), names(language).get(code)), code


def test_folding_makes_spellings_equal() -> None:
    assert fold("  What\u2019s  UP?! ") == fold("what's up")
    assert fold("abu-abu") == fold("Abu abu")
