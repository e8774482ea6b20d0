"""Comparing two functions at points: agreement, disagreement, too little in common."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, Symbol, asin, cos, exp, log, sin, sqrt

from services.calculator.algebra import checking
from services.calculator.algebra.checking import of_expression
from services.calculator.decline import Undecided
from services.calculator.numbers.enclose import enclose

BITS = 13_000
x = Symbol("x", real=True)


def compare(f: Expr, g: Expr) -> None:
    checking.require_agreement(of_expression(f, BITS), of_expression(g, BITS), BITS)


@pytest.mark.parametrize(
    ("f", "g"),
    [
        (sin(x) ** 2, 1 - cos(x) ** 2),
        ((x**2 - 1) / (x - 1), x + 1),
        (log(x**2), 2 * log(x)),  # where both have a value
    ],
)
def test_equal_functions_agree(f: Expr, g: Expr) -> None:
    compare(f, g)


@pytest.mark.parametrize(
    ("f", "g"),
    [
        (sin(x), sin(x) + Integer(10) ** -30),
        (sqrt(x**4 + 2 * x**3 + x**2), x**2 + x),
        (x**2, x**3),
        (log(x), log(-x)),
        (asin(x + 100), asin(x + 100)),
    ],
)
def test_functions_that_differ_or_never_meet_do_not(f: Expr, g: Expr) -> None:
    with pytest.raises(Undecided):
        compare(f, g)


def test_a_sign_is_told_where_there_is_one() -> None:
    f = of_expression(log(x), BITS)
    assert checking.sign(f, enclose(Integer(3))) == 1
    assert checking.sign(f, Integer(1)) is None
    assert checking.sign(f, Integer(-1)) is None
    assert checking.sign(of_expression(-exp(x), BITS), Integer(0)) == -1


def test_never_negative_is_judged_by_the_points() -> None:
    assert checking.is_never_negative(of_expression(x**2 - x + 1, BITS))
    assert checking.is_never_negative(of_expression(x + sqrt(x**2 + 1), BITS))
    assert not checking.is_never_negative(of_expression(x - 1000, BITS))
    assert not checking.is_never_negative(of_expression(x + 1000, BITS))
