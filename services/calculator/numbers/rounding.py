"""Rounding and sign: floor, ceiling, round (half away from zero), quotient, absolute value.

Of an enclosure, only when both bounds agree: otherwise Undecided.
"""

from __future__ import annotations

from sympy import Integer, Rational

from services.calculator.decline import OverBound, Undecided
from services.calculator.numbers import elementary, enclose, scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Operator

_HALF = Rational(1, 2)


def floor(value: Scalar) -> Integer:
    if not isinstance(value, Enclosure):
        return value.floor()
    whole = enclose.floor(value)
    if whole is None:
        raise Undecided("a number that cannot be told from a whole one")
    return whole


def ceiling(value: Scalar) -> Integer:
    return -floor(scalars.negate(value))


def quotient(left: Scalar, right: Scalar, max_bits: int) -> Integer:
    return floor(scalars.binary(Operator.DIVIDE, left, right, max_bits))


def nearest(value: Scalar, places: int, max_bits: int) -> Rational:
    """`value` to `places` decimals, half away from zero; places may be negative."""
    if abs(places) * 4 > max_bits:
        raise OverBound(f"a result of more than {max_bits} bits")
    unit = Rational(1, 10**places) if places > 0 else Integer(10**-places)
    size = absolute(value)
    halves = scalars.binary(Operator.DIVIDE, size, unit, max_bits)
    rounded = floor(scalars.binary(Operator.ADD, halves, _HALF, max_bits)) * unit
    return -rounded if rounded and is_negative(value) else rounded


def absolute(value: Scalar) -> Scalar:
    if not isinstance(value, Enclosure):
        return abs(value)
    if value.interval.a >= 0:
        return value
    return scalars.negate(value) if value.interval.b <= 0 else elementary.absolute(value)


def is_negative(value: Scalar) -> bool:
    """Undecided: a number that may be on either side of zero."""
    if not isinstance(value, Enclosure):
        return bool(value < 0)
    if value.may_be_zero():
        raise Undecided("a number that cannot be told from zero")
    return bool(value.interval.b < 0)
