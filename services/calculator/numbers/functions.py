"""The functions of tree.Function on scalars. Sums, means and their like, which take quantities and
dates too, are in services.calculator.aggregates.

Exact where the value is rational or has a small form (sin(pi/6), log(1000), root(27, 3)), otherwise
enclosed. Raises NoValue outside a function's domain, OverBound, Undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy
from sympy import Integer, Rational

from services.calculator.decline import NoValue
from services.calculator.numbers import elementary, exact, forms, rounding, scalars, whole
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Function, Operator

_HALF = Rational(1, 2)


def call(function: Function, arguments: Sequence[Scalar], max_bits: int) -> Scalar:
    """The function's value. NoValue also for a number of arguments that it does not take."""
    build, fewest, most = _CALLS[function]
    if not fewest <= len(arguments) <= most:
        raise NoValue("a function with more or fewer numbers than it takes")
    return build(arguments, max_bits)


def elementary_function(name: Function, value: Scalar, max_bits: int) -> Scalar:
    form = scalars.form(value, max_bits)
    image = None if form is None else forms.function(name, form)
    if image is not None and image.is_Rational:
        return image
    if image is sympy.zoo:
        raise NoValue("a pole")
    enclosure = elementary.FUNCTIONS[name](scalars.enclosed(value), max_bits)
    return scalars.known(enclosure, image, max_bits)


def root(value: Scalar, degree: Scalar, max_bits: int) -> Scalar:
    """The real root: of a negative number too, when the degree is odd. root(-8, 3) is -2."""
    exponent = scalars.binary(Operator.DIVIDE, Integer(1), degree, max_bits)
    odd = not isinstance(degree, Enclosure) and degree.q == 1 and degree.p % 2 == 1
    if odd and not scalars.is_zero(value) and rounding.is_negative(value):
        positive = scalars.binary(Operator.POWER, scalars.negate(value), exponent, max_bits)
        return scalars.negate(positive)
    return scalars.binary(Operator.POWER, value, exponent, max_bits)


def logarithm(value: Scalar, base: Scalar, max_bits: int) -> Scalar:
    """log(value) to `base`; exact when it is a whole number or one half of one."""
    if not isinstance(base, Enclosure) and base == 1:
        raise NoValue("a logarithm to the base 1")
    above = elementary_function(Function.LN, value, max_bits)
    below = elementary_function(Function.LN, base, max_bits)
    quotient = scalars.binary(Operator.DIVIDE, above, below, max_bits)
    if isinstance(value, Enclosure) or isinstance(base, Enclosure):
        return quotient
    return _rational_logarithm(value, base, quotient, max_bits) or quotient


def _rational_logarithm(
    value: Rational, base: Rational, near: Scalar, max_bits: int
) -> Rational | None:
    """The exponent near `near`, in sixtieths, that raises `base` to `value` exactly, if any."""
    if not isinstance(near, Enclosure):
        return near
    exponent: Rational = (near.bounds()[0] * 60 + _HALF).floor() / Integer(60)
    if exponent.p == 0 or abs(exponent.p) > max_bits:
        return None
    return exponent if exact.power(base, exponent, max_bits) == value else None


def _unary(name: Function) -> Callable[[Sequence[Scalar], int], Scalar]:
    return lambda arguments, max_bits: elementary_function(name, arguments[0], max_bits)


def _root(arguments: Sequence[Scalar], max_bits: int) -> Scalar:
    return root(arguments[0], arguments[1], max_bits)


def _logarithm(arguments: Sequence[Scalar], max_bits: int) -> Scalar:
    base = arguments[1] if len(arguments) > 1 else Integer(10)
    return logarithm(arguments[0], base, max_bits)


def _round(arguments: Sequence[Scalar], max_bits: int) -> Scalar:
    places = whole.whole(arguments[1]) if len(arguments) > 1 else 0
    return rounding.nearest(arguments[0], places, max_bits)


def _counted(count: Callable[[int, int, int], Scalar]) -> Callable[[Sequence[Scalar], int], Scalar]:
    return lambda arguments, max_bits: count(
        whole.whole(arguments[0]), whole.whole(arguments[1]), max_bits
    )


_MANY = 1_000

_CALLS: dict[Function, tuple[Callable[[Sequence[Scalar], int], Scalar], int, int]] = {
    **{name: (_unary(name), 1, 1) for name in elementary.FUNCTIONS},
    Function.SQRT: (lambda a, bits: scalars.binary(Operator.POWER, a[0], _HALF, bits), 1, 1),
    Function.CBRT: (lambda a, bits: root(a[0], Integer(3), bits), 1, 1),
    Function.ROOT: (_root, 2, 2),
    Function.LOG: (_logarithm, 1, 2),
    Function.LOG2: (lambda a, bits: logarithm(a[0], Integer(2), bits), 1, 1),
    Function.ABS: (lambda a, _bits: rounding.absolute(a[0]), 1, 1),
    Function.FLOOR: (lambda a, _bits: rounding.floor(a[0]), 1, 1),
    Function.CEIL: (lambda a, _bits: rounding.ceiling(a[0]), 1, 1),
    Function.ROUND: (_round, 1, 2),
    Function.QUOTIENT: (lambda a, bits: rounding.quotient(a[0], a[1], bits), 2, 2),
    Function.FACTORIAL: (lambda a, bits: whole.factorial(whole.whole(a[0]), bits), 1, 1),
    Function.CHOOSE: (_counted(whole.choose), 2, 2),
    Function.PERMUTE: (_counted(whole.permute), 2, 2),
    Function.GCD: (lambda a, _bits: whole.gcd(list(map(whole.whole, a))), 1, _MANY),
    Function.LCM: (lambda a, bits: whole.lcm(list(map(whole.whole, a)), bits), 1, _MANY),
}
