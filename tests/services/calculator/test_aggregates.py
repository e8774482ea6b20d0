"""Deviations and modes beside Python's statistics. Sums and extremes: see test_calls.py."""

from __future__ import annotations

import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.calls import call
from services.calculator.decline import NoValue
from services.calculator.numbers import scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.tree import Function, UnitPower
from services.calculator.units.quantities import measure
from services.calculator.values import Value

BITS = 13_000
numbers = st.lists(st.fractions(-(10**4), 10**4, max_denominator=100), min_size=2, max_size=10)


def rationals(listed: list[Fraction]) -> list[Value]:
    return [Rational(n.numerator, n.denominator) for n in listed]


@given(numbers)
def test_variances_are_pythons(listed: list[Fraction]) -> None:
    def result(function: Function) -> Fraction:
        value = call(function, rationals(listed), BITS)
        assert isinstance(value, Rational)
        return Fraction(int(value.p), int(value.q))

    assert result(Function.VARIANCE) == statistics.variance(listed)
    assert result(Function.PVARIANCE) == statistics.pvariance(listed)


@given(numbers)
def test_deviations_are_pythons(listed: list[Fraction]) -> None:
    for function, expected in [
        (Function.STDEV, statistics.stdev(listed)),
        (Function.PSTDEV, statistics.pstdev(listed)),
    ]:
        value = call(function, rationals(listed), BITS)
        assert isinstance(value, Rational | Enclosure)
        low = scalars.enclosed(value).bounds()[0]
        assert float(low) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_deviation_of_lengths_is_a_length() -> None:
    kilometers = [measure(Integer(n), (UnitPower("kilometer"),)) for n in (2, 3, 4)]
    assert call(Function.STDEV, kilometers, BITS) == measure(Integer(1), kilometers[0].unit)


def test_a_sample_of_one_has_no_deviation_and_a_population_of_one_has() -> None:
    with pytest.raises(NoValue):
        call(Function.STDEV, [Integer(5)], BITS)
    assert call(Function.PSTDEV, [Integer(5)], BITS) == 0


def test_the_mode_is_the_most_frequent() -> None:
    assert call(Function.MODE, [Integer(n) for n in (3, 1, 3, 2, 1, 3)], BITS) == 3


@pytest.mark.parametrize("listed", [(1, 2), (1, 1, 2, 2)])
def test_there_is_no_mode_where_several_are_the_most_frequent(listed: tuple[int, ...]) -> None:
    with pytest.raises(NoValue):
        call(Function.MODE, list(map(Integer, listed)), BITS)
