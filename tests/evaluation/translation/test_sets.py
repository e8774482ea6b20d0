"""evaluation.translation.sets and the two files it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.translation.check import own_list
from evaluation.translation.sets import FOLDER, TextSet, accepted
from services.translator.engines.phrasebook import PHRASES_FOLDER, read_phrases
from services.translator.reading.languages import build_language_table, fold


def text_set(path: Path) -> TextSet:
    return TextSet(path, build_language_table())


def test_items_have_the_first_text_and_every_reference(tmp_path: Path) -> None:
    path = tmp_path / "set.tsv"
    path.write_text("english\tfra\tdeu\nwall\tmur\tWand|Mauer\nsoap\t\tSeife\n", encoding="utf-8")
    items = text_set(path).items
    assert [(item.text, list(item.references)) for item in items("de", "en")] == [
        ("Wand", ["wall"]),
        ("Seife", ["soap"]),
    ]
    assert [(item.text, list(item.references)) for item in items("fr", "de")] == [
        ("mur", ["Wand", "Mauer"])
    ]
    assert items("en", "nl") == []


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.tsv"
    path.write_text("english\tqqq\nwall\tmur\n", encoding="utf-8")
    with pytest.raises(ValueError, match="qqq"):
        text_set(path)


def test_sentences_are_whole_and_end_alike_in_every_language() -> None:
    table = read_phrases(FOLDER / "sentences.tsv")
    assert len(table.english) >= 60
    for language in table.languages:
        for english, cell in zip(table.english, table.column(language), strict=True):
            texts = accepted(cell)
            assert texts, f"{language}: {english}"
            assert {text[-1] for text in texts} == {english[-1]}, f"{language}: {english}"


def test_everyday_phrases_are_enough_and_not_those_of_the_service() -> None:
    table = read_phrases(FOLDER / "everyday.tsv")
    for language in table.languages:
        assert sum(map(bool, table.column(language))) >= 60, language
    listed = own_list(PHRASES_FOLDER / "phrases.tsv")
    ours = {fold(accepted(cell)[0]).removeprefix("to ") for cell in table.english}
    assert not ours & listed


def test_every_everyday_cell_has_two_sources() -> None:
    lines = (FOLDER / "everyday_checked.tsv").read_text(encoding="utf-8").splitlines()[1:]
    most: dict[tuple[str, str], int] = {}
    for english, language, _, sources in (line.split("\t") for line in lines):
        place = (english, language)
        most[place] = max(most.get(place, 0), len(set(sources.split(", "))))
    table = read_phrases(FOLDER / "everyday.tsv")
    for language in table.languages:
        for english, cell in zip(table.english, table.column(language), strict=True):
            if cell:
                assert most[accepted(english)[0], language] >= 2, f"{language}: {english}"
