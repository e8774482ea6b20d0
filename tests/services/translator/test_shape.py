"""services.translator.shape: letter case and closing marks."""

from __future__ import annotations

import pytest

from services.translator.shape import shape, shouted


@pytest.mark.parametrize(
    ("source", "translated", "pair", "shaped"),
    [
        ("HELLO", "bonjour", "en-fr", "BONJOUR"),
        ("Hello", "bonjour", "en-fr", "Bonjour"),
        ("hello", "Bonjour", "en-fr", "Bonjour"),
        ("dog", "Hund", "en-de", "Hund"),
        ("Hund", "dog", "de-en", "dog"),
        ("Guten Tag", "hello", "de-en", "Hello"),
        ("I", "yo", "en-es", "yo"),
        ("I swim", "nado", "en-es", "Nado"),
        ("\ue000 is here", "\ue000 está aquí", "en-es", "\ue000 está aquí"),
        ("3 Dogs", "3 perros", "en-es", "3 perros"),
        ("(Hello)", "(bonjour)", "en-fr", "(Bonjour)"),
    ],
)
def test_the_case_is_that_of_the_text(source: str, translated: str, pair: str, shaped: str) -> None:
    assert shape(source, translated, *pair.split("-"), name=False) == shaped


@pytest.mark.parametrize(
    ("source", "translated", "pair", "shaped"),
    [
        ("How are you?", "cómo estás", "en-es", "¿cómo estás?"),
        ("Stop!", "¡para!", "en-es", "¡para!"),
        ("Where is it?", "où est-ce?", "en-fr", "où est-ce ?"),
        ("Where is it?", "Où est-ce ?", "en-fr", "Où est-ce ?"),
        ("the house", "la casa.", "en-es", "la casa"),
        ("The house.", "La casa", "en-es", "La casa."),
        ("how are you", "Comment allez-vous ?", "en-fr", "Comment allez-vous ?"),
        ("Really?!", "de verdad", "en-es", "¡de verdad?!"),
        ("wait...", "warte.", "en-de", "warte..."),
    ],
)
def test_the_closing_mark_is_that_of_the_text(
    source: str, translated: str, pair: str, shaped: str
) -> None:
    assert shape(source, translated, *pair.split("-"), name=False).lower() == shaped.lower()


def test_a_name_keeps_its_own_capitals() -> None:
    assert shape("Monday", "lunes", "en", "es", name=True) == "lunes"
    assert shape("USA", "États-Unis", "en", "fr", name=True) == "États-Unis"


def test_one_letter_is_no_shout() -> None:
    assert not shouted("I")
    assert shouted("NO")
    assert not shouted("\ue000 12")
