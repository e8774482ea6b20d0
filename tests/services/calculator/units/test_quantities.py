"""Arithmetic on amounts in units, and conversions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.decline import Declined, NoValue, OverBound
from services.calculator.numbers.enclose import Enclosure, enclose
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Operator, Unit, UnitPower
from services.calculator.units.catalogue import entries
from services.calculator.units.factors import times
from services.calculator.units.names import is_currency
from services.calculator.units.quantities import (
    Quantity,
    binary,
    compare,
    convert,
    degrees,
    measure,
    negate,
    same_dimension,
)
from services.calculator.units.scales import scale_of, scale_of_name

MAX_BITS = 13_000
ADD, SUBTRACT, TIMES, OVER, POWER, MOD = (
    *(Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY),
    *(Operator.DIVIDE, Operator.POWER, Operator.MODULO),
)


def unit(text: str) -> Unit:
    """ "meter second^-2" """
    parts = (part.partition("^") for part in text.split())
    return tuple(UnitPower(name, int(power or 1)) for name, _, power in parts)


def q(amount: int | str, of: str) -> Quantity:
    return measure(Rational(amount), unit(of))


def converted(quantity: Quantity, to: str) -> Scalar:
    return convert(quantity, unit(to), MAX_BITS).amount


@pytest.mark.parametrize(
    ("quantity", "to", "amount"),
    [
        (q(10, "mile"), "kilometer", "16.09344"),
        (q("98.6", "degree_Fahrenheit"), "degree_Celsius", "37"),
        (q(-40, "degree_Celsius"), "degree_Fahrenheit", "-40"),
        (q(0, "kelvin"), "degree_Fahrenheit", "-459.67"),
        (q(25, "degree_Celsius"), "kelvin", "298.15"),
        (q(1, "day"), "second", "86400"),
        (q(60, "mile_per_hour"), "meter second^-1", "26.8224"),
        (q(1, "meter^3"), "liter", "1000"),
        (q(5, "square_foot"), "meter^2", "0.4645152"),
        (q("9.8", "kilogram meter second^-2"), "newton", "9.8"),
        (q(18, "joule degree_Celsius^-1"), "joule degree_Fahrenheit^-1", "10"),
        (q(1, "turn"), "arcsecond", "1296000"),
        (q(30, "mile_per_gallon"), "mile gallon^-1", "30"),
        (q(3000, "revolutions_per_minute"), "hertz", "50"),
        (q(50, "hertz"), "revolutions_per_minute", "3000"),
    ],
)
def test_conversion_is_exact(quantity: Quantity, to: str, amount: str) -> None:
    assert converted(quantity, to) == Rational(amount)


@pytest.mark.parametrize(
    ("quantity", "to"),
    [
        (q(-300, "degree_Celsius"), "kelvin"),
        (q("-459.68", "degree_Fahrenheit"), "degree_Celsius"),
        (q(-1, "kelvin"), "degree_Celsius"),
    ],
)
def test_there_is_no_temperature_below_absolute_zero(quantity: Quantity, to: str) -> None:
    with pytest.raises(NoValue):
        convert(quantity, unit(to), MAX_BITS)


def test_radians_are_enclosed_and_come_back() -> None:
    half_turn = converted(q(180, "degree"), "radian")
    assert isinstance(half_turn, Enclosure)
    low, high = half_turn.bounds()
    assert Fraction(314159265358979, 10**14) < Fraction(int(low.p), int(low.q))
    assert Fraction(int(high.p), int(high.q)) < Fraction(314159265358980, 10**14)
    assert degrees(q(1, "turn"), MAX_BITS) == 360
    assert degrees(q(90, "arcminute"), MAX_BITS) == Rational(3, 2)
    assert degrees(q(1, "radian"), MAX_BITS) is None
    with pytest.raises(NoValue):
        degrees(q(1, "meter"), MAX_BITS)


@pytest.mark.parametrize(
    ("quantity", "to"),
    [
        (q(1, "meter"), "second"),
        (q(1, "meter"), "meter^2"),
        (q(1, "USD"), "EUR"),
        (q(1, "bit"), "radian"),
        (q(1, "degree"), "degree_Celsius"),
        (q(1, "mile_per_hour"), "mile"),
    ],
)
def test_another_dimension_has_no_value(quantity: Quantity, to: str) -> None:
    with pytest.raises(NoValue):
        converted(quantity, to)
    assert not same_dimension(quantity, measure(Integer(1), unit(to)))


NAMES = sorted(entries())
AMOUNTS = st.fractions(max_denominator=10**6).map(lambda f: Rational(f.numerator, f.denominator))


@given(AMOUNTS, st.sampled_from(NAMES), st.data())
def test_there_and_back_is_the_same(amount: Rational, name: str, data: st.DataObject) -> None:
    scale = scale_of_name(name)
    alike = [other for other in NAMES if scale_of_name(other).roots == scale.roots]
    other = data.draw(st.sampled_from(alike))
    if scale.roots == (("kelvin", 1),):
        amount = abs(amount)  # surely not below absolute zero
    there = convert(measure(amount, unit(name)), unit(other), MAX_BITS)
    back = convert(there, measure(amount, unit(name)).unit, MAX_BITS).amount
    if scale.pi_power == scale_of_name(other).pi_power:
        assert back == amount
    else:
        low, high = back.bounds() if isinstance(back, Enclosure) else (back, back)
        assert low <= amount <= high


@pytest.mark.parametrize(
    ("left", "operator", "right", "result"),
    [
        (q(2, "pound"), ADD, q(3, "kilogram"), (2 + 3 / Rational("0.45359237"), "pound")),
        (q(5, "foot"), ADD, q(3, "inch"), (Rational("5.25"), "foot")),
        (q(1, "hour"), SUBTRACT, q(90, "minute"), (Rational("-0.5"), "hour")),
        (q(20, "degree_Celsius"), ADD, q(5, "degree_Celsius"), (25, "degree_Celsius")),
        (q(17, "meter"), MOD, q(500, "centimeter"), (2, "meter")),
        (q(5, "USD"), TIMES, Integer(3), (15, "USD")),
        (Rational("0.15"), TIMES, q(80, "USD"), (12, "USD")),
        (q(100, "kilometer"), OVER, q(2, "hour"), (50, "kilometer hour^-1")),
        (q(60, "kilometer hour^-1"), TIMES, q(2, "hour"), (120, "kilometer")),
        (q(60, "mile_per_hour"), TIMES, q(30, "minute"), (30, "mile")),
        (q(3, "meter"), TIMES, q(4, "meter"), (12, "meter^2")),
        (q(3, "meter"), TIMES, q(400, "centimeter"), (12, "meter^2")),
        (q(5, "newton"), TIMES, q(2, "meter"), (10, "newton meter")),
        (q(12, "meter^2"), OVER, q(3, "meter"), (4, "meter")),
        (q(10, "USD hour^-1"), TIMES, q(90, "minute"), (15, "USD")),
        (q(5, "kilowatt_hour"), OVER, q(30, "minute"), (10, "kilowatt")),
        (q(300, "mile"), OVER, q(30, "mile_per_gallon"), (10, "gallon")),
        (Integer(1), OVER, q(4, "second"), (Rational("0.25"), "second^-1")),
        (q(3, "meter"), POWER, Integer(2), (9, "meter^2")),
        (q(16, "meter^2"), POWER, Rational(1, 2), (4, "meter")),
        (q(2, "second"), POWER, Integer(-1), (Rational("0.5"), "second^-1")),
    ],
)
def test_a_result_has_the_unit_one_expects(
    left: Scalar | Quantity,
    operator: Operator,
    right: Scalar | Quantity,
    result: tuple[Rational, str],
) -> None:
    value = binary(operator, left, right, MAX_BITS)
    assert isinstance(value, Quantity)
    assert (value.amount, value.unit) == (result[0], unit(result[1]))


@pytest.mark.parametrize(
    ("left", "operator", "right", "number"),
    [
        (q(10, "kilometer"), OVER, q(2, "kilometer"), 5),
        (q(1, "kilometer"), OVER, q(1, "meter"), 1000),
        (q(10, "meter^3"), OVER, q(2, "liter"), 5000),
        (q(60, "hertz"), TIMES, q(1, "minute"), 3600),
        (q(20, "USD"), OVER, q(5, "USD"), 4),
        (q(20, "USD kilogram^-1"), OVER, q(5, "USD kilogram^-1"), 4),
        (q(3, "meter"), POWER, Integer(0), 1),
        (Integer(2), ADD, Integer(3), 5),
    ],
)
def test_units_that_cancel_leave_a_number(
    left: Scalar | Quantity, operator: Operator, right: Scalar | Quantity, number: int
) -> None:
    assert binary(operator, left, right, MAX_BITS) == number


@pytest.mark.parametrize(
    ("left", "operator", "right"),
    [
        (q(5, "kilometer"), ADD, Integer(3)),
        (Integer(7), SUBTRACT, q(2, "hour")),
        (q(5, "kilogram"), ADD, q(3, "meter")),
        (q(5, "USD"), ADD, q(3, "EUR")),
        (q(20, "degree_Celsius"), ADD, q(68, "degree_Fahrenheit")),
        (q(300, "kelvin"), ADD, q(20, "degree_Celsius")),
        (q(20, "degree_Celsius"), TIMES, q(2, "degree_Celsius")),
        (q(20, "degree_Celsius"), OVER, q(2, "hour")),
        (q(20, "degree_Celsius"), POWER, Integer(2)),
        (q(10, "GBP"), OVER, q(5, "USD")),
        (q(10, "USD"), TIMES, q(5, "USD")),
        (q(10, "USD"), POWER, Integer(2)),
        (q(2, "meter"), POWER, Rational(1, 2)),
        (q(2, "meter"), POWER, q(2, "meter")),
        (Integer(2), POWER, q(3, "kilometer")),
        (q(2, "meter"), POWER, enclose(Integer(2))),
        (q(2, "meter"), OVER, q(0, "second")),
    ],
)
def test_what_makes_no_sense_has_no_value(
    left: Scalar | Quantity, operator: Operator, right: Scalar | Quantity
) -> None:
    with pytest.raises(NoValue):
        binary(operator, left, right, MAX_BITS)


UNITS = st.lists(
    st.builds(UnitPower, st.sampled_from(NAMES), st.integers(-3, 3).filter(bool)), max_size=3
)
VALUES = st.tuples(AMOUNTS, UNITS)


def value_of(drawn: tuple[Rational, list[UnitPower]]) -> Scalar | Quantity:
    amount, parts = drawn
    return measure(amount, tuple(parts)) if parts else amount


@given(VALUES, st.sampled_from(Operator), VALUES)
def test_any_two_values_have_a_result_or_are_declined(
    a: tuple[Rational, list[UnitPower]], operator: Operator, b: tuple[Rational, list[UnitPower]]
) -> None:
    try:
        left, right = value_of(a), value_of(b)
        value = binary(operator, left, right, 2_000)
    except Declined:
        return
    if operator in (TIMES, OVER):
        try:
            back = binary({TIMES: OVER, OVER: TIMES}[operator], value, right, 20_000)
        except NoValue:  # times zero, or per currency squared times currency: no way back
            assert scale_amount(right) == 0 or any(is_currency(p.name) for p in (*a[1], *b[1]))
            return
        if not isinstance(scale_amount(back), Enclosure):
            assert same_dimension(back, left)
            assert scale_amount(back) == scale_amount(left)


def scale_amount(value: Scalar | Quantity) -> Scalar:
    """The amount in roots, whatever the unit."""
    if not isinstance(value, Quantity):
        return value
    scale = scale_of(value.unit)
    return times(value.amount, (scale.factor, scale.pi_power), 20_000)


def test_a_unit_over_itself_is_no_unit() -> None:
    for text in ("meter meter^-1", "square_foot foot^-2"):
        with pytest.raises(NoValue):
            measure(Integer(5), unit(text))


def test_results_are_bounded() -> None:
    big = measure(Integer(2) ** 12_999, unit("kilometer"))
    with pytest.raises(OverBound):
        convert(big, unit("meter"), MAX_BITS)
    with pytest.raises(OverBound):
        binary(TIMES, big, big, MAX_BITS)
    with pytest.raises(OverBound):
        binary(POWER, q(1, "meter"), Integer(10) ** 30, MAX_BITS)
    with pytest.raises(OverBound):
        measure(Integer(1), unit("meter^1000000"))
    with pytest.raises(OverBound):
        measure(Integer(1), unit("square_foot^99"))


@given(AMOUNTS, AMOUNTS)
def test_comparison_is_that_of_the_numbers(a: Rational, b: Rational) -> None:
    left = measure(a, unit("kilometer"))
    right = convert(measure(b, unit("kilometer")), unit("mile"), MAX_BITS)
    assert compare(left, right) == bool(a > b) - bool(a < b)
    assert compare(negate(left), negate(right)) == -compare(left, right)


def test_readings_are_compared_as_readings() -> None:
    assert compare(q(0, "degree_Celsius"), q(32, "degree_Fahrenheit")) == 0
    assert compare(q(1, "degree_Celsius"), q(1, "kelvin")) == 1
    with pytest.raises(NoValue):
        compare(q(1, "meter"), Integer(1))
    with pytest.raises(NoValue):
        compare(q(1, "meter"), q(1, "second"))
    assert same_dimension(q(1, "meter"), q(1, "mile"))
    assert not same_dimension(q(1, "meter"), Integer(1))
