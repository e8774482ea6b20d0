"""What was typed decides which results are shown."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, Rational, exp, log, pi, sqrt

from services.calculator import typed
from services.calculator.reading.parse import parse
from services.calculator.tree import Compute, Node


def tree(text: str) -> Node:
    question = parse(text)
    assert isinstance(question, Compute)
    return question.node


@pytest.mark.parametrize(
    "text",
    ["0.5 + 1", "10% * 3", "3 km / 2 km", "1e5 / 3", "round(1/3, 5)", "sqrt(0.5)", "sin(0.5)"],
)
def test_decimals_percentages_and_units_ask_for_decimals(text: str) -> None:
    assert typed.wants_decimals(tree(text))


@pytest.mark.parametrize("text", ["1/3", "sqrt(8)", "2 pi", "asin(0.5)", "round(5/2)"])
def test_whole_numbers_and_ratios_of_angles_do_not(text: str) -> None:
    assert not typed.wants_decimals(tree(text))


def test_an_angle_in_degrees_rules_out_fractions_only() -> None:
    assert typed.wants_decimals(tree("sin(30°)"))
    assert not typed.wants_decimals(tree("sin(30°)"), angles_count=False)
    assert typed.wants_decimals(tree("sin(30°) * 0.5"), angles_count=False)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sqrt(2)", sqrt(2)),
        ("2^(1/2)", sqrt(2)),
        ("sqrt(2) * 2", 2 * sqrt(2)),
        ("2 pi / 3", 2 * pi / 3),
        ("pi + 1", 1 + pi),
        ("1 - sqrt(2)", 1 - sqrt(2)),
        ("-(pi)", -pi),
        ("ln(2) / ln(3)", log(2) / log(3)),
        ("e^2", exp(2)),
        ("exp(2)", exp(2)),
        ("3 / pi", 3 / pi),
        ("pi / sqrt(3) / 2 * 1", None),
        ("log(50)", log(50) / log(10)),
        ("log2(3)", log(3) / log(2)),
        ("2 pi^2", 2 * pi**2),
        ("cbrt(2)", Integer(2) ** Rational(1, 3)),
    ],
)
def test_a_form_that_was_typed_is_not_repeated(text: str, form: Expr | None) -> None:
    if form is None:
        assert not typed.repeats(tree(text), sqrt(3) * pi / 6)
    else:
        assert typed.repeats(tree(text), form)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sqrt(8)", 2 * sqrt(2)),
        ("1/sqrt(2)", sqrt(2) / 2),
        ("pi/6 * 2", pi / 3),
        ("pi * 5^2", 25 * pi),
        ("tau * 1", 2 * pi),
        ("sqrt(2) + sqrt(2)", 2 * sqrt(2)),
        ("asin(1/2)", pi / 6),
        ("2^(3/2)", 2 * sqrt(2)),
    ],
)
def test_a_form_that_says_something_new_is_no_repetition(text: str, form: Expr) -> None:
    assert not typed.repeats(tree(text), form)


def test_a_long_input_is_not_compared() -> None:
    assert not typed.repeats(tree("1+" * 200 + "pi"), 200 + pi)
