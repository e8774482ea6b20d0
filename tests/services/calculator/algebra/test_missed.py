"""The guard against solutions that SymPy misses."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, Rational, Symbol, exp, log, sin, sqrt, tan

from services.calculator.algebra.checking import of_expression
from services.calculator.algebra.missed import has_other_root
from services.calculator.numbers.scalars import Scalar

BITS = 13_000
x = Symbol("x", real=True)


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        (x**2 - 4, [Integer(2)]),
        (exp(x) - 5, []),
        (log(x) - 2, []),
        (x - Rational(1, 100), []),
        (sqrt(x) - 25, []),
        ((x - 1) * (x - 3), [Integer(1)]),
        (x - 800, []),
        (sin(x), [Integer(0)]),
    ],
)
def test_a_missing_root_is_noticed(expression: Expr, known: list[Scalar]) -> None:
    assert has_other_root(of_expression(expression, BITS), known, BITS)


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        (x**2 - 4, [Integer(-2), Integer(2)]),
        (x**2 + 1, []),
        (1 / x, []),
        (1 / (x - 3) ** 3, []),
        (x + 1 / x - 3, [Rational(38196601125, 10**11), Rational(261803398875, 10**11)]),
    ],
)
def test_a_complete_list_and_poles_are_not_taken_for_missing(
    expression: Expr, known: list[Scalar]
) -> None:
    assert not has_other_root(of_expression(expression, BITS), known, BITS)


def test_a_tangent_has_roots_between_its_poles() -> None:
    assert has_other_root(of_expression(tan(x), BITS), [Integer(0)], BITS)
