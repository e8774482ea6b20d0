"""Numbers without a unit: exact SymPy rationals as far as they go, enclosures beyond.

Covers: the six operators on any two scalars, each result bounded before it is computed. A result is
exact (Integer or Rational) unless a power is irrational, or a fraction's exact form would be over
`max_bits` while its size is not (ten years of interest compounded daily). Whole numbers are never
rounded: over the bound, they are declined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sympy import Integer, Rational

from services.calculator.decline import OverBound
from services.calculator.numbers import enclose, exact
from services.calculator.numbers.enclose import Enclosure
from services.calculator.tree import Operator

Scalar: TypeAlias = Rational | Enclosure

_EXACT: dict[Operator, Callable[[Rational, Rational, int], Rational | None]] = {
    Operator.ADD: exact.add,
    Operator.SUBTRACT: exact.subtract,
    Operator.MULTIPLY: exact.multiply,
    Operator.DIVIDE: exact.divide,
    Operator.MODULO: exact.modulo,
    Operator.POWER: exact.power,
}
_ENCLOSED: dict[Operator, Callable[[Enclosure, Enclosure, int], Enclosure]] = {
    Operator.ADD: enclose.add,
    Operator.SUBTRACT: enclose.subtract,
    Operator.MULTIPLY: enclose.multiply,
    Operator.DIVIDE: enclose.divide,
    Operator.MODULO: enclose.modulo,
    Operator.POWER: enclose.power,
}


def negate(value: Scalar) -> Scalar:
    return enclose.negate(value) if isinstance(value, Enclosure) else -value


def percent(value: Scalar, max_bits: int) -> Scalar:
    return binary(Operator.DIVIDE, value, Integer(100), max_bits)


def binary(operator: Operator, left: Scalar, right: Scalar, max_bits: int) -> Scalar:
    """`left operator right`. Raises NoValue, OverBound or Undecided."""
    if not isinstance(left, Enclosure) and not isinstance(right, Enclosure):
        try:
            value = _EXACT[operator](left, right, max_bits)
        except OverBound:
            if left.q == 1 and right.q == 1:
                raise
            value = None
        if value is not None:
            return value
    return _ENCLOSED[operator](_enclosed(left), _enclosed(right), max_bits)


def _enclosed(value: Scalar) -> Enclosure:
    return value if isinstance(value, Enclosure) else enclose.enclose(value)
