"""Spellings: what is a unit, what is not, and that nothing is two."""

from __future__ import annotations

import pytest

from services.calculator.units.catalogue import entries
from services.calculator.units.names import find_unit, is_currency, spellings

STOP_WORDS = """
a about above after again against all am an and any are as at be because been before being below
between both but by can could did do does doing down during each few for from further had has have
having he her here hers herself him himself his how i if in into is it its itself just me more most
my myself no nor not now of off on once only or other our ours ourselves out over own same she
should so some such than that the their theirs them themselves then there these they this those
through to too under until up us very was we were what when where which while who whom why will
with would you your yours yourself yourselves
"""
OTHER_WORDS = """
one two three ten hundred thousand million dozen half third quarter plus minus times percent x e pi
ok yes per ad etc ex dam era mar dec may ma pa hi ho oh ah eh sum mean max mod log sin cos tan today
point gray grade hand mine try top cup's mad pen time date age day's man won real try all
"""


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *(("km", "kilometer"), ("kilometer", "kilometer"), ("kilometres", "kilometer")),
        *(
            ("KILOMETERS", "kilometer"),
            ("KM", "kilometer"),
            ("metres", "meter"),
            ("µm", "micrometer"),
        ),
        *(("fl oz", "fluid_ounce"), ("fluid  ounces", "fluid_ounce"), ("lbs", "pound")),
        *(("kgs", "kilogram"), ("Kg", "kilogram"), ("metric tons", "metric_ton")),
        *(("tonnes", "metric_ton"), ("light years", "light_year"), ("mph", "mile_per_hour")),
        *(("nautical miles", "nautical_mile"), ("miles per hour", "mile_per_hour")),
        *(("degrees celsius", "degree_Celsius"), ("°C", "degree_Celsius"), ("c", "degree_Celsius")),
        *(("Degrees Fahrenheit", "degree_Fahrenheit"), ("F", "degree_Fahrenheit")),
        *(("degrees", "degree"), ("°", "degree"), ("feet", "foot"), ("inches", "inch")),
        *(("mins", "minute"), ("hrs", "hour"), ("centuries", "century"), ("kWh", "kilowatt_hour")),
        *(("GB", "gigabyte"), ("GiB", "gibibyte"), ("Mbps", "megabit_per_second")),
        *(
            ("sq ft", "square_foot"),
            ("square meters", "square_meter"),
            ("cubic feet", "cubic_foot"),
        ),
        *(("tbsp", "tablespoon"), ("cups", "cup"), ("litres", "liter"), ("ml", "milliliter")),
        *(("psi", "pound_force_per_square_inch"), ("atm", "standard_atmosphere")),
        *(("$", "USD"), ("dollars", "USD"), ("usd", "USD"), ("€", "EUR"), ("Euros", "EUR")),
        *(("yen", "JPY"), ("pounds", "pound"), ("pounds sterling", "GBP"), ("£", "GBP")),
    ],
)
def test_what_people_type_is_the_unit_they_mean(typed: str, name: str) -> None:
    assert find_unit(typed) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [("mW", "MW"), ("mPa", "MPa"), ("Pa", "pA"), ("ms", "mS"), ("kn", "kN"), ("Mb", "MB")],
)
def test_symbols_of_another_case_are_other_units(one: str, other: str) -> None:
    assert find_unit(one) != find_unit(other)
    assert find_unit(one) is not None
    assert find_unit(other) is not None


@pytest.mark.parametrize("word", STOP_WORDS.split())
def test_no_stop_word_is_a_unit_in_any_case(word: str) -> None:
    assert find_unit(word) is None
    if word != "a":  # A is the ampere
        assert find_unit(word.upper()) is None
        assert find_unit(word.capitalize()) is None


@pytest.mark.parametrize("word", OTHER_WORDS.split())
def test_no_other_common_word_is_a_unit(word: str) -> None:
    assert find_unit(word) is None


@pytest.mark.parametrize(
    "word",
    [
        "",
        " ",
        "b",
        "S",
        "T",
        "H",
        "MBIT",
        "KMS.",
        "flurb",
        "k" * 100_000,
        "\N{KELVIN SIGN}",
        "\N{FULLWIDTH LATIN SMALL LETTER K}m",
        "\N{CYRILLIC SMALL LETTER KA}m",
    ],
)
def test_what_is_no_spelling_is_no_unit(word: str) -> None:
    assert find_unit(word) is None


def test_every_spelling_is_found_and_single_spaced() -> None:
    for spelling, name in spellings().items():
        assert find_unit(spelling) == name
        assert spelling == " ".join(spelling.split())
        assert name in entries()


def test_names_of_four_letters_are_read_in_any_case() -> None:
    for name, entry in entries().items():
        for word in entry.words:
            if len(word) >= 4:
                assert find_unit(word.upper()) == find_unit(word.title()) == name


def test_currencies_are_their_codes() -> None:
    assert is_currency("USD")
    assert not is_currency("meter")
    assert not is_currency("nothing")
    for name, entry in entries().items():
        assert entry.currency == (len(name) == 3 and name.isupper())
