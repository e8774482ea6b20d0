"""How far the name of a unit or a constant reaches."""

from __future__ import annotations

import pytest

from services.calculator.reading.vocabulary import Vocabulary

_UNITS = {"fl oz": "fluid_ounce", "oz": "ounce", "m": "meter", "meters per second": "speed"}
_UNITS |= {"fl. oz.": "fluid_ounce", "°C": "celsius", "°": "degree", "ft-lb": "foot_pound"}
_NAMES = {"speed of light": "c", "planck's constant": "h"}
_WORDS = Vocabulary(_UNITS.get, lambda name: False, _NAMES)


@pytest.mark.parametrize(
    ("text", "name", "end"),
    [
        ("fl oz in m", "fluid_ounce", "fl oz"),
        ("fl. oz. in m", "fluid_ounce", "fl. oz."),
        ("oz in m", "ounce", "oz"),
        ("m^2", "meter", "m"),
        ("m.", "meter", "m"),
        ("°C in F", "celsius", "°C"),
        ("° in rad", "degree", "°"),
        ("ft-lb", "foot_pound", "ft-lb"),
        ("in to cm", "inch", "in"),
    ],
)
def test_the_longest_spelling_is_taken(text: str, name: str, end: str) -> None:
    assert _WORDS.unit_at(text, 0) == (name, len(end))


@pytest.mark.parametrize("text", ["meters", "mm", "", "5", "meters per second", "µ", "oze", "ﬂ oz"])
def test_what_is_no_spelling_is_no_unit(text: str) -> None:
    assert _WORDS.unit_at(text, 0) is None


def test_constants_are_found_in_any_case() -> None:
    assert _WORDS.constant_at("2 * Speed of Light / 2", 4) == ("c", 18)
    assert _WORDS.constant_at("Planck's constant squared", 0) == ("h", 17)
    assert _WORDS.constant_at("speed of sound", 0) is None
