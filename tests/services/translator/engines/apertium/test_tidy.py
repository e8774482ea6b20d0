"""services.translator.engines.apertium.tidy: spaces and capitals."""

from __future__ import annotations

import pytest

from services.translator.engines.apertium.tidy import tidy


@pytest.mark.parametrize(
    ("translated", "source", "target", "tidied"),
    [
        ("no Me gusta", "it is not to my taste", "es", "no me gusta"),
        ("No Me gusta", "I don't like it", "es", "No me gusta"),
        ("no Me gusta", "I do not like it", "es", "No me gusta"),
        ("perros", "Dogs", "es", "Perros"),
        ("\ue000 perros", "\ue000 Dogs", "es", "\ue000 perros"),
        ("hola  Mundo", "hello world", "es", "hola mundo"),
        ("Dónde   vives ?", "Where do you live?", "es", "Dónde vives?"),
        ("Où habites-tu ?", "¿Dónde vives?", "fr", "Où habites-tu ?"),
        ("Vi Eiffel en París", "I saw Eiffel in Paris", "es", "Vi Eiffel en París"),
        ("I speak French on Monday", "hablo francés el lunes", "en", "I speak French on Monday"),
        ("Der Hund", "the dog", "de", "Der Hund"),
        ("Vi el iPhone", "I saw the iPhone", "es", "Vi el iPhone"),
        ("5 mayo", "5 May", "es", "5 mayo"),
        ("NASA va llançar", "NASA launched", "ca", "NASA va llançar"),
        ("gatos :) , perros", "cats :) , dogs", "es", "gatos :), perros"),
        ("\ue000 Es grande", "\ue000 is big", "es", "\ue000 es grande"),
    ],
)
def test_spaces_and_capitals_are_as_they_should_be(
    translated: str, source: str, target: str, tidied: str
) -> None:
    assert tidy(translated, source, target) == tidied
