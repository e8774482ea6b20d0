"""Functions of whole numbers: factorial, choose, permute, gcd, lcm. Bounded before computing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sympy import Integer

from services.calculator.decline import NoValue, OverBound
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar


def whole(value: Scalar) -> int:
    """NoValue: not a whole number."""
    if isinstance(value, Enclosure) or value.q != 1:
        raise NoValue("a function of whole numbers, of something else")
    return int(value.p)


def factorial(n: int, max_bits: int) -> Integer:
    if n < 0:
        raise NoValue("the factorial of a negative number")
    # log2(n!) is at least n log2(n / e).
    if n > max_bits or (n > 4 and n * math.log2(n / math.e) > max_bits):
        raise OverBound(f"a result of more than {max_bits} bits")
    return _within(math.factorial(n), max_bits)


def choose(n: int, k: int, max_bits: int) -> Integer:
    """The ways to choose k of n; none when k is over n."""
    _check_counts(n, k)
    if k > n:
        return Integer(0)
    k = min(k, n - k)
    # n choose k is at least (n / k)^k.
    if k > max_bits or (k and k * (n.bit_length() - k.bit_length() - 1) > max_bits):
        raise OverBound(f"a result of more than {max_bits} bits")
    return _within(math.comb(n, k), max_bits)


def permute(n: int, k: int, max_bits: int) -> Integer:
    """The ways to line up k of n; none when k is over n."""
    _check_counts(n, k)
    if k > n:
        return Integer(0)
    # n (n - 1) … has k factors, each but the last at least 2; k! divides it.
    if k > max_bits or (n - k + 1).bit_length() * k - k > max_bits:
        raise OverBound(f"a result of more than {max_bits} bits")
    factorial(k, max_bits)
    return _within(math.perm(n, k), max_bits)


def gcd(numbers: Sequence[int]) -> Integer:
    return Integer(math.gcd(*numbers))


def lcm(numbers: Sequence[int], max_bits: int) -> Integer:
    result = 1
    for number in numbers:
        result = math.lcm(result, number)
        _within(result, max_bits)
    return Integer(result)


def _check_counts(n: int, k: int) -> None:
    if n < 0 or k < 0:
        raise NoValue("choosing with a negative number")


def _within(result: int, max_bits: int) -> Integer:
    if result.bit_length() > max_bits:
        raise OverBound(f"a result of more than {max_bits} bits")
    return Integer(result)
