"""Numbers without a unit: exact SymPy rationals as far as they go, enclosures beyond.

Covers: the six operators on any two scalars, each result bounded before it is computed. A result is
exact (Integer or Rational) unless it is irrational, or a fraction's exact form would be over
`max_bits` while its size is not (ten years of interest compounded daily). Whole numbers are never
rounded: over the bound, they are declined. An irrational number keeps its exact form while that is
small (forms.py), so sqrt(2) * sqrt(2) is 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sympy import Expr, Integer, Rational

from services.calculator.decline import NoValue, OverBound, Undecided
from services.calculator.numbers import elementary, enclose, exact, forms
from services.calculator.numbers.enclose import Enclosure
from services.calculator.tree import MathConstant, Operator

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


def constant(name: MathConstant) -> Scalar:
    one = enclose.enclose(Integer(1))
    match name:
        case MathConstant.PI:
            return Enclosure(elementary.pi().interval, forms.PI)
        case MathConstant.TAU:
            return Enclosure(2 * elementary.pi().interval, 2 * forms.PI)
        case MathConstant.E:
            return Enclosure(elementary.exp(one, 64).interval, forms.E)
        case MathConstant.PHI:
            root = enclose.CONTEXT.sqrt(enclose.CONTEXT.mpf(5))
            return Enclosure((1 + root) / 2, forms.PHI)


def negate(value: Scalar) -> Scalar:
    if not isinstance(value, Enclosure):
        return -value
    form = None if value.form is None else -value.form
    return Enclosure(enclose.negate(value).interval, form)


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
    elif (value := _trivial(operator, left, right)) is not None:
        return value
    enclosure = _ENCLOSED[operator](enclosed(left), enclosed(right), max_bits)
    above, below = form(left, max_bits), form(right, max_bits)
    if above is None or below is None:
        return enclosure
    return known(enclosure, forms.binary(operator, above, below), max_bits)


def _trivial(operator: Operator, left: Scalar, right: Scalar) -> Scalar | None:
    """What no rounding can spoil: zero times and zero to a number, a number to zero and one."""
    if operator is Operator.MULTIPLY and (is_zero(left) or is_zero(right)):
        return Integer(0)
    if operator is Operator.DIVIDE and is_zero(right):
        raise NoValue("division by zero")
    if operator is Operator.DIVIDE and is_zero(left) and not enclosed(right).may_be_zero():
        return Integer(0)
    if operator is Operator.POWER and is_zero(left) and enclosed(right).interval.a > 0:
        return Integer(0)
    if operator is Operator.POWER and is_zero(right):
        return Integer(1)
    return None


def known(enclosure: Enclosure, shape: Expr | None, max_bits: int) -> Scalar:
    """The number in `enclosure` whose form is `shape`: exact when that is rational."""
    shape = forms.small(shape, max_bits)
    if shape is None:
        return Enclosure(enclosure.interval)
    if shape.is_Rational:
        return shape
    if enclosure.may_be_zero() and forms.is_zero(shape):
        return Integer(0)
    return Enclosure(enclosure.interval, shape)


def form(value: Scalar, max_bits: int) -> Expr | None:
    """The exact form of a number, where it is small."""
    return value.form if isinstance(value, Enclosure) else forms.small(value, max_bits)


def enclosed(value: Scalar) -> Enclosure:
    return value if isinstance(value, Enclosure) else enclose.enclose(value)


def is_zero(value: Scalar) -> bool:
    return not isinstance(value, Enclosure) and value == 0


def compare(left: Scalar, right: Scalar, max_bits: int) -> int:
    """-1, 0 or 1 as left is less than, equal to or greater than right. Undecided when too near."""
    difference = binary(Operator.SUBTRACT, left, right, max_bits)
    if not isinstance(difference, Enclosure):
        return int(difference.p > 0) - int(difference.p < 0)
    if difference.may_be_zero():
        raise Undecided("two numbers that cannot be told apart")
    return 1 if difference.interval.a > 0 else -1
