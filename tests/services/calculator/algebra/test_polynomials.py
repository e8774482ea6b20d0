"""Real roots: all of them, each once, exact where there is a short form."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Expr, Poly, Rational, Symbol, sqrt

from services.calculator.algebra.polynomials import real_roots
from services.calculator.numbers import scalars

BITS = 13_000
x = Symbol("x", real=True)


def of(expression: Expr) -> Poly:
    return Poly(expression, x, domain=sympy.QQ)


def exact(expression: Expr) -> set[Expr | None]:
    return {root.exact for root in real_roots(of(expression), BITS)}


@pytest.mark.parametrize(
    ("expression", "roots"),
    [
        (2 * x - 3, {Rational(3, 2)}),
        (x**2 - 5 * x + 6, {2, 3}),
        (x**2 - 2 * x - 1, {1 - sqrt(2), 1 + sqrt(2)}),
        (x**2 + 1, set()),
        ((x - 1) ** 3, {1}),
        (x**3 - 2, {2 ** Rational(1, 3)}),
        (x**3 + 2, {-(2 ** Rational(1, 3))}),
        (x**4 - 2, {2 ** Rational(1, 4), -(2 ** Rational(1, 4))}),
        (x**4 + 2, set()),
        ((x**2 - 3) * (x + 5) * (x**2 + x + 1), {-5, sqrt(3), -sqrt(3)}),
        (x**3, {0}),
    ],
)
def test_exact_roots(expression: Expr, roots: set[Expr]) -> None:
    assert exact(expression) == roots


def test_other_roots_are_known_to_thirty_decimals() -> None:
    (root,) = real_roots(of(x**5 - x - 1), BITS)
    assert root.exact is None
    low, high = scalars.enclosed(root.number).bounds()
    assert high - low < Rational(1, 10**30)
    assert low**5 - low - 1 <= 0 <= high**5 - high - 1


@given(st.sets(st.fractions(-20, 20, max_denominator=12), min_size=1, max_size=5))
def test_the_roots_that_a_polynomial_was_made_of_are_found(roots: set[Fraction]) -> None:
    numbers = {Rational(r.numerator, r.denominator) for r in roots}
    product = sympy.expand(sympy.Mul(*(x - number for number in numbers)) * (x**2 + x + 7))
    assert exact(product) == numbers


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=7).filter(lambda c: any(c[:-1]) and c[0]))
def test_there_are_as_many_roots_as_sturms_theorem_says(coefficients: list[int]) -> None:
    polynomial = Poly(coefficients, x, domain=sympy.QQ)
    found = real_roots(polynomial, BITS)
    assert len(found) == polynomial.sqf_part().count_roots()
    for root in found:
        low, high = scalars.enclosed(root.number).bounds()
        assert polynomial.sqf_part().count_roots(low, high) == 1
