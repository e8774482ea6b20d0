"""services.translator.engines.freedict: what an entry says, and which equivalents come first."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.translator.engines.freedict import FreeDictEngine, equivalents
from services.translator.reading.languages import LanguageTable


async def ask(folder: Path, languages: LanguageTable, text: str, target: str) -> list[str]:
    start, to = languages.by_code("en"), languages.by_code(target)
    assert start is not None
    assert to is not None
    return await FreeDictEngine(folder, languages).translate(text, start, to)


def test_marks_and_remarks_are_no_equivalents() -> None:
    entry = (
        'dog /dog/\nI.  <N> 1.  [gatunek]  pies, <masc> piesek\n 2.  (old) kundel\n  "dogs" - psy\n'
    )
    assert equivalents(entry, glossed=False) == ["pies", "piesek", "kundel"]


@pytest.mark.anyio
async def test_the_equivalent_that_leads_back_is_the_answer(
    dictionaries: Path, languages: LanguageTable
) -> None:
    assert await ask(dictionaries, languages, "Dog", "fr") == ["chien"]


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
