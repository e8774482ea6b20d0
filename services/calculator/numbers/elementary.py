"""Elementary functions of enclosures: every result holds the true value.

Where mpmath has no interval version (arcsine and its like), the function is monotone: its values at
the two bounds, computed with 44 bits to spare and widened by 14, are bounds of the result.
A domain that the argument has certainly left is NoValue; one it may have left, Undecided.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath.libmp import mpf_asin, mpf_atan  # type: ignore[import-untyped]

from services.calculator.decline import NoValue, OverBound, Undecided
from services.calculator.numbers import enclose
from services.calculator.numbers.enclose import CONTEXT, Enclosure
from services.calculator.tree import Function

_SPARE_BITS = CONTEXT.prec + 44
_WIDER = 1 + CONTEXT.mpf([-1, 1]) * CONTEXT.mpf(2) ** -(CONTEXT.prec + 30)


def pi() -> Enclosure:
    return Enclosure(+CONTEXT.pi)


def exp(a: Enclosure, max_bits: int) -> Enclosure:
    limit = max_bits * CONTEXT.ln2
    if not (-limit.a < a.interval.a and a.interval.b < limit.a):
        raise OverBound(f"a result of more than {max_bits} bits")
    return Enclosure(CONTEXT.exp(a.interval))


def ln(a: Enclosure, _max_bits: int = 0) -> Enclosure:
    if a.interval.b <= 0:
        raise NoValue("the logarithm of a number that is not positive")
    if a.interval.a <= 0:
        raise Undecided("an argument that cannot be told from zero")
    return Enclosure(CONTEXT.log(a.interval))


def sin(a: Enclosure, _max_bits: int = 0) -> Enclosure:
    return Enclosure(CONTEXT.sin(a.interval))


def cos(a: Enclosure, _max_bits: int = 0) -> Enclosure:
    return Enclosure(CONTEXT.cos(a.interval))


def tan(a: Enclosure, max_bits: int) -> Enclosure:
    """Undecided where the cosine cannot be told from zero; the tangent has a pole there."""
    if cos(a).may_be_zero():
        raise Undecided("a tangent too near its pole")
    return Enclosure(CONTEXT.tan(a.interval))


def asin(a: Enclosure, _max_bits: int = 0) -> Enclosure:
    if a.interval.a > 1 or a.interval.b < -1:
        raise NoValue("the arcsine of a number beyond 1")
    if a.interval.b > 1 or a.interval.a < -1:
        raise Undecided("an argument that cannot be told from 1")
    return _increasing(mpf_asin, a)


def acos(a: Enclosure, _max_bits: int = 0) -> Enclosure:
    return Enclosure(CONTEXT.pi / 2 - asin(a).interval)


def atan(a: Enclosure, _max_bits: int = 0) -> Enclosure:
    return _increasing(mpf_atan, a)


def sinh(a: Enclosure, max_bits: int) -> Enclosure:
    return _halved(CONTEXT.mpf(-1), a, max_bits)


def cosh(a: Enclosure, max_bits: int) -> Enclosure:
    return _halved(CONTEXT.mpf(1), a, max_bits)


def tanh(a: Enclosure, max_bits: int) -> Enclosure:
    return enclose.divide(sinh(a, max_bits), cosh(a, max_bits), max_bits)


def absolute(a: Enclosure, _max_bits: int = 0) -> Enclosure:
    return Enclosure(abs(a.interval))


FUNCTIONS: dict[Function, Callable[[Enclosure, int], Enclosure]] = {
    Function.EXP: exp,
    Function.LN: ln,
    Function.SIN: sin,
    Function.COS: cos,
    Function.TAN: tan,
    Function.ASIN: asin,
    Function.ACOS: acos,
    Function.ATAN: atan,
    Function.SINH: sinh,
    Function.COSH: cosh,
    Function.TANH: tanh,
}


def _increasing(function: Callable[[Any, int, str], Any], a: Enclosure) -> Enclosure:
    low, high = a.interval._mpi_
    bounds = (function(low, _SPARE_BITS, "f"), function(high, _SPARE_BITS, "c"))
    return Enclosure(CONTEXT.make_mpf(bounds) * _WIDER)


def _halved(sign: Any, a: Enclosure, max_bits: int) -> Enclosure:
    """(e^a + sign * e^-a) / 2"""
    up, down = exp(a, max_bits).interval, exp(enclose.negate(a), max_bits).interval
    return Enclosure((up + sign * down) / 2)
