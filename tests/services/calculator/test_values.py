"""Numbers, quantities and dates beside each other: what goes together, and what does not."""

from __future__ import annotations

from datetime import date

import pytest
from sympy import Integer, Rational

from services.calculator import values
from services.calculator.decline import NoValue
from services.calculator.numbers import scalars
from services.calculator.tree import Operator, UnitPower
from services.calculator.units.quantities import Quantity, measure
from services.calculator.values import Value

BITS = 1_000
MARCH, MAY = date(2024, 3, 3), date(2024, 5, 1)


def of(amount: int, unit: str) -> Quantity:
    return measure(Integer(amount), (UnitPower(unit),))


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        (Operator.ADD, Integer(2), Integer(3), Integer(5)),
        (Operator.ADD, of(2, "kilometer"), of(500, "meter"), (Rational(5, 2), "kilometer")),
        (Operator.MULTIPLY, Integer(3), of(5, "USD"), (Integer(15), "USD")),
        (Operator.DIVIDE, of(6, "kilometer"), of(2, "kilometer"), Integer(3)),
        (Operator.ADD, MARCH, of(59, "day"), MAY),
        (Operator.ADD, of(59, "day"), MARCH, MAY),
        (Operator.SUBTRACT, MAY, of(59, "day"), MARCH),
        (Operator.SUBTRACT, MAY, MARCH, (Integer(59), "day")),
        (Operator.SUBTRACT, MARCH, MAY, (Integer(-59), "day")),
    ],
)
def test_what_goes_together(
    operator: Operator, left: Value, right: Value, expected: object
) -> None:
    value = values.binary(operator, left, right, BITS)
    if isinstance(value, Quantity):
        assert (value.amount, value.unit[0].name) == expected
    else:
        assert value == expected


@pytest.mark.parametrize(
    ("operator", "left", "right"),
    [
        (Operator.ADD, MARCH, MAY),
        (Operator.ADD, MARCH, Integer(1)),
        (Operator.SUBTRACT, of(1, "day"), MARCH),
        (Operator.MULTIPLY, MARCH, Integer(2)),
        (Operator.ADD, MARCH, of(1, "kilometer")),
        (Operator.ADD, of(1, "kilometer"), Integer(1)),
        (Operator.ADD, of(1, "kilometer"), of(1, "day")),
    ],
)
def test_what_does_not(operator: Operator, left: Value, right: Value) -> None:
    with pytest.raises(NoValue):
        values.binary(operator, left, right, BITS)


def test_only_values_of_one_kind_compare() -> None:
    assert values.compare(MARCH, MAY, BITS) == -1
    assert values.compare(of(5, "kilometer"), of(3, "mile"), BITS) == 1
    assert values.compare(Integer(2), Integer(2), BITS) == 0
    for left, right in [(MARCH, Integer(1)), (of(1, "day"), Integer(1)), (MARCH, of(1, "day"))]:
        with pytest.raises(NoValue):
            values.compare(left, right, BITS)


def test_a_sign_goes_with_numbers_and_quantities_only() -> None:
    assert values.negate(Integer(2)) == -2
    negative = values.negate(of(2, "day"))
    assert isinstance(negative, Quantity)
    assert negative.amount == -2
    with pytest.raises(NoValue):
        values.negate(MARCH)


def test_a_number_is_not_taken_from_a_quantity() -> None:
    assert values.scalar(scalars.percent(Integer(5), BITS)) == Rational(1, 20)
    for value in (of(2, "day"), MARCH):
        with pytest.raises(NoValue):
            values.scalar(value)
