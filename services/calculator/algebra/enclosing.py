"""Certain bounds of the area under a function, by interval arithmetic over small cells.

The function has a value on the whole of every cell, so none has a pole or a gap in its domain: a
cell that cannot vouch for that is halved, and after eight halvings the area is declined. Every
function that algebra builds is continuous wherever it has a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from services.calculator.algebra.checking import OfOneNumber
from services.calculator.decline import Declined, Undecided
from services.calculator.numbers import scalars
from services.calculator.numbers.enclose import CONTEXT, Enclosure
from services.calculator.numbers.scalars import Scalar

_CELLS = 96
_HALVINGS = 8


def area(f: OfOneNumber, start: Scalar, end: Scalar, max_bits: int) -> Enclosure:
    """Bounds of the integral of f from start to end, negative when end is before start."""
    total = sum((_area_of(f, *cell) for cell in _cells(start, end, max_bits)), CONTEXT.mpf(0))
    return Enclosure(-total if scalars.compare(start, end, max_bits) > 0 else total)


def require_continuity(f: OfOneNumber, start: Scalar, end: Scalar, max_bits: int) -> None:
    """Undecided: f may have a pole, a jump or a gap between start and end."""
    for cell in _cells(start, end, max_bits):
        _area_of(f, *cell)


def overlap(a: Scalar, b: Enclosure) -> bool:
    (low_a, high_a), (low_b, high_b) = scalars.enclosed(a).bounds(), b.bounds()
    return bool(low_a <= high_b and low_b <= high_a)


def _cells(start: Scalar, end: Scalar, max_bits: int) -> Iterator[tuple[Any, Any, int]]:
    """Left end, right end and the halvings left, from the lower bound to the higher."""
    backwards = scalars.compare(start, end, max_bits) > 0
    low, high = (end, start) if backwards else (start, end)
    a, b = scalars.enclosed(low).interval, scalars.enclosed(high).interval
    step = (b - a) / _CELLS
    ends = [a, *(a + index * step for index in range(1, _CELLS)), b]
    return ((left, right, _HALVINGS) for left, right in pairwise(ends))


def _area_of(f: OfOneNumber, left: Any, right: Any, halvings: int) -> Any:
    try:
        value = f(Enclosure(CONTEXT.mpf([left.a, right.b])))
        return scalars.enclosed(value).interval * (right - left)
    except Declined:
        if halvings == 0:
            raise Undecided("a function with a pole or a gap between the bounds") from None
    middle = (left + right) / 2
    halves = ((left, middle), (middle, right))
    return sum((_area_of(f, *half, halvings - 1) for half in halves), CONTEXT.mpf(0))
