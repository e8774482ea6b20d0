"""How adding and subtracting an amount in percent is built, and walking over a tree."""

from __future__ import annotations

import pytest

from services.calculator.calculate import calculate
from services.calculator.tree import (
    ONE,
    Binary,
    Call,
    Function,
    Negate,
    Operator,
    Variable,
    variables,
    walk,
)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("200 + 10%", "220"),
        ("200 - 10%", "180"),
        ("200 + -10%", "180"),
        ("100 + 10% + 10%", "121"),
        ("200 + (10% + 5%)", "230"),
        ("200 + (10% + (5% + 1%))", "232"),
        ("100 * 2 + 10%", "220"),
    ],
)
def test_a_percentage_after_an_amount_is_a_share_of_that_amount(text: str, result: str) -> None:
    assert calculate(text, 1_000) == [result]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("10% + 5%", "0.15"),
        ("-10% + 5%", "-0.05"),
        ("10% + 5% + 1%", "0.16"),
        ("50% + 20", "20.5"),
        ("200 + 10% * 50", "205"),
        ("200 + 10%/2", "200.05"),
        ("200 * 10%", "20"),
        ("1 - 10%", "0.9"),
    ],
)
def test_elsewhere_a_percentage_is_a_hundredth(text: str, result: str) -> None:
    assert calculate(text, 1_000) == [result]


def test_walking_sees_every_node_above_before_below() -> None:
    tree = Binary(Operator.ADD, Variable("x"), Negate(Call(Function.MAX, (Variable("y"), ONE))))
    names = [type(node).__name__ for node in walk(tree)]
    assert names == ["Binary", "Variable", "Negate", "Call", "Variable", "Number"]
    assert variables(tree, Variable("z")) == {"x", "y", "z"}
