"""Amounts parted into feet and inches, hours and minutes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.decline import NoValue
from services.calculator.numbers import scalars
from services.calculator.tree import MathConstant, Unit, UnitPower
from services.calculator.units.mixed import parts
from services.calculator.units.quantities import measure

BITS = 13_000


def unit(name: str) -> Unit:
    return (UnitPower(name),)


def parted(
    amount: object, name: str, names: list[str], decimals: int | None = None
) -> list[tuple[object, str]]:
    found = parts(measure(Rational(amount), unit(name)), list(map(unit, names)), decimals, BITS)
    return [(part.amount, part.unit[0].name) for part in found]


def test_all_but_the_last_are_whole() -> None:
    assert parted(180, "centimeter", ["foot", "inch"]) == [
        (5, "foot"),
        (Rational("10.8661417323"), "inch"),
    ]
    assert parted(3661, "second", ["hour", "minute", "second"]) == [
        (1, "hour"),
        (1, "minute"),
        (1, "second"),
    ]


def test_what_there_is_none_of_is_left_out() -> None:
    assert parted(60, "minute", ["hour", "minute"]) == [(1, "hour")]
    assert parted(45, "minute", ["hour", "minute"]) == [(45, "minute")]
    assert parted(3601, "second", ["hour", "minute", "second"]) == [(1, "hour"), (1, "second")]


def test_the_sign_is_said_once_and_holds_for_all() -> None:
    assert parted(-90, "minute", ["hour", "minute"]) == [(-1, "hour"), (30, "minute")]


def test_rounding_carries_into_the_larger_unit() -> None:
    assert parted("182.87", "centimeter", ["foot", "inch"], 0) == [(6, "foot")]
    nearly = Integer(2) - Rational(1, 10**14)
    assert parted(nearly, "hour", ["hour", "minute"]) == [(2, "hour")]


@given(st.integers(1, 10**9))
def test_seconds_are_parted_as_by_divmod(seconds: int) -> None:
    minutes, left = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    amounts = [(hours, "hour"), (minutes, "minute"), (left, "second")]
    found = parted(seconds, "second", ["hour", "minute", "second"])
    assert found == [(amount, name) for amount, name in amounts if amount]


def test_an_irrational_amount_is_parted() -> None:
    angle = measure(scalars.constant(MathConstant.E), unit("hour"))
    found = parts(angle, [unit("hour"), unit("minute")], None, BITS)
    assert [part.amount for part in found] == [2, Rational("43.0969097075")]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("mile", ["kilometer", "foot"]),
        ("centimeter", ["inch", "foot"]),
        ("day", ["month", "day"]),
        ("foot", ["foot", "foot"]),
        ("foot", ["hour", "minute"]),
        ("foot", ["foot", "second"]),
        ("degree_Celsius", ["degree_Celsius", "kelvin"]),
    ],
)
def test_units_that_do_not_go_into_each_other_have_no_parts(name: str, names: list[str]) -> None:
    with pytest.raises(NoValue):
        parted(100, name, names)


def test_nothing_has_no_parts() -> None:
    with pytest.raises(NoValue):
        parted(0, "foot", ["foot", "inch"])
