"""The constants of nature against the published values (SI brochure; CODATA 2022)."""

from __future__ import annotations

import pytest
from sympy import Rational

from services.calculator.numbers.enclose import Enclosure
from services.calculator.units import constants
from services.calculator.units.names import find_unit
from services.calculator.units.quantities import Quantity

PUBLISHED = {
    "speed of light": "299792458",
    "planck's constant": "6.62607015e-34",
    "elementary charge": "1.602176634e-19",
    "boltzmann constant": "1.380649e-23",
    "avogadro's number": "6.02214076e23",
    "standard gravity": "9.80665",
    "gravitational constant": "6.67430e-11",
    "electron mass": "9.1093837139e-31",
    "proton mass": "1.67262192595e-27",
    "neutron mass": "1.67492750056e-27",
    "atomic mass constant": "1.66053906892e-27",
    "vacuum permittivity": "8.8541878188e-12",
    "vacuum permeability": "1.25663706127e-6",
    "rydberg constant": "10973731.568157",
    "bohr radius": "5.29177210544e-11",
    "fine-structure constant": "7.2973525643e-3",
    "gas constant": "8.31446261815324",
    "faraday constant": "96485.3321233100184",
}


@pytest.mark.parametrize("called", PUBLISHED)
def test_a_constant_has_its_published_value(called: str) -> None:
    value = constants.value(constants.spellings()[called])
    amount = value.amount if isinstance(value, Quantity) else value
    assert amount == Rational(PUBLISHED[called])


@pytest.mark.parametrize(
    ("called", "digits"),
    [
        ("reduced planck constant", "1.054571817e-34"),
        ("stefan-boltzmann constant", "5.670374419e-8"),
    ],
)
def test_what_has_pi_in_it_is_enclosed(called: str, digits: str) -> None:
    value = constants.value(constants.spellings()[called])
    assert isinstance(value, Quantity)
    assert isinstance(value.amount, Enclosure)
    low, high = value.amount.bounds()
    published = Rational(digits)
    assert abs(low / published - 1) < Rational("1e-9")
    assert high - low < published / 10**60


@pytest.mark.parametrize("name", sorted(set(constants.spellings().values())))
def test_every_constant_has_a_value(name: str) -> None:
    constants.value(name)


def test_spellings_are_lower_case_names_and_no_units() -> None:
    for called in constants.spellings():
        assert called == called.lower()
        assert len(called) > 3
        assert find_unit(called) is None
    assert "planck\N{RIGHT SINGLE QUOTATION MARK}s constant" in constants.spellings()
    assert "plancks constant" in constants.spellings()
