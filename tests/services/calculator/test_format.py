"""How values are written: whole numbers in full, everything else to 12 significant digits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator import format as formats
from services.calculator.decline import NoValue, OverBound, Undecided
from services.calculator.format import number_text
from services.calculator.numbers import scalars
from services.calculator.numbers.enclose import enclose, power, subtract
from services.calculator.tree import Form, MathConstant, UnitPower
from services.calculator.units.quantities import measure

BITS = 13_000
PI = scalars.constant(MathConstant.PI)


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
    assert number_text(Rational(above, below)) == text


@given(st.integers())
def test_a_whole_number_is_written_in_full(n: int) -> None:
    assert number_text(Integer(n)) == str(n)


def test_a_whole_number_of_thousands_of_digits_is_written_in_full() -> None:
    assert number_text(Integer(10**3_900 + 7)) == "1" + "0" * 3_899 + "7"


@given(st.integers(-(10**12) + 1, 10**12 - 1), st.integers(0, 30))
def test_a_decimal_of_up_to_12_digits_is_exact(digits: int, decimals: int) -> None:
    value = Fraction(digits, 10**decimals)
    assert Fraction(number_text(Rational(digits, 10**decimals))) == value
    assert formats.ends(Rational(digits, 10**decimals))


@given(st.fractions())
def test_the_text_is_within_half_a_unit_of_the_twelfth_digit(value: Fraction) -> None:
    number = Rational(value.numerator, value.denominator)
    text = number_text(number)
    mantissa = text.partition("e")[0]
    error = abs(Fraction(text) - value)
    assert error <= abs(value) * Fraction(5, 10**12)
    if value.denominator != 1:
        assert formats.ends(number) == (error == 0)
        assert len(mantissa.replace(".", "").lstrip("-0")) <= 12
        assert "." not in mantissa or not mantissa.endswith(("0", "."))


def test_an_enclosure_is_written_when_its_digits_are_certain() -> None:
    half = enclose(Rational(1, 2))
    assert number_text(power(enclose(Integer(2)), half, 1_000)) == "1.41421356237"
    assert number_text(enclose(Rational(1, 3))) == "0.333333333333"


def test_an_enclosure_around_zero_is_declined() -> None:
    root = power(enclose(Integer(2)), enclose(Rational(1, 2)), 1_000)
    nothing = subtract(root, root, 1_000)
    with pytest.raises(Undecided):
        number_text(nothing)
    with pytest.raises(Undecided):
        formats.in_form(nothing, Form.SCIENTIFIC, BITS)


@pytest.mark.parametrize(
    ("above", "below", "decimals_only", "texts"),
    [
        (1, 2, False, ["1/2", "0.5"]),
        (-22, 7, False, ["-22/7", "-3.14285714286"]),
        (3, 10, True, ["0.3"]),
        (1, 3, True, ["1/3", "0.333333333333"]),
        (6, 1, False, ["6"]),
        (10**11, 3, False, ["100000000000/3", "33333333333.3"]),
        (10**12, 3, False, ["333333333333"]),
        (1, 10**12 + 1, False, ["9.99999999999e-13"]),
    ],
)
def test_a_fraction_comes_first_where_it_says_more_than_the_decimal(
    above: int, below: int, decimals_only: bool, texts: list[str]
) -> None:
    assert formats.number_texts(Rational(above, below), decimals_only=decimals_only) == texts


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (Rational(7, 8), Form.DECIMAL, "0.875"),
        (Rational(7, 8), Form.FRACTION, "7/8"),
        (Rational(-14, 7), Form.FRACTION, "-2"),
        (Rational(3, 8), Form.PERCENT, "37.5%"),
        (Rational(1, 3), Form.PERCENT, "33.3333333333%"),
        (Rational(2, 3), Form.RATIO, "2:3"),
        (Integer(4), Form.RATIO, "4:1"),
        (Integer(123456), Form.SCIENTIFIC, "1.23456e+5"),
        (Integer(5), Form.SCIENTIFIC, "5e+0"),
        (Rational(-1, 400), Form.SCIENTIFIC, "-2.5e-3"),
        (PI, Form.SCIENTIFIC, "3.14159265359e+0"),
        (PI, Form.PERCENT, "314.159265359%"),
    ],
)
def test_forms_as_asked_for(value: Rational, form: Form, text: str) -> None:
    assert formats.in_form(value, form, BITS) == text


@pytest.mark.parametrize("form", [Form.FRACTION, Form.RATIO])
def test_an_irrational_number_has_no_fraction(form: Form) -> None:
    with pytest.raises(NoValue):
        formats.in_form(PI, form, BITS)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (PI, 2, "3.14"),
        (PI, 0, "3"),
        (PI, 30, "3.141592653589793238462643383280"),
        (Integer(5), 2, "5.00"),
        (Rational(1, 8), 2, "0.13"),
        (Rational(-1, 8), 2, "-0.13"),
        (Rational(-1, 1000), 2, "0.00"),
        (Rational(2999, 1000), 2, "3.00"),
    ],
)
def test_decimal_places_are_kept_as_asked_for(value: Rational, places: int, text: str) -> None:
    assert formats.places_text(value, places, BITS) == text


def test_more_decimal_places_than_are_certain_are_declined() -> None:
    with pytest.raises(Undecided):
        formats.places_text(PI, 90, BITS)
    for places in (-1, 10**9):
        with pytest.raises(OverBound):
            formats.places_text(PI, places, BITS)


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (Integer(42), "USD", "$42"),
        (Rational(85, 2), "USD", "$42.50"),
        (Rational(42125, 1000), "USD", "$42.125"),
        (Rational(100, 3), "USD", "$33.33"),
        (Rational(25, 2), "CHF", "12.50 CHF"),
        (Integer(1), "day", "1 day"),
        (Integer(86400), "second", "86400 seconds"),
        (Rational(1, 3), "kilometer", "0.333333333333 km"),
    ],
)
def test_quantities_are_decimals_with_their_unit(amount: Rational, unit: str, text: str) -> None:
    assert formats.quantity_text(measure(amount, (UnitPower(unit),))) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (Rational("1234.567"), 3, "1230"),
        (Rational("0.0012345"), 2, "0.0012"),
        (Integer(2), 3, "2.00"),
        (Rational("9.996"), 3, "10.0"),
        (Rational("-9.996"), 3, "-10.0"),
        (Rational("99.99"), 2, "100"),
        (Rational("0.0996"), 2, "0.10"),
        (Integer(1) - Rational(1, 10**30), 3, "1.00"),
        (Integer(0), 2, "0.0"),
        (PI, 3, "3.14"),
        (PI, 20, "3.1415926535897932385"),
    ],
)
def test_significant_digits_are_those_asked_for(value: Rational, digits: int, text: str) -> None:
    assert formats.significant_text(value, digits, BITS) == text


def test_no_significant_digits_are_none() -> None:
    with pytest.raises(NoValue):
        formats.significant_text(PI, 0, BITS)
