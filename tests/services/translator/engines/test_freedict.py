"""services.translator.engines.freedict: what an entry says, and which equivalents come first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.translator.engines.freedict import FreeDictEngine, spellings
from services.translator.reading.languages import LanguageTable


async def ask(folder: Path, languages: LanguageTable, text: str, target: str) -> list[str]:
    start, to = languages.by_code("en"), languages.by_code(target)
    assert start is not None
    assert to is not None
    return await FreeDictEngine(folder, languages).translate(text, start, to)


@pytest.mark.anyio
async def test_the_equivalent_that_leads_back_is_first_and_the_others_follow(
    tmp_path: Path, languages: LanguageTable, write_dictionary: Any
) -> None:
    write_dictionary(tmp_path, "eng-fra", {"dog": "1. pince, chien\n2. toutou"})
    write_dictionary(tmp_path, "fra-eng", {"chien": "dog", "toutou": "doggy"})
    assert await ask(tmp_path, languages, "Dog", "fr") == ["chien", "pince", "toutou"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "over", [{"spa-fra": {"perro": "chien"}}, {"fra-spa": {"chien": "perro", "pince": "pinza"}}]
)
async def test_an_equivalent_found_over_a_third_language_is_first(
    over: dict[str, dict[str, str]], tmp_path: Path, languages: LanguageTable, write_dictionary: Any
) -> None:
    write_dictionary(tmp_path, "eng-fra", {"dog": "1. pince\n2. chien"})
    write_dictionary(tmp_path, "eng-spa", {"dog": "perro, can"})
    for pair, entries in over.items():
        write_dictionary(tmp_path, pair, entries)
    assert await ask(tmp_path, languages, "dog", "fr") == ["chien", "pince"]


@pytest.mark.parametrize(
    ("typed", "code", "headword"),
    [
        ("The Dog.", "en", "dog"),
        ("to run", "en", "run"),
        ("run", "en", "to run"),
        ("good-bye", "en", "good bye"),
        ("ice cream", "en", "ice-cream"),
        ("l\u2019eau", "fr", "eau"),
        ("das Haus", "de", "Haus"),
    ],
)
def test_a_headword_is_looked_for_however_it_is_typed(typed: str, code: str, headword: str) -> None:
    assert headword in list(spellings(typed, code))


def test_the_spelling_as_typed_comes_first_and_none_twice() -> None:
    found = list(spellings("glass", "en"))
    assert found[0] == "glass"
    assert len(set(found)) == len(found)


@pytest.mark.anyio
async def test_a_plural_is_not_given_as_the_singular(
    dictionaries: Path, languages: LanguageTable
) -> None:
    assert await ask(dictionaries, languages, "dogs", "fr") == []


@pytest.mark.anyio
async def test_known_words_are_counted(dictionaries: Path, languages: LanguageTable) -> None:
    engine = FreeDictEngine(dictionaries, languages)
    assert await engine.known_words(["Dog", "bank", "xyz"], "en") == 2
    assert await engine.known_words(["dog"], "sv") == 0


@pytest.mark.anyio
async def test_without_a_way_back_all_are_given_in_order(
    dictionaries: Path, languages: LanguageTable
) -> None:
    assert await ask(dictionaries, languages, "bank", "fr") == ["banque", "rive"]


@pytest.mark.anyio
async def test_definitions_of_a_glossed_dictionary_are_left_out(
    dictionaries: Path, languages: LanguageTable
) -> None:
    assert await ask(dictionaries, languages, "roof", "id") == ["atap", "langit-langit"]


@pytest.mark.anyio
@pytest.mark.parametrize(("text", "target"), [("cat", "fr"), ("dog", "de"), ("a b c d e", "fr")])
async def test_what_is_not_there_is_not_known(
    text: str, target: str, dictionaries: Path, languages: LanguageTable
) -> None:
    assert await ask(dictionaries, languages, text, target) == []


@pytest.mark.anyio
async def test_a_broken_dictionary_is_left_out(tmp_path: Path, languages: LanguageTable) -> None:
    (tmp_path / "freedict-eng-fra.index").write_bytes(b"")
    (tmp_path / "freedict-eng-fra.dict.dz").write_bytes(b"")
    assert await ask(tmp_path, languages, "dog", "fr") == []


def test_no_folder_means_no_pairs(tmp_path: Path, languages: LanguageTable) -> None:
    assert FreeDictEngine(tmp_path / "none", languages).pairs() == set()
