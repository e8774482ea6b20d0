"""Functions of values of any kind: sines of angles, roots of areas, rounded lengths.

Functions of plain numbers are in numbers/functions.py; this module lifts them. Functions of several
values are in aggregates.py. An angle in degrees stays exact on its way: sin(30 degrees) is the sine
of pi/6.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Integer, Rational

from services.calculator import values
from services.calculator.aggregates import AGGREGATES
from services.calculator.decline import NoValue
from services.calculator.numbers import functions, rounding, scalars
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Function, MathConstant, Operator
from services.calculator.units import quantities
from services.calculator.units.quantities import Quantity
from services.calculator.values import Value

_TRIGONOMETRIC = frozenset({Function.SIN, Function.COS, Function.TAN})
_AMOUNT_ONLY = frozenset({Function.ABS, Function.FLOOR, Function.CEIL, Function.ROUND})
_ROOTS = {Function.SQRT: Rational(1, 2), Function.CBRT: Rational(1, 3)}


def call(function: Function, arguments: Sequence[Value], max_bits: int) -> Value:
    """The function's value. NoValue: it is not defined for such arguments."""
    if not arguments:
        raise NoValue("a function of nothing")
    if function in AGGREGATES:
        return AGGREGATES[function](arguments, max_bits)
    first = arguments[0]
    if isinstance(first, Quantity):
        return _of_quantity(function, first, arguments[1:], max_bits)
    return functions.call(function, [values.scalar(a) for a in arguments], max_bits)


def radians(angle: Quantity, max_bits: int) -> Scalar:
    """The plain number a trigonometric function takes. NoValue: not an angle."""
    degrees = quantities.degrees(angle, max_bits)
    if degrees is None:
        return angle.amount
    half_turns = scalars.binary(Operator.DIVIDE, degrees, Integer(180), max_bits)
    return scalars.binary(
        Operator.MULTIPLY, half_turns, scalars.constant(MathConstant.PI), max_bits
    )


def _of_quantity(
    function: Function, quantity: Quantity, rest: Sequence[Value], max_bits: int
) -> Value:
    if function in _TRIGONOMETRIC and not rest:
        return functions.call(function, [radians(quantity, max_bits)], max_bits)
    if function in _AMOUNT_ONLY:
        numbers = [quantity.amount, *map(values.scalar, rest)]
        return quantities.measure(functions.call(function, numbers, max_bits), quantity.unit)
    if function in _ROOTS and not rest:
        return quantities.binary(Operator.POWER, quantity, _ROOTS[function], max_bits)
    if function is Function.QUOTIENT and len(rest) == 1:
        ratio = values.binary(Operator.DIVIDE, quantity, rest[0], max_bits)
        return rounding.floor(values.scalar(ratio))
    raise NoValue("a function of plain numbers, of a quantity")
