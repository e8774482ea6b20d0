"""Quantities as people write them."""

from __future__ import annotations

import pytest

from services.calculator.tree import UnitPower
from services.calculator.units.catalogue import entries
from services.calculator.units.names import find_unit
from services.calculator.units.writing import written


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        ("16.09344", "kilometer", "16.09344 km"),
        ("37", "degree_Celsius", "37 °C"),
        ("30", "degree", "30°"),
        ("1", "day", "1 day"),
        ("86400", "second", "86400 seconds"),
        ("5", "millisecond", "5 ms"),
        ("2", "century", "2 centuries"),
        ("3", "cup", "3 cups"),
        ("2.5", "acre", "2.5 acres"),
        ("1024", "mebibyte", "1024 MiB"),
        ("8", "bit", "8 bits"),
        ("62.1", "mile_per_hour", "62.1 mph"),
        ("120", "kilometer hour^-1", "120 km/h"),
        ("5", "meter^2", "5 m²"),
        ("10", "newton meter", "10 N·m"),
        ("6.6743e-11", "meter^3 kilogram^-1 second^-2", "6.6743e-11 m³/(kg·s²)"),
        ("0.5", "second^-1", "0.5/s"),
        ("5.67e-8", "watt meter^-2 kelvin^-4", "5.67e-8 W/(m²·K⁴)"),
        ("42", "USD", "$42"),
        ("42.5", "USD", "$42.50"),
        ("42.123", "USD", "$42.123"),
        ("-5", "USD", "-$5"),
        ("-0.75", "GBP", "-£0.75"),
        ("1500", "JPY", "¥1500"),
        ("12.5", "CHF", "12.50 CHF"),
        ("15", "USD hour^-1", "$15/h"),
        ("1.5", "kilometer USD^-1", "1.5 km/USD"),
        ("0.3", "EUR kilowatt^-1 hour^-1", "€0.30/(kW·h)"),
    ],
)
def test_an_amount_is_written_with_its_unit(amount: str, unit: str, text: str) -> None:
    parts = (part.partition("^") for part in unit.split())
    powers = tuple(UnitPower(name, int(power or 1)) for name, _, power in parts)
    assert written(amount, powers, is_one=amount == "1") == text


UNREADABLE = {"inch"}  # "in" is a preposition first


@pytest.mark.parametrize("name", sorted(entries().keys() - UNREADABLE))
def test_what_is_written_is_read_again_as_the_same_unit(name: str) -> None:
    entry = entries()[name]
    if entry.spelled_out or "/" in (entry.symbol or ""):
        return  # written as a quotient, which the grammar reads
    for amount, is_one in (("1", True), ("2", False)):
        text = written(amount, (UnitPower(name),), is_one=is_one)
        spelled = text.replace(amount, "").strip()
        found = find_unit(spelled)
        # A symbol alone may be no one's: T is not read. It is never another unit's: C, F.
        if spelled == entry.symbol and len(spelled) <= 2 and found is None:
            continue
        assert found == name
