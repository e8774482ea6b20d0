"""Equations: every real solution, or no answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import E, Expr, Rational, Symbol, log, pi, sqrt

from services.calculator.algebra.solve import Solutions, degree, solve
from services.calculator.decline import Declined, OverBound, Undecided
from services.calculator.numbers import scalars
from services.calculator.reading.parse import parse
from services.calculator.tree import Solve

BITS = 13_000
x = Symbol("x", real=True)


def solved(text: str) -> Solutions:
    question = parse(f"solve {text}")
    assert isinstance(question, Solve)
    return solve(question, BITS)


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("2x + 3 = 7", [2]),
        ("7 = 2x - 1", [4]),
        ("x^2 - 5x + 6 = 0", [2, 3]),
        ("x^2 = 2", [-sqrt(2), sqrt(2)]),
        ("x^2 + 1 = 0", []),
        ("x = x + 1", []),
        ("x^2 = 0", [0]),
        ("0.5x = 2.3", [Rational(46, 10)]),
        ("(x^2 - 1)/(x - 1) = 0", [-1]),
        ("1/x = 0", []),
        ("x + 1/x = 2", [1]),
        ("1/(x - 1) + 1/(x + 1) = 1", [1 - sqrt(2), 1 + sqrt(2)]),
        ("x^6 - 9x^3 + 8 = 0", [1, 2]),
        ("sqrt(x + 1) = 3", [8]),
        ("sqrt(x) = x - 2", [4]),
        ("sqrt(x) = -1", []),
        ("|x - 3| = 2", [1, 5]),
        ("|x| = -1", []),
        ("e^x = 5", [log(5)]),
        ("2^x = 8", [3]),
        ("e^x = -1", []),
        ("e^(2x) - 3e^x + 2 = 0", [0, log(2)]),
        ("ln(x) = 2", [E**2]),
        ("log(x) = 3", [1000]),
        ("ln(x) + ln(x - 1) = 1", [(1 + sqrt(1 + 4 * E)) / 2]),
        ("x^2 = pi", [-sqrt(pi), sqrt(pi)]),
    ],
)
def test_all_solutions_in_order(text: str, roots: list[Expr]) -> None:
    found = solved(text)
    assert not found.every
    assert [
        (root.exact - expected).expand() for root, expected in zip(found.roots, roots, strict=True)
    ] == [0] * len(roots)


@given(
    st.sets(st.integers(-12, 12), min_size=1, max_size=4),
    st.integers(1, 5),
    st.integers(-3, 3),
)
def test_polynomials_made_of_roots_give_them_back(roots: set[int], factor: int, shift: int) -> None:
    product = "*".join(f"(x - ({root}))" for root in sorted(roots))
    found = solved(f"{factor}*{product} + {shift}x = {shift}x")
    assert [root.number for root in found.roots] == sorted(roots)


@pytest.mark.parametrize("text", ["x = x", "2(x + 1) = 2x + 2", "(x + 1)^2 = x^2 + 2x + 1"])
def test_an_identity_holds_for_every_number(text: str) -> None:
    assert solved(text).every


@pytest.mark.parametrize("text", ["x/x = 1", "1/x = 1/x", "sqrt(x)^2 = x", "ln(x) = ln(x)"])
def test_an_identity_with_gaps_is_not_claimed_for_every_number(text: str) -> None:
    with pytest.raises(Undecided):
        solved(text)


@pytest.mark.parametrize(
    "text",
    [
        "sin(x) = 1/2",
        "tan(x) = x",
        "x^x = 4",
        "x^2 = 2^x",
        "|x| = x",
        "cbrt(x) = -2",
        "x^(2/3) = 4",
        "x^3 - pi x + 1 = 0",
    ],
)
def test_what_is_not_solved_whole_is_declined(text: str) -> None:
    with pytest.raises(Declined):
        solved(text)


@pytest.mark.parametrize("text", ["x^100 = 1", "(x + 1)^1000 = 0", "(x^5 + 1)^5 = 3"])
def test_a_high_degree_is_refused_before_anything_is_expanded(text: str) -> None:
    with pytest.raises(OverBound):
        solved(text)


@pytest.mark.parametrize(
    ("expression", "at_least"),
    [(x**3 + x, 3), ((x + 1) ** 5 * (x - 2), 6), (1 / x + 1 / (x + 1) + x, 3), (x ** (-7), 7)],
)
def test_the_estimate_of_the_degree_is_not_too_low(expression: Expr, at_least: int) -> None:
    assert at_least <= degree(expression) <= 20


def test_roots_of_a_badly_conditioned_polynomial_are_found() -> None:
    product = "*".join(f"(x - {root})" for root in range(1, 21))  # Wilkinson's
    found = solved(f"{product} = 1")
    near = [float(scalars.enclosed(root.number).interval.mid) for root in found.roots]
    assert near == pytest.approx(list(range(1, 21)), abs=0.1)


def test_decimal_roots_are_in_order_among_exact_ones() -> None:
    found = solved("(x^3 - x - 1)(x - 1)(x - 2) = 0")
    assert [root.exact for root in found.roots] == [1, None, 2]
    middle = scalars.enclosed(found.roots[1].number).interval.mid
    assert float(middle) == pytest.approx(1.3247179572447460)
