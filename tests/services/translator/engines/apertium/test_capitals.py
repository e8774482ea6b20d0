"""services.translator.engines.apertium.capitals: how a sentence's capitals are sent."""

from __future__ import annotations

import pytest

from services.translator.engines.apertium.capitals import spellings


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Hammer", ["hammer", "Hammer"]),
        ("Red wine", ["red wine", "Red wine"]),
        ("hammer", ["hammer"]),
        ("HAMMER AND NAIL", ["hammer and nail", "HAMMER AND NAIL"]),
        ("(Hammer)", ["(hammer)", "(Hammer)"]),
        ("Rose is here", ["Rose is here"]),
        ("I", ["I"]),
        ("I'm here", ["I'm here"]),
        ("5 May", ["5 May"]),
        ("NATO", ["nato", "NATO"]),
        ("\ue000 Hammer", ["\ue000 Hammer"]),
        ("12", ["12"]),
    ],
)
def test_a_capital_that_may_only_start_the_text_is_lowered_first(
    text: str, sent: list[str]
) -> None:
    assert spellings(text, text, "en", is_first=True) == sent


def test_on_the_way_only_a_word_that_was_not_translated_keeps_its_capital() -> None:
    original = "Hammer and nail lie here"
    assert spellings("Martell i clau són aquí", original, "ca", is_first=False) == [
        "martell i clau són aquí",
        "Martell i clau són aquí",
    ]
    assert spellings("John és aquí", "John is here now", "ca", is_first=False) == ["John és aquí"]


def test_german_nouns_keep_theirs() -> None:
    assert spellings("Hammer", "Hammer", "de", is_first=True) == ["Hammer"]
