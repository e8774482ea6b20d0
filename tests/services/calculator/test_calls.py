"""Functions of quantities and lists: sums, means, extremes, angles."""

from __future__ import annotations

import statistics
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational, sqrt

from services.calculator.calls import call, radians
from services.calculator.decline import Declined, NoValue
from services.calculator.tree import Function, UnitPower
from services.calculator.units.quantities import Quantity, measure
from services.calculator.values import Value

BITS = 13_000
numbers = st.lists(st.fractions(-(10**6), 10**6, max_denominator=100), min_size=1, max_size=12)


def of(amount: object, unit: str) -> Quantity:
    return measure(Rational(amount), (UnitPower(unit),))


@given(numbers)
def test_lists_of_numbers_give_pythons_statistics(listed: list[Fraction]) -> None:
    def result(function: Function) -> Fraction:
        value = call(function, [Rational(n.numerator, n.denominator) for n in listed], BITS)
        assert isinstance(value, Rational)
        return Fraction(int(value.p), int(value.q))

    assert result(Function.SUM) == sum(listed)
    assert result(Function.MEAN) == statistics.mean(listed)
    assert result(Function.MEDIAN) == statistics.median(listed)
    assert result(Function.MIN) == min(listed)
    assert result(Function.MAX) == max(listed)


def test_a_product_multiplies_all() -> None:
    assert call(Function.PRODUCT, [Integer(2), Integer(3), Integer(7)], BITS) == 42


@pytest.mark.parametrize(
    ("function", "amount", "unit"),
    [
        (Function.SUM, Rational(11), "kilometer"),
        (Function.MEAN, Rational(11, 3), "kilometer"),
        (Function.MIN, Rational(1000), "meter"),
        (Function.MAX, Rational(7), "kilometer"),
        (Function.MEDIAN, Rational(3), "kilometer"),
    ],
)
def test_lists_of_quantities_are_in_the_unit_of_the_one_that_is_taken(
    function: Function, amount: Rational, unit: str
) -> None:
    listed = [of(7, "kilometer"), of(1000, "meter"), of(3, "kilometer")]
    value = call(function, listed, BITS)
    assert isinstance(value, Quantity)
    assert (value.amount, value.unit[0].name) == (amount, unit)


def test_the_latest_of_dates_is_one_of_them() -> None:
    days: list[Value] = [date(2024, 3, 3), date(2025, 1, 1), date(1999, 1, 1)]
    assert call(Function.MAX, days, BITS) == date(2025, 1, 1)


@pytest.mark.parametrize(
    ("angle", "value"), [((30, "degree"), Rational(1, 2)), ((Rational(1, 2), "turn"), Integer(0))]
)
def test_angles_stay_exact(angle: tuple[object, str], value: Rational) -> None:
    assert call(Function.SIN, [of(*angle)], BITS) == value


def test_a_plain_number_and_radians_are_the_same_angle() -> None:
    assert radians(of(3, "radian"), BITS) == 3
    root = call(Function.SIN, [of(60, "degree")], BITS)
    assert not isinstance(root, date | Quantity)
    assert root.form == sqrt(3) / 2


def test_rounding_keeps_the_unit() -> None:
    rounded = call(Function.ROUND, [of(Rational(2718, 1000), "meter"), Integer(1)], BITS)
    assert rounded == of(Rational(27, 10), "meter")
    assert call(Function.ABS, [of(-3, "meter")], BITS) == of(3, "meter")


def test_the_root_of_an_area_is_a_length() -> None:
    area = measure(Integer(25), (UnitPower("meter", 2),))
    assert call(Function.SQRT, [area], BITS) == of(5, "meter")


def test_how_often_one_quantity_goes_into_another() -> None:
    assert call(Function.QUOTIENT, [of(7, "kilometer"), of(2000, "meter")], BITS) == 3


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (Function.SIN, [of(3, "meter")]),
        (Function.LN, [of(3, "meter")]),
        (Function.SQRT, [of(3, "meter")]),
        (Function.FACTORIAL, [of(3, "meter")]),
        (Function.SUM, [of(3, "meter"), Integer(1)]),
        (Function.MAX, [of(3, "meter"), of(3, "day")]),
        (Function.LOG, [Integer(8), of(2, "meter")]),
        (Function.SQRT, [date(2024, 1, 1)]),
        (Function.MEAN, [date(2024, 1, 1), date(2024, 1, 3)]),
        (Function.SUM, []),
    ],
)
def test_functions_of_what_they_are_not_defined_for_have_no_value(
    function: Function, arguments: list[Value]
) -> None:
    with pytest.raises(NoValue):
        call(function, arguments, BITS)


@given(st.sampled_from(list(Function)), st.lists(st.fractions(-99, 99), min_size=1, max_size=3))
def test_every_function_answers_or_declines_any_numbers(
    function: Function, listed: list[Fraction]
) -> None:
    try:
        call(function, [Rational(n.numerator, n.denominator) for n in listed], BITS)
    except Declined:
        return
