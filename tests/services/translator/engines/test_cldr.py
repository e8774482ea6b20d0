"""services.translator.engines.cldr: names from Babel's data."""

from __future__ import annotations

import pytest

from services.translator.engines.cldr import Cldr
from services.translator.reading.languages import LanguageTable

pytestmark = pytest.mark.anyio


async def ask(
    languages: LanguageTable, text: str, target: str, source: str = "English"
) -> list[str]:
    to, start = languages.find(target), languages.find(source)
    assert start is not None
    assert to is not None
    return await Cldr().translate(text, start, to)


@pytest.mark.parametrize(
    ("text", "target", "result"),
    [
        ("Germany", "French", "Allemagne"),
        ("the Netherlands", "Spanish", "Países Bajos"),
        ("USA", "French", "États-Unis"),
        ("Turkey", "German", "Türkei"),
        ("Monday", "Spanish", "lunes"),
        ("august", "Polish", "sierpień"),
        ("English", "German", "Englisch"),
        ("US dollar", "German", "US-Dollar"),
        ("US dollars", "Spanish", "dólares estadounidenses"),
        ("US dollars", "Polish", "dolary amerykańskie"),
        ("euros", "French", "euros"),
        ("euro", "Japanese", "ユーロ"),
        ("Japanese yen", "French", "yen japonais"),
        ("pound sterling", "Italian", "sterlina britannica"),
        ("Swiss francs", "German", "Schweizer Franken"),
        ("Germany", "Brazilian Portuguese", "Alemanha"),
    ],
)
async def test_names_are_given_in_the_target_language(
    text: str, target: str, result: str, languages: LanguageTable
) -> None:
    assert (await ask(languages, text, target))[0] == result


async def test_names_are_read_in_the_source_language(languages: LanguageTable) -> None:
    assert await ask(languages, "Allemagne", "English", "French") == ["Germany"]


async def test_other_words_are_not_known(languages: LanguageTable) -> None:
    assert await ask(languages, "bread", "French") == []
    assert await ask(languages, "Germany", "English") == []


async def test_one_locale_never_answers_in_another(languages: LanguageTable) -> None:
    # Through babel.Locale, Latin answers in Hawaiian once Hawaiian was asked (Babel 2.18).
    assert await ask(languages, "Monday", "Hawaiian") == ["Po\u02bbakahi"]
    assert await ask(languages, "Monday", "Latin") == ["dies Lunae"]
    assert await ask(languages, "Sunday", "Latin") == ["Dominica"]
