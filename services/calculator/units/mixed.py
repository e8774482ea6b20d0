"""One amount in several units: 180 cm as 5 ft 10.8661417323 in, 90 minutes as 1 hour 30 minutes.

Each unit must be a whole number of the next, as feet are of inches. Not covered: kilometres and
feet, which are asked for side by side, and months and days, of which no number is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sympy import Integer, Rational

from services.calculator.decline import NoValue
from services.calculator.numbers import rounding
from services.calculator.tree import Unit
from services.calculator.units.factors import ratio
from services.calculator.units.quantities import Quantity, convert, measure
from services.calculator.units.scales import scale_of

_SIGNIFICANT_DIGITS = 12


def parts(
    quantity: Quantity, units: Sequence[Unit], decimals: int | None, max_bits: int
) -> list[Quantity]:
    """The amounts in `units`, all but the last whole; those of nothing are left out.

    Rounded before it is parted, so that no 12 inches are left over: to `decimals` of the last
    unit, or to 12 digits of what may be left in it. The sign is the first one's and holds for all.
    NoValue: a unit that is no whole number of the next one, or an amount that rounds to nothing.
    """
    sizes = [_whole_ratio(*pair) for pair in pairwise(units)]
    total = convert(quantity, units[-1], max_bits).amount
    places = max(0, _SIGNIFICANT_DIGITS - len(str(sizes[-1] - 1)))
    left = rounding.nearest(total, places if decimals is None else decimals, max_bits)
    if left == 0:
        raise NoValue("nothing to part")
    sign, left = (-1, -left) if left < 0 else (1, left)
    amounts: list[Rational] = []
    for index in range(len(sizes)):
        size = Integer(1)
        for factor in sizes[index:]:
            size *= factor
        amounts.append((left / size).floor())
        left -= amounts[-1] * size
    found = [(amount, unit) for amount, unit in zip([*amounts, left], units, strict=True) if amount]
    return [
        measure(amount if index else sign * amount, unit)
        for index, (amount, unit) in enumerate(found)
    ]


def _whole_ratio(unit: Unit, next_unit: Unit) -> int:
    """How many of the next one a unit is."""
    scale, next_scale = scale_of(unit), scale_of(next_unit)
    factor, pi_power = ratio(scale, next_scale)
    if scale.zero or next_scale.zero or pi_power or factor.denominator != 1 or factor == 1:
        raise NoValue("not a whole number of the next unit")
    return factor.numerator
