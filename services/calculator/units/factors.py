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


def ratio(scale: Scale, target: Scale) -> Factor:
    """How many of `target` one of `scale` is. NoValue: they measure different things."""
    if scale.roots != target.roots:
        raise NoValue("units of different dimensions")
    return scale.factor / target.factor, scale.pi_power - target.pi_power


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
