"""Whether an equation has a root that a list of solutions leaves out: sign changes on a grid.

Finds simple roots between -1000 and 1000 that are not closer together than the grid; a root that
only touches zero is not seen. A pole changes the sign too: there the values grow on halving.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Rational

from services.calculator.algebra.checking import OfOneNumber, sign
from services.calculator.decline import Declined
from services.calculator.numbers import enclose, scalars
from services.calculator.numbers.scalars import Scalar

_GRID = tuple(
    Rational(n, 97)
    for n in (
        *range(-96_013, -3_000, 15_000),
        *range(-1_003, 1_003, 31),
        *range(3_013, 97_000, 15_000),
    )
)
_HALVINGS = 24


def has_other_root(f: OfOneNumber, roots: Sequence[Scalar], max_bits: int) -> bool:
    previous: tuple[Rational, int | None] | None = None
    for point in _GRID:
        here = (point, sign(f, enclose.enclose(point)))
        if previous is not None and None not in (previous[1], here[1]) and previous[1] != here[1]:
            between = [r for r in roots if _is_between(previous[0], r, point, max_bits)]
            if not between and _is_root(f, previous[0], point):
                return True
        previous = here
    return False


def _is_between(low: Rational, number: Scalar, high: Rational, max_bits: int) -> bool:
    return (
        scalars.compare(low, number, max_bits) < 0 and scalars.compare(number, high, max_bits) < 0
    )


def _is_root(f: OfOneNumber, low: Rational, high: Rational) -> bool:
    """Halves the interval of a sign change: at a root the values shrink, at a pole they grow."""
    sign_low, first = sign(f, enclose.enclose(low)), _size(f, low)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        sign_middle = sign(f, enclose.enclose(middle))
        if sign_middle is None:
            return False
        low, high = (middle, high) if sign_middle == sign_low else (low, middle)
    last = _size(f, low)
    return first is None or last is None or last < first


def _size(f: OfOneNumber, at: Rational) -> float | None:
    try:
        value = f(enclose.enclose(at))
    except Declined:
        return None
    return float(abs(scalars.enclosed(value).interval.mid))
