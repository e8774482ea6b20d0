"""How large a unit is: exact factors to the roots of its dimension, out of Pint's registry.

Pint is used as a table. It is given names that are in our own tables, never text to parse, and
reads decimals as fractions, so a factor is exact. pi is kept as a power beside it.

Covers: lengths and the like, temperatures' zero points, currencies (each its own dimension, unless
rates are in use). Loading takes about 0.1 s and happens at the first call.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import pint
from pint.util import UnitsContainer

from services.calculator.tree import Unit
from services.calculator.units import currency
from services.calculator.units.catalogue import entries

_PI = "pi"
_KELVIN = (("kelvin", 1),)


@dataclass(frozen=True, slots=True)
class Scale:
    """One of a unit is factor * pi**pi_power * roots; a temperature of 0 is at `zero` kelvins."""

    factor: Fraction
    pi_power: int
    roots: tuple[tuple[str, int], ...]
    """Names and powers in order of names; empty for a mere number."""
    zero: Fraction = Fraction(0)


def scale_of(unit: Unit) -> Scale:
    """The scale of a product of powers; `zero` only of a lone temperature."""
    if len(unit) == 1 and unit[0].power == 1:
        return scale_of_name(unit[0].name)
    factor, pi_power = Fraction(1), 0
    roots: Counter[str] = Counter()
    for part in unit:
        scale = scale_of_name(part.name)
        factor *= scale.factor**part.power
        pi_power += scale.pi_power * part.power
        for root, power in scale.roots:
            roots[root] += power * part.power
    return Scale(factor, pi_power, _sorted(roots))


def scale_of_name(name: str) -> Scale:
    """KeyError: not a canonical name of ours; nothing else is shown to Pint."""
    if entries()[name].currency:
        factor, root = currency.in_root(name)
        return Scale(factor, 0, ((root, 1),))
    return scale_of_pint(name)


@lru_cache(maxsize=1024)
def scale_of_pint(name: str) -> Scale:
    """The scale of a unit or constant that Pint knows, by its name there."""
    container = UnitsContainer({name: 1})
    factor, unit = registry().get_root_units(container)
    assert isinstance(factor, int | Fraction), f"{name} has no exact factor"
    roots = Counter({root: int(power) for root, power in unit._units.items()})
    pi_power = roots.pop(_PI, 0)
    ordered = _sorted(roots)
    zero = Fraction(0)
    if ordered == _KELVIN:
        kelvin = UnitsContainer({"kelvin": 1})
        zero = Fraction(registry().convert(Fraction(0), container, kelvin))
    return Scale(Fraction(factor), pi_power, ordered, zero)


def _sorted(roots: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((root, power) for root, power in roots.items() if power))


@cache
def registry() -> pint.UnitRegistry:
    """Pint's units with ours in definitions.txt, which replace its own of the same name."""
    own = Path(__file__).parent / "definitions.txt"
    loaded: pint.UnitRegistry = pint.UnitRegistry(
        None, non_int_type=Fraction, on_redefinition="ignore", cache_folder=None
    )
    loaded.load_definitions(Path(str(files("pint") / "default_en.txt")))
    loaded.load_definitions(own)
    return loaded
