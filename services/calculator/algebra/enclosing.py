"""Certain bounds of the area under a function, by interval arithmetic over small cells.

The function has a value on the whole of every cell, so none has a pole or a gap in its domain: a
cell that cannot vouch for that is halved, and after eight halvings the area is declined. Every
function that algebra builds is continuous wherever it has a value.
"""

from __future__ import annotations

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
    backwards = scalars.compare(start, end, max_bits) > 0
    low, high = (end, start) if backwards else (start, end)
    a, b = scalars.enclosed(low).interval, scalars.enclosed(high).interval
    step = (b - a) / _CELLS
    total = CONTEXT.mpf(0)
    for index in range(_CELLS):
        left = a if index == 0 else a + index * step
        right = b if index == _CELLS - 1 else a + (index + 1) * step
        total += _cell(f, left, right, _HALVINGS)
    return Enclosure(-total if backwards else total)


def overlap(a: Scalar, b: Enclosure) -> bool:
    (low_a, high_a), (low_b, high_b) = scalars.enclosed(a).bounds(), b.bounds()
    return bool(low_a <= high_b and low_b <= high_a)


def _cell(f: OfOneNumber, left: Any, right: Any, halvings: int) -> Any:
    try:
        value = f(Enclosure(CONTEXT.mpf([left.a, right.b])))
        return scalars.enclosed(value).interval * (right - left)
    except Declined:
        if halvings == 0:
            raise Undecided("a function with a pole or a gap between the bounds") from None
    middle = (left + right) / 2
    return _cell(f, left, middle, halvings - 1) + _cell(f, middle, right, halvings - 1)
