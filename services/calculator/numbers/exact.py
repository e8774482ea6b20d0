"""Exact arithmetic on SymPy's rational numbers, each result's bits estimated before it is computed.

Every function takes and returns SymPy Integer or Rational and raises OverBound when the upper
estimate of the bits of numerator or denominator (before reduction) exceeds `max_bits`.
Roots and powers that are not rational are no business of this module: `power` returns None.
"""

from __future__ import annotations

import math

from sympy import Integer, Rational, integer_nthroot

from services.calculator.decline import NoValue, OverBound

_BITS_PER_DIGIT = math.log2(10)


def number(digits: str, decimals: int, max_bits: int) -> Rational:
    """digits / 10**decimals, built from Python integers; decimals may be negative: 1e5."""
    significant = digits.lstrip("0")
    if not significant:
        return Integer(0)
    length = max(len(significant) - min(decimals, 0), decimals)
    if length > max_bits:  # and might not fit a float
        raise OverBound(f"a result of more than {max_bits} bits")
    _check(int(length * _BITS_PER_DIGIT) + 1, max_bits)
    if decimals <= 0:
        return Integer(int(significant) * 10**-decimals)
    return Rational(int(significant), 10**decimals)


def add(a: Rational, b: Rational, max_bits: int) -> Rational:
    _check_sum(a, b, max_bits)
    return a + b


def subtract(a: Rational, b: Rational, max_bits: int) -> Rational:
    _check_sum(a, b, max_bits)
    return a - b


def multiply(a: Rational, b: Rational, max_bits: int) -> Rational:
    _check_product(a.p, b.p, max_bits)
    _check_product(a.q, b.q, max_bits)
    return a * b


def divide(a: Rational, b: Rational, max_bits: int) -> Rational:
    if b == 0:
        raise NoValue("division by zero")
    _check_product(a.p, b.q, max_bits)
    _check_product(a.q, b.p, max_bits)
    return a / b


def modulo(a: Rational, b: Rational, max_bits: int) -> Rational:
    """a - b * floor(a / b): the result has the sign of b, as in Python."""
    if b == 0:
        raise NoValue("modulo by zero")
    _check_sum(a, b, max_bits)
    return a % b


def power(base: Rational, exponent: Rational, max_bits: int) -> Rational | None:
    """base ** exponent, or None when the value is real but not rational. 0^0 is 1.

    NoValue: zero to a negative power, or a negative base to a fraction (even (-8)^(1/3), whose
    principal value is complex).
    """
    if base == 0 and exponent < 0:
        raise NoValue("zero to a negative power")
    if base < 0 and exponent.q != 1:
        raise NoValue("a fractional power of a negative number")
    root = _root(base, exponent.q)
    if root is None:
        return None
    times = abs(exponent.p)
    _check(_power_bits(root.p, times, max_bits), max_bits)
    _check(_power_bits(root.q, times, max_bits), max_bits)
    return root ** Integer(exponent.p)


def _root(base: Rational, degree: int) -> Rational | None:
    """The degree-th root of base >= 0 when it is rational."""
    if degree == 1 or base in (0, 1):
        return base
    above, above_is_exact = integer_nthroot(base.p, degree)
    below, below_is_exact = integer_nthroot(base.q, degree)
    return Rational(int(above), int(below)) if above_is_exact and below_is_exact else None


def _power_bits(n: int, times: int, max_bits: int) -> int:
    """Upper estimate of the bits of abs(n) ** times; any number over max_bits when it is over."""
    if abs(n) <= 1:
        return 1
    if times > max_bits:  # and might not fit a float
        return max_bits + 1
    return int(times * math.log2(abs(n))) + 1


def _check_sum(a: Rational, b: Rational, max_bits: int) -> None:
    across = max(a.p.bit_length() + b.q.bit_length(), b.p.bit_length() + a.q.bit_length())
    whole = a.q == 1 and b.q == 1
    _check(max(a.p.bit_length(), b.p.bit_length()) + 1 if whole else across + 1, max_bits)
    _check_product(a.q, b.q, max_bits)


def _check_product(m: int, n: int, max_bits: int) -> None:
    alone = abs(m) == 1 or abs(n) == 1
    bits = max(m.bit_length(), n.bit_length()) if alone else m.bit_length() + n.bit_length()
    _check(bits, max_bits)


def _check(bits: int, max_bits: int) -> None:
    if bits > max_bits:
        raise OverBound(f"a result of more than {max_bits} bits")
