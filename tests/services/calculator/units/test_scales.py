"""The factors of units against their definitions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.calculator.tree import UnitPower
from services.calculator.units.catalogue import entries
from services.calculator.units.scales import scale_of, scale_of_name

# In metres, kilograms, seconds, cubic metres, joules, watts, pascals: from the acts and standards
# that define them, not from Pint.
DEFINED = {
    "inch": ("0.0254", "meter"),
    "foot": ("0.3048", "meter"),
    "yard": ("0.9144", "meter"),
    "mile": ("1609.344", "meter"),
    "nautical_mile": ("1852", "meter"),
    "furlong": ("201.168", "meter"),
    "fathom": ("1.8288", "meter"),
    "league": ("4828.032", "meter"),
    "astronomical_unit": ("149597870700", "meter"),
    "light_year": ("9460730472580800", "meter"),
    "angstrom": ("1e-10", "meter"),
    "pound": ("0.45359237", "kilogram"),
    "ounce": ("0.028349523125", "kilogram"),
    "stone": ("6.35029318", "kilogram"),
    "ton": ("907.18474", "kilogram"),
    "long_ton": ("1016.0469088", "kilogram"),
    "metric_ton": ("1000", "kilogram"),
    "megatonne": ("1e9", "kilogram"),
    "grain": ("0.00006479891", "kilogram"),
    "troy_ounce": ("0.0311034768", "kilogram"),
    "carat": ("0.0002", "kilogram"),
    "minute": ("60", "second"),
    "week": ("604800", "second"),
    "year": ("31557600", "second"),
    "month": ("2629800", "second"),
    "decade": ("315576000", "second"),
    "century": ("3155760000", "second"),
    "gallon": ("0.003785411784", "cubic_meter"),
    "quart": ("0.000946352946", "cubic_meter"),
    "pint": ("0.000473176473", "cubic_meter"),
    "cup": ("0.0002365882365", "cubic_meter"),
    "fluid_ounce": ("0.0000295735295625", "cubic_meter"),
    "tablespoon": ("0.00001478676478125", "cubic_meter"),
    "teaspoon": ("0.00000492892159375", "cubic_meter"),
    "imperial_gallon": ("0.00454609", "cubic_meter"),
    "imperial_pint": ("0.00056826125", "cubic_meter"),
    "oil_barrel": ("0.158987294928", "cubic_meter"),
    "liter": ("0.001", "cubic_meter"),
    "acre": ("4046.8564224", "square_meter"),
    "hectare": ("10000", "square_meter"),
    "knot": ("1.852", "kilometer_per_hour"),
    "force_pound": ("4.4482216152605", "newton"),
    "horsepower": ("745.69987158227022", "watt"),
    "metric_horsepower": ("735.49875", "watt"),
    "calorie": ("4.184", "joule"),
    "british_thermal_unit": ("1055.05585262", "joule"),
    "watt_hour": ("3600", "joule"),
    "electron_volt": ("1.602176634e-19", "joule"),
    "standard_atmosphere": ("101325", "pascal"),
    "bar": ("100000", "pascal"),
    "millimeter_Hg": ("133.322387415", "pascal"),
    "gauss": ("0.0001", "tesla"),
    "byte": ("8", "bit"),
    "kilobyte": ("1000", "byte"),
    "mebibyte": ("1048576", "byte"),
    "degree_Fahrenheit": (Fraction(5, 9), "kelvin"),
}


@pytest.mark.parametrize("name", DEFINED)
def test_the_factor_is_the_defined_one_exactly(name: str) -> None:
    factor, of = DEFINED[name]
    scale, unit = scale_of_name(name), scale_of_name(of)
    assert scale.roots == unit.roots
    assert scale.factor / unit.factor == Fraction(factor)
    assert scale.pi_power == unit.pi_power


@pytest.mark.parametrize("name", sorted(entries()))
def test_every_unit_has_an_exact_factor_and_a_dimension(name: str) -> None:
    scale = scale_of_name(name)
    assert isinstance(scale.factor, Fraction)
    assert scale.factor > 0
    assert scale.roots


@pytest.mark.parametrize("name", [name for name, entry in entries().items() if entry.made_of])
def test_a_unit_is_as_large_as_what_it_is_made_of(name: str) -> None:
    parts = tuple(UnitPower(part, power) for part, power in entries()[name].made_of)
    assert scale_of(parts) == scale_of_name(name)


def test_pi_stays_a_power() -> None:
    assert scale_of_name("degree").factor == Fraction(1, 180)
    assert scale_of_name("degree").pi_power == scale_of_name("turn").pi_power == 1
    assert scale_of_name("parsec").pi_power == -1
    assert scale_of_name("radian").pi_power == 0


def test_what_pint_takes_for_a_number_has_a_dimension_here() -> None:
    assert scale_of_name("bit").roots != scale_of_name("radian").roots


def test_zero_points_are_those_of_the_scales_of_temperature() -> None:
    assert scale_of_name("degree_Celsius").zero == Fraction("273.15")
    assert scale_of_name("degree_Fahrenheit").zero == Fraction("459.67") * 5 / 9
    assert scale_of_name("kelvin").zero == scale_of_name("degree_Rankine").zero == 0


def test_money_is_a_dimension_for_each_currency() -> None:
    assert scale_of_name("USD").roots == (("USD", 1),)
    assert scale_of_name("EUR").roots == (("EUR", 1),)


@pytest.mark.parametrize("name", ["kilometers", "__import__('os')", "2*meter", "planck_length", ""])
def test_pint_is_asked_for_no_other_name(name: str) -> None:
    with pytest.raises(KeyError):
        scale_of_name(name)
