"""Quantities, conversions and money; the names are those of services.calculator.units."""

# ruff: noqa: RUF001 - the signs that look alike are the subject here

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse
from services.calculator.tree import Compute


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("10 miles in km", "[10 mile] in kilometer"),
        ("10 miles to kilometers", "[10 mile] in kilometer"),
        ("convert 10 miles to km", "[10 mile] in kilometer"),
        ("how many km are in 10 miles", "[10 mile] in kilometer"),
        ("how many km is 10 miles", "[10 mile] in kilometer"),
        ("10 miles is how many km", "[10 mile] in kilometer"),
        ("how many seconds are there in a day", "[1 day] in second"),
        ("how many cups in 2 gallons", "[2 gallon] in cup"),
        ("seconds in a day", "[1 day] in second"),
        ("number of seconds in a day", "[1 day] in second"),
        ("2 lbs plus 3 kgs", "([2 pound] + [3 kilogram])"),
        ("5 ft 3 in in cm", "([5 foot] + [3 inch]) in centimeter"),
        ("5 ft 3 in to cm", "([5 foot] + [3 inch]) in centimeter"),
        ("5 in in cm", "[5 inch] in centimeter"),
        ("10 cm in in", "[10 centimeter] in inch"),
        ("5 in² in cm²", "[5 inch^2] in centimeter^2"),
        ("10 sq ft in in²", "[10 square_foot] in inch^2"),
        ("10 sq ft in in^2", "[10 square_foot] in inch^2"),
        ("5 in³ + 1 in³", "([5 inch^3] + [1 inch^3])"),
        ("5'10\" in cm", "([5 foot] + [10 inch]) in centimeter"),
        ("5'11 in cm", "([5 foot] + [11 inch]) in centimeter"),
        ("6 foot 2 to cm", "([6 foot] + [2 inch]) in centimeter"),
        ("5 ft 11 in feet", "([5 foot] + [11 inch]) in foot"),
        ("6'2 + 5'11.5", "(([6 foot] + [2 inch]) + ([5 foot] + [115e-1p inch]))"),
        ("6 ft 2 in plus 3 in", "(([6 foot] + [2 inch]) + [3 inch])"),
        ("5ft2in in cm", "([5 foot] + [2 inch]) in centimeter"),
        ("3h20m in minutes", "([3 hour] + [20 minute]) in minute"),
        ("3 hours 20 m in minutes", "([3 hour] + [20 minute]) in minute"),
        ("1h 5m 3s in s", "(([1 hour] + [5 minute]) + [3 second]) in second"),
        ("5m 20s in s", "([5 minute] + [20 second]) in second"),
        ("5m * 20 s", "([5 meter] * [20 second])"),
        ("100 m2 in ft2", "[100 meter^2] in foot^2"),
        ("5 cm3 in liters", "[5 centimeter^3] in liter"),
        ("9.8 m/s2 * 2 s", "([98e-1p meter second^-2] * [2 second])"),
        ("1 t in kg", "[1 metric_ton] in kilogram"),
        ("60 km an hour in m/s", "[60 kilometer hour^-1] in meter second^-1"),
        ("pi/4 radians in degrees", "[(pi / 4) radian] in degree"),
        ("3pi / 4 rad in degrees", "[((3 * pi) / 4) radian] in degree"),
        ("pi/4 + 1", "((pi / 4) + 1)"),
        ("5ft3in in cm", "([5 foot] + [3 inch]) in centimeter"),
        ("-40 C in F", "[neg(40) degree_Celsius] in degree_Fahrenheit"),
        ("98.6 F in celsius", "[986e-1p degree_Fahrenheit] in degree_Celsius"),
        ("98.6 degrees fahrenheit in celsius", "[986e-1p degree_Fahrenheit] in degree_Celsius"),
        ("60 mph in m/s", "[60 mile_per_hour] in meter second^-1"),
        ("60 miles per hour in km/h", "[60 mile hour^-1] in kilometer hour^-1"),
        ("3 m * 4 m", "([3 meter] * [4 meter])"),
        ("3 m*4 m", "([3 meter] * [4 meter])"),
        ("100 km / 2 h", "([100 kilometer] / [2 hour])"),
        ("100 km/2 h", "([100 kilometer] / [2 hour])"),
        ("5 square feet in m^2", "[5 square_foot] in meter^2"),
        ("5 m² in ft²", "[5 meter^2] in foot^2"),
        ("9.8 m/s^2 * 2 s", "([98e-1p meter second^-2] * [2 second])"),
        ("9.8 m/s**2 in ft/s^2", "[98e-1p meter second^-2] in foot second^-2"),
        ("9.8 meters per second squared in ft/s²", "[98e-1p meter second^-2] in foot second^-2"),
        ("1 1/2 cups in ml", "[(1 + (1 / 2)) cup] in milliliter"),
        ("1½ cups in ml", "[(1 + (1 / 2)) cup] in milliliter"),
        ("1/4 mile in meters", "[(1 / 4) mile] in meter"),
        ("60/2 m", "[(60 / 2) meter]"),
        ("5/8 in in mm", "[(5 / 8) inch] in millimeter"),
        ("half a mile in feet", "[(1 / 2) mile] in foot"),
        ("half an hour in minutes", "[(1 / 2) hour] in minute"),
        ("a quarter of a mile in feet", "((1 / 4) * [1 mile]) in foot"),
        ("2 and a half hours in minutes", "[(2 + (1 / 2)) hour] in minute"),
        ("2 hours 30 minutes + 45 minutes", "(([2 hour] + [30 minute]) + [45 minute])"),
        ("2 hours and 30 minutes in minutes", "([2 hour] + [30 minute]) in minute"),
        ("5 min in s", "[5 minute] in second"),
        ("10^3 m in km", "[(10 ^ 3) meter] in kilometer"),
        ("5 N*m in J", "[5 newton meter] in joule"),
        ("5 km in m to 2 decimal places", "[5 kilometer] in meter to 2"),
        ("3 kg m/s^2 in N", "[3 kilogram meter second^-2] in newton"),
        ("10 pounds per square in in psi", "[10 pound inch^-2] in pound_force_per_square_inch"),
        ("1 cup = how many ml", "[1 cup] in milliliter"),
        ("3 mW in W", "[3 milliwatt] in watt"),
        ("3 MW in W", "[3 megawatt] in watt"),
    ],
)
def test_measures_are_read(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("$25 + $17", "([25 USD] + [17 USD])"),
        ("$5 * 3", "([5 USD] * 3)"),
        ("15% of $80", "(pct(15) * [80 USD])"),
        ("$1,234.56 * 3", "([123456e-2p USD] * 3)"),
        ("$2.5 million / 4", "([25e5p USD] / 4)"),
        ("€20 + €5", "([20 EUR] + [5 EUR])"),
        ("20 dollars plus 15 dollars", "([20 USD] + [15 USD])"),
        ("$100 - 20%", "([100 USD] * (1 - pct(20)))"),
        ("-$5 + $7", "([neg(5) USD] + [7 USD])"),
        ("$(2+3) * 2", "([(2 + 3) USD] * 2)"),
        ("$10/hour * 8 hours", "([10 USD hour^-1] * [8 hour])"),
        ("$10 an hour * 8 hours", "([10 USD hour^-1] * [8 hour])"),
        ("$3.50 per gallon * 2 gallons", "([350e-2p USD gallon^-1] * [2 gallon])"),
        ("$20 / $5", "([20 USD] / [5 USD])"),
        ("$100/2 h", "([100 USD] / [2 hour])"),
        ("$10/2", "([10 USD] / 2)"),
        ("100 USD in EUR", "[100 USD] in EUR"),
        ("EUR 25 + 5 EUR", "([25 EUR] + [5 EUR])"),
    ],
)
def test_money_is_read(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "5 km",
        "-5 km",
        "5 ft 3 in",
        "2 hours and 30 minutes",
        "$42",
        "a day",
        "$10/hour",
        "5'11",
        "6 foot 2",
        "3h 20m",
        "100 m2",
        "km",
        "What is 5 km?",
        "Pi day",
        "-pi km",
        "half an hour",
        "1/4 mile",
        "30°",
    ],
)
def test_a_lone_measure_asks_for_nothing(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "10 in km",
        "5 in cm",
        "10 miles in",
        "5 in in",
        "10 miles in kilograms in km",
        "20 km at 5 km/h",
        "3 miles 5",
        "2 in 1",
        "How many apples are in 5 dozen?",
        "How many days are in 2024?",
        "10 xyz in km",
        "5'12 in cm",
        "5 m 2 in cm",
        "3h 20 m/s",
        "$5 a",
        "3K in C",
        "5 ｋｍ in m",
    ],
)
def test_units_that_do_not_fit_are_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize(
    ("text", "unit", "further"),
    [
        ("180 cm in feet and inches", ["foot"], [["inch"]]),
        ("180 cm to ft and in", ["foot"], [["inch"]]),
        ("5000 s in hours, minutes and seconds", ["hour"], [["minute"], ["second"]]),
        ("5000 s in hours, minutes, and seconds", ["hour"], [["minute"], ["second"]]),
        ("how many feet and inches are in 180 cm", ["foot"], [["inch"]]),
        ("180 cm in feet", ["foot"], []),
    ],
)
def test_several_units_may_be_asked_for(
    text: str, unit: list[str], further: list[list[str]]
) -> None:
    question = parse(text)
    assert isinstance(question, Compute)
    assert question.unit is not None
    assert [factor.name for factor in question.unit] == unit
    assert [[factor.name for factor in one] for one in question.further] == further
