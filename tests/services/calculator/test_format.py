"""How values are written: whole numbers in full, everything else to 12 significant digits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.decline import Undecided
from services.calculator.format import format_value
from services.calculator.numbers.enclose import enclose, power, subtract


@pytest.mark.parametrize(
    ("above", "below", "text"),
    [
        (7856, 1, "7856"),
        (-12, 1, "-12"),
        (0, 1, "0"),
        (5, 2, "2.5"),
        (-5, 2, "-2.5"),
        (1, 5, "0.2"),
        (1, 3, "0.333333333333"),
        (2, 3, "0.666666666667"),
        (-2, 3, "-0.666666666667"),
        (1_000_000, 3, "333333.333333"),
        (1, 300_000, "0.00000333333333333"),
        (1, 1_000_000, "0.000001"),
        (35, 10**10, "3.5e-9"),
        (1, 10**20, "1e-20"),
        (10**15, 7, "1.42857142857e+14"),
        (9_999_999_999_997, 10, "1e+12"),
        (123_456_789_012_5, 10, "123456789013"),
        (21, 2, "10.5"),
        (201, 2, "100.5"),
    ],
)
def test_written_forms(above: int, below: int, text: str) -> None:
    assert format_value(Rational(above, below)) == text


@given(st.integers())
def test_a_whole_number_is_written_in_full(n: int) -> None:
    assert format_value(Integer(n)) == str(n)


def test_a_whole_number_of_thousands_of_digits_is_written_in_full() -> None:
    assert format_value(Integer(10**3_900 + 7)) == "1" + "0" * 3_899 + "7"


@given(st.integers(-(10**12) + 1, 10**12 - 1), st.integers(0, 30))
def test_a_decimal_of_up_to_12_digits_is_exact(digits: int, decimals: int) -> None:
    value = Fraction(digits, 10**decimals)
    assert Fraction(format_value(Rational(digits, 10**decimals))) == value


@given(st.fractions())
def test_the_text_is_within_half_a_unit_of_the_twelfth_digit(value: Fraction) -> None:
    text = format_value(Rational(value.numerator, value.denominator))
    mantissa = text.partition("e")[0]
    error = abs(Fraction(text) - value)
    assert error <= abs(value) * Fraction(5, 10**12)
    if value.denominator != 1:
        assert len(mantissa.replace(".", "").lstrip("-0")) <= 12
        assert "." not in mantissa or not mantissa.endswith(("0", "."))


def test_an_enclosure_is_written_when_its_digits_are_certain() -> None:
    half = enclose(Rational(1, 2))
    assert format_value(power(enclose(Integer(2)), half, 1_000)) == "1.41421356237"
    assert format_value(enclose(Rational(1, 3))) == "0.333333333333"


def test_an_enclosure_around_zero_is_declined() -> None:
    root = power(enclose(Integer(2)), enclose(Rational(1, 2)), 1_000)
    with pytest.raises(Undecided):
        format_value(subtract(root, root, 1_000))
