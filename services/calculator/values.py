"""Values of any kind - numbers, quantities, dates - and the operators between them.

Numbers are computed in numbers/, quantities in units/, dates in dates/; here it is decided which.
"""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from sympy import Integer

from services.calculator.dates import days
from services.calculator.decline import NoValue
from services.calculator.numbers import scalars
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Operator, UnitPower
from services.calculator.units import quantities
from services.calculator.units.quantities import Quantity

Value: TypeAlias = Scalar | Quantity | date

_DAYS = (UnitPower("day"),)


def binary(operator: Operator, left: Value, right: Value, max_bits: int) -> Value:
    """`left operator right`. NoValue: the kinds do not go together, 5 km + 3 or a date times 2."""
    if isinstance(left, date) or isinstance(right, date):
        return _with_date(operator, left, right)
    if isinstance(left, Quantity) or isinstance(right, Quantity):
        return quantities.binary(operator, left, right, max_bits)
    return scalars.binary(operator, left, right, max_bits)


def negate(value: Value) -> Value:
    if isinstance(value, date):
        raise NoValue("a date with a sign")
    return quantities.negate(value) if isinstance(value, Quantity) else scalars.negate(value)


def compare(left: Value, right: Value, max_bits: int) -> int:
    """-1, 0 or 1. NoValue: values of two kinds, or quantities of two dimensions."""
    if isinstance(left, date) and isinstance(right, date):
        return (left > right) - (left < right)
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        return quantities.compare(left, right, max_bits)
    return scalars.compare(scalar(left), scalar(right), max_bits)


def scalar(value: Value) -> Scalar:
    """NoValue: a quantity or a date where a number is needed."""
    if isinstance(value, Quantity | date):
        raise NoValue("a number is needed")
    return value


def _with_date(operator: Operator, left: Value, right: Value) -> Value:
    """A date plus or minus a duration, a duration plus a date, the days between two dates."""
    match operator, left, right:
        case Operator.ADD, date(), Quantity():
            return days.shift(left, right, 1)
        case Operator.ADD, Quantity(), date():
            return days.shift(right, left, 1)
        case Operator.SUBTRACT, date(), Quantity():
            return days.shift(left, right, -1)
        case Operator.SUBTRACT, date(), date():
            return quantities.measure(Integer((left - right).days), _DAYS)
    raise NoValue("dates take durations only")
