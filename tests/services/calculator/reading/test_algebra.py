"""Equations, rewriting, derivatives and integrals in one unknown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("solve x^2 - 5x + 6 = 0", "solve((((x ^ 2) - (5 * x)) + 6) = 0, x)"),
        ("solve 2x + 3 = 7 for x", "solve(((2 * x) + 3) = 7, x)"),
        ("Solve for x: 3x = 12", "solve((3 * x) = 12, x)"),
        ("2x + 3 = 7", "solve(((2 * x) + 3) = 7, x)"),
        ("2y + 3 = 7", "solve(((2 * y) + 3) = 7, y)"),
        ("x + 5 = 12, what is x?", "solve((x + 5) = 12, x)"),
        ("what is x if 2x + 3 = 7", "solve(((2 * x) + 3) = 7, x)"),
        ("find x: 2x+3=7", "solve(((2 * x) + 3) = 7, x)"),
        ("solve 2x + 3 = 7, for x", "solve(((2 * x) + 3) = 7, x)"),
        ("roots of x^2 - 4", "solve(((x ^ 2) - 4) = 0, x)"),
        ("what are the roots of x^2 = 4", "solve((x ^ 2) = 4, x)"),
        ("what is the solution to x + 1 = 4", "solve((x + 1) = 4, x)"),
        ("3x(x+1) = 0", "solve(((3 * x) * (x + 1)) = 0, x)"),
        ("x² = 4", "solve((x ^ 2) = 4, x)"),
        ("5 m + 3 = 13", "solve(((5 * m) + 3) = 13, m)"),
        ("simplify (x^2 - 1)/(x - 1)", "simplify((((x ^ 2) - 1) / (x - 1)))"),
        ("expand (x+1)^3", "expand(((x + 1) ^ 3))"),
        ("factor x^2 - 1", "factor(((x ^ 2) - 1))"),
        ("factorise x^2 - 1", "factor(((x ^ 2) - 1))"),
        ("factor 60", "factor(60)"),
        ("simplify 6/8", "(6 / 8)"),
        ("derivative of x^3", "derivative 1((x ^ 3), x)"),
        ("What is the derivative of sin(x) with respect to x?", "derivative 1(sin(x), x)"),
        ("differentiate x sin(x)", "derivative 1((x * sin(x)), x)"),
        ("second derivative of x^3", "derivative 2((x ^ 3), x)"),
        ("3rd derivative of x^5", "derivative 3((x ^ 5), x)"),
        ("d/dx x^3", "derivative 1((x ^ 3), x)"),
        ("d/dt t^2", "derivative 1((t ^ 2), t)"),
        ("derivative of x^2 at x = 3", "derivative 1((x ^ 2), x) at 3"),
        ("derivative of x^2 at 3", "derivative 1((x ^ 2), x) at 3"),
        ("derivative of 5 with respect to x", "derivative 1(5, x)"),
        ("integral of x^2", "integral((x ^ 2), x)"),
        ("integral of x^2 dx", "integral((x ^ 2), x)"),
        ("∫ x dx from 0 to 1", "integral(x, x, 0, 1)"),
        ("integrate x^2 from 0 to 1", "integral((x ^ 2), x, 0, 1)"),
        ("integral of x from -1 to pi", "integral(x, x, neg(1), pi)"),
        ("integral from 0 to 1 of x^2", "integral((x ^ 2), x, 0, 1)"),
        ("integral of x from 0 to 2pi", "integral(x, x, 0, (2 * pi))"),
        ("integral from -1/2 to pi/2 of x", "integral(x, x, neg((1 / 2)), (pi / 2))"),
        ("antiderivative of sin 2x", "integral(sin((2 * x)), x)"),
    ],
)
def test_algebra_is_read(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "2x",
        "2x + 3",
        "x+1",
        "3x",
        "1 x",
        "ab = 3",
        "y",
        "x = 5",
        "-0.05 = p",
    ],
)
def test_a_letter_alone_asks_for_nothing(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "x + y = 3",
        "solve 2x = 3 for y",
        "solve x^2 - 5x + 6",
        "derivative of 5",
        "integral of y x",
        "1 = 1",
        "1+1=2",
        "x = 1 = 2",
        "derivative of x^2 at x",
        "integrate x^2 from 0 to x",
        "d/dx y^2",
        "f(2) = 4",
        "roots of 5",
        "x = 5 km",
    ],
)
def test_no_or_several_unknowns_are_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)
