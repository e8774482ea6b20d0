"""Simplify, expand, factor: shorter or in the form asked for, and equal."""

from __future__ import annotations

import pytest
from sympy import Symbol, erf, sin, sqrt

from services.calculator.algebra.rewrite import rewrite, shortest, tidy
from services.calculator.algebra.writing import written
from services.calculator.decline import Declined, OverBound, Undecided
from services.calculator.reading.parse import parse
from services.calculator.tree import Rewriting, Simplify

BITS = 13_000
x = Symbol("x", real=True)


def rewritten(text: str) -> str:
    question = parse(text)
    assert isinstance(question, Simplify)
    return written(rewrite(question.node, "x", question.rewriting, BITS))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("simplify (x^2 - 1)/(x - 1)", "x + 1"),
        ("simplify 2x + 3x", "5*x"),
        ("simplify sin(x)^2 + cos(x)^2", "1"),
        ("simplify 1/(x+1) + 1/(x-1)", "2*x/(x^2 - 1)"),
        ("simplify sqrt(x^2)", "abs(x)"),
        ("simplify ln(e^x)", "x"),
        ("simplify (x+1)^2 - x^2", "2*x + 1"),
        ("expand (x+1)^3", "x^3 + 3*x^2 + 3*x + 1"),
        ("expand (x-2)(x+3)", "x^2 + x - 6"),
        ("factor x^2 - 1", "(x - 1)*(x + 1)"),
        ("factor x^3 - 6x^2 + 11x - 6", "(x - 3)*(x - 2)*(x - 1)"),
        ("factor 2x^2 + 4x", "2*x*(x + 2)"),
        ("factor x^2 - 2", "x^2 - 2"),
    ],
)
def test_rewritings(text: str, result: str) -> None:
    assert rewritten(text) == result


@pytest.mark.parametrize("text", ["expand (x+1)^100", "factor x^200 - 1", "simplify (x+1)^500"])
def test_a_high_degree_is_refused(text: str) -> None:
    with pytest.raises(OverBound):
        rewritten(text)


def test_what_does_not_hold_at_every_point_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.calculator.algebra.rewrite.plain", lambda _: x + 1)
    question = parse("expand (x-2)(x+3)")
    assert isinstance(question, Simplify)
    with pytest.raises(Undecided):
        rewrite(question.node, "x", Rewriting.EXPAND, BITS)


def test_the_shortest_is_the_first_of_equals_and_can_be_written() -> None:
    assert shortest([x**2 + x, erf(x), x + x**2, x**3 + 1]) == x**2 + x
    with pytest.raises(Declined):
        shortest([erf(x)])


def test_tidying_collects_over_one_denominator() -> None:
    messy = 2 * x / (x - 1) - (x**2 + 1) / (x - 1) ** 2
    assert written(tidy(messy)) == "(x^2 - 2*x - 1)/(x - 1)^2"
    assert tidy(sqrt(x) + sin(x)) == sqrt(x) + sin(x)
