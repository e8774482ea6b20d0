"""Physical constants by name: exact since 2019 where the SI defines them, else CODATA 2022.

The numbers stand in Pint's table and in definitions.txt; here is what each is called and in which
unit it is given. Single letters (c, h, G) are not names: they are units or variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from sympy import Integer

from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Unit, UnitPower
from services.calculator.units.factors import ratio, times
from services.calculator.units.quantities import Quantity, measure
from services.calculator.units.scales import scale_of, scale_of_pint

_MAX_BITS = 1_000  # more than any of them has


@dataclass(frozen=True, slots=True)
class _Constant:
    called: tuple[str, ...]
    """In lower case, apostrophes straight; "'s" is left out when looking up."""
    unit: Unit


def _unit(**powers: int) -> Unit:
    return tuple(UnitPower(name, power) for name, power in powers.items())


_CONSTANTS: dict[str, _Constant] = {
    "speed_of_light": _Constant(
        ("speed of light", "light speed", "speed of light in vacuum", "velocity of light"),
        _unit(meter=1, second=-1),
    ),
    "planck_constant": _Constant(
        ("planck constant", "planck's constant"), _unit(joule=1, second=1)
    ),
    "dirac_constant": _Constant(
        ("reduced planck constant", "reduced planck's constant", "dirac constant", "h-bar", "hbar"),
        _unit(joule=1, second=1),
    ),
    "elementary_charge": _Constant(
        ("elementary charge", "charge of an electron", "electron charge"), _unit(coulomb=1)
    ),
    "boltzmann_constant": _Constant(
        ("boltzmann constant", "boltzmann's constant"), _unit(joule=1, kelvin=-1)
    ),
    "avogadro_constant": _Constant(
        ("avogadro constant", "avogadro's constant", "avogadro number", "avogadro's number"),
        _unit(mole=-1),
    ),
    "molar_gas_constant": _Constant(
        ("gas constant", "molar gas constant", "ideal gas constant", "universal gas constant"),
        _unit(joule=1, mole=-1, kelvin=-1),
    ),
    "faraday_constant": _Constant(
        ("faraday constant", "faraday's constant"), _unit(coulomb=1, mole=-1)
    ),
    "stefan_boltzmann_constant": _Constant(
        ("stefan-boltzmann constant", "stefan boltzmann constant"),
        _unit(watt=1, meter=-2, kelvin=-4),
    ),
    "standard_gravity": _Constant(
        (
            *("standard gravity", "standard acceleration of gravity"),
            *("acceleration due to gravity", "gravitational acceleration"),
        ),
        _unit(meter=1, second=-2),
    ),
    "newtonian_constant_of_gravitation": _Constant(
        (
            *("gravitational constant", "newtonian constant of gravitation"),
            *("newton's gravitational constant", "universal gravitational constant"),
        ),
        _unit(meter=3, kilogram=-1, second=-2),
    ),
    "electron_rest_mass": _Constant(
        ("electron mass", "mass of an electron", "mass of the electron"), _unit(kilogram=1)
    ),
    "proton_mass": _Constant(
        ("proton mass", "mass of a proton", "mass of the proton"), _unit(kilogram=1)
    ),
    "neutron_mass": _Constant(
        ("neutron mass", "mass of a neutron", "mass of the neutron"), _unit(kilogram=1)
    ),
    "atomic_mass_constant": _Constant(("atomic mass constant",), _unit(kilogram=1)),
    "vacuum_permittivity": _Constant(
        (
            "vacuum permittivity",
            "permittivity of free space",
            "electric constant",
            "epsilon naught",
        ),
        _unit(farad=1, meter=-1),
    ),
    "vacuum_permeability": _Constant(
        ("vacuum permeability", "permeability of free space", "magnetic constant"),
        _unit(newton=1, ampere=-2),
    ),
    "fine_structure_constant": _Constant(
        ("fine-structure constant", "fine structure constant"), ()
    ),
    "rydberg_constant": _Constant(("rydberg constant", "rydberg's constant"), _unit(meter=-1)),
    "smallest_bohr_orbit": _Constant(("bohr radius",), _unit(meter=1)),
}


@cache
def spellings() -> Mapping[str, str]:
    """What each constant is called, in lower case, and its canonical name."""
    table = {called: name for name, constant in _CONSTANTS.items() for called in constant.called}
    # People type the other apostrophe too, or none.
    table |= {
        called.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"): name
        for called, name in table.items()
    }
    table |= {called.replace("'", ""): name for called, name in table.items()}
    return MappingProxyType(table)


def value(name: str) -> Scalar | Quantity:
    """The constant in its usual unit; a mere number for the fine-structure constant."""
    unit = _CONSTANTS[name].unit
    amount = times(Integer(1), ratio(scale_of_pint(name), scale_of(unit)), _MAX_BITS)
    return measure(amount, unit) if unit else amount
