"""services.translator.engines.phrasebook and the list it reads."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from services.translator.engines.phrasebook import (
    PHRASES_FOLDER,
    Phrasebook,
    PhraseListError,
    PhraseTable,
    read_phrases,
)
from services.translator.reading.languages import LanguageTable


@pytest.fixture(scope="module")
def table() -> PhraseTable:
    return read_phrases(PHRASES_FOLDER / "phrases.tsv")


@pytest.fixture(scope="module")
def phrasebook(table: PhraseTable, languages: LanguageTable) -> Phrasebook:
    return Phrasebook(table, languages)


async def ask(
    book: Phrasebook, languages: LanguageTable, text: str, target: str, source: str = "en"
) -> list[str]:
    start, to = languages.by_code(source), languages.by_code(target)
    assert start is not None
    assert to is not None
    return await book.translate(text, start, to)


def test_the_list_is_as_large_as_promised(table: PhraseTable) -> None:
    full = [code for code in table.languages if sum(map(bool, table.column(code))) >= 400]
    assert len(table.english) >= 300
    assert len(full) >= 8


def test_the_list_has_no_empty_or_repeated_phrase(table: PhraseTable) -> None:
    folded = [english.casefold() for english in table.english]
    assert all(folded)
    assert len(set(folded)) == len(folded)


def test_every_cell_is_composed_and_trimmed(table: PhraseTable) -> None:
    cells = [*table.english, *(cell for code in table.languages for cell in table.column(code))]
    assert [cell for cell in cells if unicodedata.normalize("NFC", cell) != cell] == []
    assert [cell for cell in cells if " ".join(cell.split()) != cell] == []


def test_every_cell_has_its_evidence_and_no_evidence_is_left_over(table: PhraseTable) -> None:
    lines = (PHRASES_FOLDER / "phrases_checked.tsv").read_text(encoding="utf-8").splitlines()[1:]
    checked = {(english, code): kind for english, code, kind in (row.split("\t") for row in lines)}
    shipped = {
        (english, code)
        for code in table.languages
        for english, cell in zip(table.english, table.column(code), strict=True)
        if cell
    }
    assert shipped == set(checked)
    assert {kind.split(":")[0] for kind in checked.values()} <= {
        *("cldr", "num2words", "freedict", "apertium", "page", "across", "words")
    }


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "target", "result"),
    [
        ("hello", "fr", "Bonjour"),
        ("HELLO!", "fr", "Bonjour"),
        ("how are you?", "de", "Wie geht es dir?"),
        ("you\u2019re welcome", "es", "De nada"),
        ("dog", "de", "Hund"),
        ("eat", "it", "mangiare"),
        ("to eat", "it", "mangiare"),
        ("Monday", "pl", "poniedziałek"),
        ("What's your name?", "de", "Wie heißt du?"),
        ("I’m hungry", "de", "Ich habe Hunger"),  # noqa: RUF001  people type it
        ("you are welcome", "es", "De nada"),
    ],
)
async def test_english_is_looked_up_however_it_is_typed(
    text: str, target: str, result: str, phrasebook: Phrasebook, languages: LanguageTable
) -> None:
    assert await ask(phrasebook, languages, text, target) == [result]


@pytest.mark.anyio
async def test_other_languages_are_looked_up_too(
    phrasebook: Phrasebook, languages: LanguageTable
) -> None:
    assert await ask(phrasebook, languages, "chien", "de", "fr") == ["Hund"]
    assert await ask(phrasebook, languages, "chien", "en", "fr") == ["dog"]
    assert (await ask(phrasebook, languages, "bonjour", "en", "fr"))[0] == "hello"


@pytest.mark.anyio
async def test_a_word_or_language_outside_the_list_is_not_known(
    phrasebook: Phrasebook, languages: LanguageTable
) -> None:
    assert await ask(phrasebook, languages, "blackboard", "fr") == []
    assert await ask(phrasebook, languages, "hello", "ja") == []
    assert await ask(phrasebook, languages, "chien", "de", "es") == []
    assert await ask(phrasebook, languages, "chien", "de", "ja") == []


@pytest.mark.parametrize("text", ["", "word\tfra\n", "english\n", "english\tfra\nhello\n"])
def test_a_malformed_list_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "phrases.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PhraseListError, match=r"phrases\.tsv: line"):
        read_phrases(path)
