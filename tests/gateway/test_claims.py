"""Dates, numbers and names as they are found in text."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.claims import find_values, fold


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He is 40 years old.", ["40"]),
        ("It has 7,856 or 1,234,567.5 parts", ["7,856", "1,234,567.5"]),
        ("from -5 to (−3) degrees", ["-5", "−3"]),  # noqa: RUF001
        ("1990-1995", ["1990", "1995"]),
        ("135-7721", ["135", "7721"]),
        ("324m tall, 5 km away, $20, 15%", ["324", "5", "20", "15"]),
        ("It costs 40.", ["40"]),
        ("1.5e3", ["1.5e3"]),
        ("version 1.2.3, B12, 3D, x2, 20th", []),
    ],
)
def test_numbers(text: str, found: list[str]) -> None:
    assert [value.text for value in find_values(text) if value.kind == "number"] == found


@pytest.mark.parametrize(
    "text",
    [
        "3 June 1986",
        "June 3, 1986",
        "1986-06-03",
        "3rd of June 1986",
        "Jun 3 1986",
        "JUNE 3RD, 1986",
    ],
)
def test_a_date_is_the_same_however_it_is_written(text: str) -> None:
    [value] = find_values(f"born on {text}, they say")
    assert (value.kind, value.key, value.text) == ("date", (1986, 6, 3), text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I met Rafael Nadal in Paris.", ["Rafael Nadal", "Paris"]),
        ("Rafael Nadal's age", ["Rafael Nadal"]),
        ("Paris is the capital.", ["Paris"]),
        ("The Bank of England and the Louvre", ["Bank of England", "Louvre"]),
        ("Sure! Coding is fun. He can. I'm fine, thanks. Happy to help.", []),
        ("I think so, but I'm not sure.", []),
        ("Vincent van Gogh painted it.", ["Vincent van Gogh"]),
        ("It is by Émile Zola, not Łukasz.", ["Émile Zola", "Łukasz"]),
    ],
)
def test_names(text: str, found: list[str]) -> None:
    assert [value.text for value in find_values(text) if value.kind == "name"] == found


@given(st.text())
def test_every_value_is_the_slice_it_says_and_none_overlap(text: str) -> None:
    end = 0
    for value in find_values(text):
        assert value.start >= end
        assert text[value.start : value.end] == value.text != ""
        end = value.end


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_a_number_is_worth_the_same_with_separators(number: int) -> None:
    plain, separated = find_values(f"is {number} or {number:,} now")
    assert plain.key == separated.key == Decimal(number)


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold("İstanbul ẞ")[1:] == "stanbul ß"
