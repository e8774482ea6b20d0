"""From one unit to another: exact factors, and numbers multiplied by them.

A factor is a fraction times a power of pi, so that only what crosses between degrees and radians
(and the like) stops being rational.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from sympy import Integer, Rational

from services.calculator.decline import NoValue
from services.calculator.numbers import scalars
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import MathConstant, Operator
from services.calculator.units.scales import Scale

Factor: TypeAlias = tuple[Fraction, int]
"""The fraction, and the power of pi."""


_TURNING = (("radian", 1), ("second", -1))
_FREQUENCY = (("second", -1),)


def ratio(scale: Scale, target: Scale) -> Factor:
    """How many of `target` one of `scale` is. NoValue: they measure different things.

    What turns has a frequency too: one turn a second is 1 Hz, so 3000 rpm are 50 Hz.
    """
    fraction, pi_power = scale.factor / target.factor, scale.pi_power - target.pi_power
    if scale.roots == target.roots:
        return fraction, pi_power
    if (scale.roots, target.roots) == (_TURNING, _FREQUENCY):
        return fraction / 2, pi_power - 1
    if (scale.roots, target.roots) == (_FREQUENCY, _TURNING):
        return fraction * 2, pi_power + 1
    raise NoValue("units of different dimensions")


def times(amount: Scalar, factor: Factor, max_bits: int) -> Scalar:
    fraction, pi_power = factor
    if fraction != 1:
        amount = scalars.binary(Operator.MULTIPLY, amount, rational(fraction), max_bits)
    operator = Operator.MULTIPLY if pi_power > 0 else Operator.DIVIDE
    for _ in range(abs(pi_power)):
        amount = scalars.binary(operator, amount, scalars.constant(MathConstant.PI), max_bits)
    return amount


def rational(number: Fraction) -> Rational:
    return Rational(Integer(number.numerator), Integer(number.denominator))
