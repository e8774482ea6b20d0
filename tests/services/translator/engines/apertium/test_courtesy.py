"""services.translator.engines.apertium.courtesy: "please" at the ends of a sentence."""

from __future__ import annotations

import pytest

from services.translator.engines.apertium.courtesy import PLEASE, with_please, without_please
from services.translator.engines.phrasebook import PHRASES_FOLDER, Phrasebook, read_phrases
from services.translator.reading.languages import LanguageTable


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Water, please", "Water"),
        ("a table for two please?", "a table for two?"),
        ("Please help me.", "Help me."),
        ("please, wait here", "wait here"),
        ("please", None),
        ("Please!", None),
        ("I am pleased", None),
        ("could you please wait", None),
    ],
)
def test_please_is_taken_off_the_ends(text: str, rest: str | None) -> None:
    assert without_please(text) == rest


def test_its_translation_stands_before_the_end_mark() -> None:
    assert with_please("¿Una mesa?", "es") == "¿Una mesa, por favor?"
    assert with_please("Une table ?", "fr") == "Une table, s'il vous plaît ?"
    assert with_please("Acqua", "it") == "Acqua, per favore"


@pytest.mark.anyio
async def test_its_translations_are_those_of_the_phrase_list(languages: LanguageTable) -> None:
    phrasebook = Phrasebook(read_phrases(PHRASES_FOLDER / "phrases.tsv"), languages)
    english = languages.by_code("en")
    assert english is not None
    for code, please in PLEASE.items():
        target = languages.by_code(code)
        assert target is not None
        listed = await phrasebook.translate("please", english, target)
        assert not listed or please in listed, code
