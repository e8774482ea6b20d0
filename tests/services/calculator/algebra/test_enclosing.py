"""Areas and continuity, vouched for cell by cell."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, Rational, Symbol, exp, log, sqrt, tan

from services.calculator.algebra import enclosing
from services.calculator.algebra.checking import of_expression
from services.calculator.decline import Undecided

BITS = 13_000
x = Symbol("x", real=True)
A, B = Integer(0), Integer(2)


@pytest.mark.parametrize(
    ("function", "area"),
    [(x, 2), (x**2, Rational(8, 3)), (Integer(3) + 0 * x, 6), (sqrt(x), Rational(18856, 10**4))],
)
def test_the_bounds_hold_the_area_and_are_near_it(function: Expr, area: Rational) -> None:
    bounds = enclosing.area(of_expression(function, BITS), A, B, BITS)
    low, high = bounds.bounds()
    assert low <= area <= high
    assert high - low < Rational(1, 10)
    assert enclosing.overlap(Rational(area), bounds)
    assert not enclosing.overlap(Rational(area) + 1, bounds)


def test_backwards_the_area_is_negative() -> None:
    low, high = enclosing.area(of_expression(x**2, BITS), B, A, BITS).bounds()
    assert low <= Rational(-8, 3) <= high < 0


@pytest.mark.parametrize("function", [1 / (x - 1), tan(x), log(x - 1), 1 / (3 * x - 1) ** 2])
def test_a_pole_or_a_gap_is_found_wherever_it_is(function: Expr) -> None:
    with pytest.raises(Undecided):
        enclosing.area(of_expression(function, BITS), A, B, BITS)
    with pytest.raises(Undecided):
        enclosing.require_continuity(of_expression(function, BITS), A, B, BITS)


@pytest.mark.parametrize("function", [exp(x) / (x + 1), sqrt(x), 1 / (x**2 - x + 1)])
def test_a_continuous_function_is_vouched_for(function: Expr) -> None:
    enclosing.require_continuity(of_expression(function, BITS), A, B, BITS)
