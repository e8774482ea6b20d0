"""Trees become SymPy expressions within bounds, or are declined before SymPy sees them."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Rational, Symbol, exp, log, pi, sin, sqrt

from services.calculator.algebra.build import expression
from services.calculator.decline import Declined, NotACalculation, NoValue, OverBound, Undecided
from services.calculator.reading.parse import parse
from services.calculator.tree import (
    Binary,
    Call,
    Derivative,
    Function,
    Measured,
    Node,
    Number,
    Operator,
    UnitPower,
    Variable,
    variables,
)

x = Symbol("x", real=True)
BITS = 13_000
X = Variable("x")


def tree(text: str) -> Node:
    question = parse(f"derivative of {text}")
    assert isinstance(question, Derivative)
    return question.node


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x^2 - 5x + 6", x**2 - 5 * x + 6),
        ("(x + 1)/(x - 1)", (x + 1) / (x - 1)),
        ("0.1x", x / 10),
        ("50% * x", x / 2),
        ("-x^2", -(x**2)),
        ("sqrt(x)", sqrt(x)),
        ("x^(1/3)", x ** Rational(1, 3)),
        ("e^x", exp(x)),
        ("2^x", 2**x),
        ("ln(x)", log(x)),
        ("log(x)", log(x) / log(10)),
        ("log2(x)", log(x) / log(2)),
        ("|x|", Abs(x)),
        ("sqrt(8) x", 2 * sqrt(2) * x),
        ("pi x", pi * x),
        ("sin(2x)", sin(2 * x)),
        ("5! x", 120 * x),
        ("x - x", 0),
    ],
)
def test_built_expressions(text: str, expected: Expr) -> None:
    assert expression(tree(text), "x", BITS) == expected


def test_an_angle_in_degrees_is_exact() -> None:
    angle = Measured(Number("30"), (UnitPower("degree"),))
    product = Binary(Operator.MULTIPLY, X, Call(Function.SIN, (angle,)))
    assert expression(product, "x", BITS) == x / 2


def nested(levels: int) -> Node:
    node: Node = X
    for _ in range(levels):
        node = Call(Function.SIN, (node,))
    return node


def power(base: Node, exponent: str) -> Node:
    return Binary(Operator.POWER, base, Number(exponent))


@pytest.mark.parametrize(
    "node",
    [
        nested(200),
        power(X, "1001"),
        power(X, "9" * 50),
        power(power(X, "100"), "100"),
        power(Binary(Operator.MULTIPLY, Number("12345"), X), "999"),
        Binary(Operator.MULTIPLY, X, power(Number("7"), "400")),
        tree("+".join(["x"] * 100)),
    ],
)
def test_what_is_over_the_bounds_is_refused(node: Node) -> None:
    with pytest.raises(OverBound):
        expression(node, "x", BITS)


@pytest.mark.parametrize(
    ("node", "decline"),
    [
        (Binary(Operator.MODULO, X, Number("2")), NotACalculation),
        (Call(Function.FLOOR, (X,)), NotACalculation),
        (Call(Function.FACTORIAL, (X,)), NotACalculation),
        (Call(Function.MAX, (X, Number("1"))), NotACalculation),
        (Binary(Operator.ADD, X, Variable("y")), NotACalculation),
        (Binary(Operator.DIVIDE, X, Binary(Operator.SUBTRACT, X, X)), NoValue),
        (Binary(Operator.DIVIDE, X, Number("0")), NoValue),
        (Binary(Operator.POWER, Binary(Operator.SUBTRACT, Number("1"), Number("3")), X), NoValue),
        (Call(Function.LN, (Binary(Operator.SUBTRACT, X, X),)), NoValue),
    ],
)
def test_what_algebra_has_no_rule_for_is_declined(node: Node, decline: type[Declined]) -> None:
    with pytest.raises(decline):
        expression(node, "x", BITS)


def test_a_number_without_an_exact_form_is_undecided() -> None:
    rounded = Call(Function.SIN, (Binary(Operator.DIVIDE, tree("pi x").left, Number("7")),))  # type: ignore[union-attr]
    with pytest.raises(Undecided):
        expression(Binary(Operator.MULTIPLY, X, rounded), "x", BITS)


def test_a_quantity_is_no_number_of_algebra() -> None:
    with pytest.raises(Declined):
        expression(tree("5 km * x"), "x", BITS)


def test_a_variable_is_found_at_any_depth() -> None:
    assert variables(nested(5_000)) == {"x"}
    assert variables(Number("5")) == set()
