"""Arithmetic on enclosures: numbers that are known to lie between two bounds, for irrational powers
and for fractions whose exact form is over the bound though their size is not.

Interval arithmetic at 256 bits, so that a digit is shown only when it is certain. A result's size
(not its precision) is held within 2**-max_bits .. 2**max_bits. Modulo is not defined here: a
remainder of a rounded number may be off by the whole divisor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mpmath.ctx_iv import MPIntervalContext  # type: ignore[import-untyped]
from mpmath.libmp import to_rational  # type: ignore[import-untyped]
from sympy import Rational

from services.calculator.decline import NoValue, OverBound, Undecided

_CONTEXT = MPIntervalContext()
_CONTEXT.prec = 256  # bits; 12 digits need 40, the rest is for what cancels


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A real number between the two bounds of an mpmath interval."""

    interval: Any

    def bounds(self) -> tuple[Rational, Rational]:
        low, high = self.interval._mpi_
        return Rational(*map(int, to_rational(low))), Rational(*map(int, to_rational(high)))


def enclose(number: Rational) -> Enclosure:
    return Enclosure(_CONTEXT.mpf(number.p) / _CONTEXT.mpf(number.q))


def negate(a: Enclosure) -> Enclosure:
    return Enclosure(-a.interval)


def add(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    return _bounded(a.interval + b.interval, max_bits)


def subtract(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    return _bounded(a.interval - b.interval, max_bits)


def multiply(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    return _bounded(a.interval * b.interval, max_bits)


def divide(a: Enclosure, b: Enclosure, max_bits: int) -> Enclosure:
    if 0 in b.interval:
        raise Undecided("the divisor cannot be told from zero")
    return _bounded(a.interval / b.interval, max_bits)


def power(base: Enclosure, exponent: Enclosure, max_bits: int) -> Enclosure:
    """exp(exponent * log(base)); the size is checked on the logarithm, before exp."""
    if 0 in base.interval:
        raise Undecided("the base cannot be told from zero")
    if base.interval.b < 0:
        return _signed_power(base, exponent, max_bits)
    logarithm = exponent.interval * _CONTEXT.log(base.interval)
    limit = max_bits * _CONTEXT.ln2
    if not (-limit.a < logarithm.a and logarithm.b < limit.a):
        raise OverBound(f"a result of more than {max_bits} bits")
    return Enclosure(_CONTEXT.exp(logarithm))


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
        if mantissa and abs(exponent + bits) > max_bits:
            raise OverBound(f"a result of more than {max_bits} bits")
    return Enclosure(interval)
