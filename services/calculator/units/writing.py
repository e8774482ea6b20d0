"""Amounts with their units, as people write them.

16.09344 km   37 °C   30°   12 m²   120 km/h   10 N·m   0.5/s   6.6743e-11 m³/(kg·s²)
1 day   86400 seconds   3 cups                     words, for units without a common symbol
$42   $7.50   -$5   ¥1500   14.75 CHF   $15/h
"""

from __future__ import annotations

from services.calculator.tree import Unit
from services.calculator.units.catalogue import entries

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SIGNS = frozenset("$€£¥")
_CLOSE = frozenset("°")


def written(amount: str, unit: Unit, *, is_one: bool) -> str:
    """`amount`, a number in digits, with its unit. is_one: the amount is 1, for "1 day"."""
    first = entries()[unit[0].name]
    if first.currency and unit[0].power == 1:
        return _money(amount, first.symbol or first.name) + _product(unit[1:], leading=False)
    if len(unit) == 1 and unit[0].power == 1:
        if first.words_alone:
            return f"{amount} {first.singular if is_one else first.plural}"
        gap = "" if first.symbol in _CLOSE else " "
        return f"{amount}{gap}{first.symbol}"
    return amount + _product(unit, leading=True)


def _money(amount: str, symbol: str) -> str:
    whole, point, decimals = amount.partition(".")
    if point and len(decimals) == 1:
        amount = f"{whole}.{decimals}0"
    if symbol not in _SIGNS:
        return f"{amount} {symbol}"
    return f"-{symbol}{amount[1:]}" if amount.startswith("-") else symbol + amount


def _product(unit: Unit, *, leading: bool) -> str:
    """The factors after the amount: " km/h", "/s"; leading: with a space before a numerator."""
    above = [_factor(part.name, part.power) for part in unit if part.power > 0]
    below = [_factor(part.name, -part.power) for part in unit if part.power < 0]
    text = (" " if leading and above else "·" if above else "") + "·".join(above)
    if below:
        joined = "·".join(below)
        text += f"/({joined})" if len(below) > 1 else f"/{joined}"
    return text


def _factor(name: str, power: int) -> str:
    entry = entries()[name]
    symbol = entry.symbol if entry.symbol is not None and not entry.currency else entry.singular
    return symbol + (str(power).translate(_SUPERSCRIPTS) if power > 1 else "")
