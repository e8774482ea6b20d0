"""Arithmetic on enclosures: numbers that are known to lie between two bounds, for irrational powers
and for fractions whose exact form is over the bound though their size is not.

Interval arithmetic at 256 bits, so that a digit is shown only when it is certain. A result's size
(not its precision) is held within 2**-max_bits .. 2**max_bits. Functions are in elementary.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mpmath.ctx_iv import MPIntervalContext  # type: ignore[import-untyped]
from mpmath.libmp import to_rational  # type: ignore[import-untyped]
from sympy import Expr, Integer, Rational

from services.calculator.decline import NoValue, OverBound, Undecided

CONTEXT = MPIntervalContext()
CONTEXT.prec = 256  # bits; 12 digits need 40, the rest is for what cancels

_MAX_DIRECT = 1_000  # the largest exponent that is raised to by multiplying


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A real number between the two bounds of an mpmath interval.

    form: the number itself as a small SymPy expression, 2*sqrt(2) or pi/6, where it is known
    (forms.py). The functions of this module leave it out; scalars.py puts it back.
    """

    interval: Any
    form: Expr | None = None

    def bounds(self) -> tuple[Rational, Rational]:
        low, high = self.interval._mpi_
        return Rational(*map(int, to_rational(low))), Rational(*map(int, to_rational(high)))

    def may_be_zero(self) -> bool:
        return 0 in self.interval


def enclose(number: Rational) -> Enclosure:
    return Enclosure(CONTEXT.mpf(number.p) / CONTEXT.mpf(number.q))


def negate(a: Enclosure) -> Enclosure:
    return Enclosure(-a.interval)


def add(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    return _bounded(a.interval + b.interval, max_bits)


def subtract(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    return _bounded(a.interval - b.interval, max_bits)


def multiply(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    return _bounded(a.interval * b.interval, max_bits)


def divide(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    if b.may_be_zero():
        raise Undecided("the divisor cannot be told from zero")
    return _bounded(a.interval / b.interval, max_bits)


def modulo(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    """a - b * floor(a / b), where the floor is certain: else it may be off by the whole of b."""
    times = floor(divide(a, b, max_bits))
    if times is None:
        raise Undecided("a remainder of a number too near a multiple")
    return subtract(a, multiply(b, enclose(times), max_bits), max_bits)


def floor(a: Enclosure) -> Integer | None:
    """The largest whole number that is not above; None when the bounds differ in it."""
    low, high = (bound.floor() for bound in a.bounds())
    return low if low == high else None


def power(base: Enclosure, exponent: Enclosure, max_bits: int) -> Enclosure:
    """Small whole and half powers directly, others as exp(exponent * log(base)).

    The size of the latter is checked on the logarithm, before exp.
    """
    low, high = exponent.bounds()
    if low == high and low.q <= 2 and 0 < abs(low.p) <= _MAX_DIRECT:
        return _direct_power(base, low, max_bits)
    if base.may_be_zero():
        raise Undecided("the base cannot be told from zero")
    if base.interval.b < 0:
        return _signed_power(base, exponent, max_bits)
    logarithm = exponent.interval * CONTEXT.log(base.interval)
    limit = max_bits * CONTEXT.ln2
    if not (-limit.a < logarithm.a and logarithm.b < limit.a):
        raise OverBound(f"a result of more than {max_bits} bits")
    return Enclosure(CONTEXT.exp(logarithm))


def _direct_power(base: Enclosure, exponent: Rational, max_bits: int) -> Enclosure:
    interval = base.interval
    if exponent.q == 2:
        if interval.b < 0:
            raise NoValue("the square root of a negative number")
        if interval.a < 0:
            raise Undecided("the base cannot be told from a negative number")
        interval = CONTEXT.sqrt(interval)
    raised = _bounded(interval ** abs(int(exponent.p)), max_bits)
    return raised if exponent > 0 else divide(Enclosure(CONTEXT.mpf(1)), raised, max_bits)


def _signed_power(base: Enclosure, exponent: Enclosure, max_bits: int) -> Enclosure:
    """A negative base: real only when the exponent is a whole number, and known exactly."""
    low, high = exponent.bounds()
    if low != high or low.q != 1:
        raise NoValue("a fractional power of a negative number")
    size = power(negate(base), exponent, max_bits)
    return size if low.p % 2 == 0 else negate(size)


def _bounded(interval: Any, max_bits: int) -> Enclosure:
    """The mantissas are 256 bits whatever is computed; only the exponents can grow."""
    for _sign, mantissa, exponent, bits in interval._mpi_:
        if not mantissa and exponent:  # mpmath's infinities
            raise Undecided("a bound is infinite")
        if mantissa and abs(exponent + bits) > max_bits:
            raise OverBound(f"a result of more than {max_bits} bits")
    return Enclosure(interval)
