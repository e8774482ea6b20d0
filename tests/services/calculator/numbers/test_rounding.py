"""Rounding: half away from zero, and only where an enclosure leaves no doubt."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.decline import OverBound, Undecided
from services.calculator.numbers import rounding, scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Operator

BITS = 2_000


def rational(value: Fraction) -> Rational:
    return Rational(value.numerator, value.denominator)


def root_of_two() -> Scalar:
    return scalars.binary(Operator.POWER, Integer(2), Rational(1, 2), BITS)


def two_for_all_we_know() -> Scalar:
    root = root_of_two()
    assert isinstance(root, Enclosure)
    bare = Enclosure(root.interval)
    return scalars.binary(Operator.MULTIPLY, bare, bare, BITS)


@given(st.fractions())
def test_floor_and_ceiling_equal_pythons(value: Fraction) -> None:
    assert rounding.floor(rational(value)) == math.floor(value)
    assert rounding.ceiling(rational(value)) == math.ceil(value)


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 6))
def test_rounding_equals_decimals_half_up(value: Decimal, places: int) -> None:
    expected = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    exact = rational(Fraction(value))
    assert rounding.nearest(exact, places, BITS) == rational(Fraction(expected))


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Rational(5, 2), 0, 3),
        (Rational(-5, 2), 0, -3),
        (Integer(1250), -2, 1300),
        (Rational(-1, 3), 1, Rational(-3, 10)),
        (Rational(-1, 10), 0, 0),
        (Integer(7), 5, 7),
    ],
)
def test_halves_go_away_from_zero(value: Rational, places: int, expected: Rational) -> None:
    assert rounding.nearest(value, places, BITS) == expected


def test_an_irrational_number_rounds_where_its_digits_are_certain() -> None:
    assert rounding.nearest(root_of_two(), 19, BITS) == Rational(14142135623730950488, 10**19)
    assert rounding.floor(root_of_two()) == 1
    assert rounding.quotient(Integer(10), root_of_two(), BITS) == 7


def test_a_number_that_may_be_whole_is_undecided() -> None:
    for compute in (rounding.floor, rounding.ceiling):
        with pytest.raises(Undecided):
            compute(two_for_all_we_know())
    assert rounding.nearest(two_for_all_we_know(), 3, BITS) == 2


def test_the_sign_is_known_or_undecided() -> None:
    minus = scalars.negate(root_of_two())
    assert rounding.is_negative(minus)
    assert not rounding.is_negative(root_of_two())
    difference = scalars.binary(Operator.SUBTRACT, two_for_all_we_know(), Integer(2), BITS)
    with pytest.raises(Undecided):
        rounding.is_negative(difference)
    assert scalars.compare(rounding.absolute(minus), root_of_two(), BITS) == 0
    assert rounding.absolute(rational(Fraction(-7, 3))) == Rational(7, 3)
    bounds = scalars.enclosed(rounding.absolute(difference)).bounds()
    assert 0 <= bounds[0] <= bounds[1]


def test_too_many_places_are_refused() -> None:
    for places in (10**9, -(10**9)):
        with pytest.raises(OverBound):
            rounding.nearest(Integer(1), places, BITS)
