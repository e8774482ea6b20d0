"""Whole expressions: equal to Python's fractions, bounded, and as deep as they come."""

from __future__ import annotations

import ast
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Rational

from services.calculator.decline import Declined, NotACalculation, NoValue, OverBound
from services.calculator.evaluate import evaluate
from services.calculator.format import number_text
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.reading.parse import parse
from services.calculator.tree import (
    Binary,
    Call,
    Compute,
    Function,
    Negate,
    Node,
    Number,
    Operator,
    Variable,
)
from services.calculator.units.quantities import Quantity
from services.calculator.values import scalar

BITS = 100_000


def tree(text: str) -> Node:
    question = parse(text)
    assert isinstance(question, Compute)
    return question.node


def value_of(text: str, bits: int = BITS) -> Scalar:
    return scalar(evaluate(tree(text), bits))


def by_python(node: ast.expr, text: str) -> Fraction:
    """The reference: Python's own grammar, computed with fractions."""
    match node:
        case ast.Constant():
            return Fraction(ast.get_source_segment(text, node) or "")
        case ast.UnaryOp(op=ast.USub()):
            return -by_python(node.operand, text)
        case ast.BinOp():
            left, right = by_python(node.left, text), by_python(node.right, text)
            return binary(node.op, left, right)
    raise AssertionError(ast.dump(node))


def binary(operator: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.Mod():
            return left % right
        case ast.Pow():
            assume(right.denominator == 1 and abs(right) <= 40)
            assume(max(left.numerator.bit_length(), left.denominator.bit_length()) < 500)
            power = left ** int(right)
            assert isinstance(power, Fraction)
            return power
    raise AssertionError(operator)


def infix(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("({})".format, inner),
        st.builds("-{}".format, inner),
        st.builds("{} % ({})".format, inner, inner),
        st.builds("({})**{}".format, inner, st.integers(-3, 4)),
        st.builds("{}**{}".format, inner, st.integers(0, 3)),
    )


numbers = st.one_of(
    st.integers(0, 10**9).map(str),
    st.builds("{}.{}".format, st.integers(0, 999), st.integers(0, 999)),
)
expressions = st.recursive(numbers, infix, max_leaves=12)


@given(expressions)
def test_random_expressions_equal_pythons_fractions(expression: str) -> None:
    text = f"{expression} + 0"  # so that a number alone is a calculation too
    try:
        expected = by_python(ast.parse(text, mode="eval").body, text)
    except ZeroDivisionError:
        with pytest.raises(NoValue):
            value_of(text)
        return
    value = value_of(text)
    assert not isinstance(value, Enclosure)
    assert Fraction(int(value.p), int(value.q)) == expected


@given(expressions, st.integers(64, 200))
def test_under_a_tight_bound_an_answer_is_still_right_or_none(text: str, bits: int) -> None:
    text = f"{text} + 0"
    try:
        value = value_of(text, bits)
    except Declined:
        return
    expected = by_python(ast.parse(text, mode="eval").body, text)
    low, high = value.bounds() if isinstance(value, Enclosure) else (value, value)
    assert Fraction(int(low.p), int(low.q)) <= expected <= Fraction(int(high.p), int(high.q))


@pytest.mark.parametrize("text", ["1/0", "1/(2-2)", "5 % 0", "0^-1", "1/0*0", "0/0", "(1/0)^0"])
def test_division_by_zero_has_no_value(text: str) -> None:
    with pytest.raises(NoValue):
        value_of(text)


@pytest.mark.parametrize("text", ["(-1)^0.5", "(-8)^(1/3)", "(-2)^(2^0.5)", "(0-2^0.5)^0.5"])
def test_a_complex_result_has_no_value(text: str) -> None:
    with pytest.raises(NoValue):
        value_of(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("4^0.5", 2), ("8^(2/3)", 4), ("(4/9)^-0.5", Rational(3, 2)), ("0^0", 1), ("9^9^0.5", 729)],
)
def test_a_rational_power_stays_exact(text: str, value: Rational) -> None:
    assert value_of(text) == value


def test_a_long_fraction_is_enclosed_and_a_long_whole_number_is_not() -> None:
    ten_years_of_days = value_of("(1 + 0.05/365)^3650", 1_000)
    assert isinstance(ten_years_of_days, Enclosure)
    low, high = ten_years_of_days.bounds()
    assert low <= Rational(7301, 7300) ** 3650 <= high
    with pytest.raises(OverBound):
        value_of("2^499 * 2^500", 1_000)


def test_a_remainder_of_an_irrational_number_is_given_when_certain() -> None:
    assert number_text(value_of("(2^0.5) % 1")) == "0.414213562373"


@pytest.mark.parametrize(
    "text",
    [
        "(((9**64)**64)**64)**64",
        "9**9**9**9",
        "9^9^9",
        "2^99999999999999999999",
        "2^-99999999999999999999",
        "0.5^99999999999999999999",
        "(1/3)^999999 * 3^999999",
        "1.5^(10^30)",
        "2^0.5^-99",
        "(2^0.5)^(10^12)",
        "10^-10^10",
        "^".join(["9"] * 500),
        "^".join(["1.9"] * 500) + "^99^99",
        "9" * 100_000 + "+1",
        "0." + "0" * 100_000 + "1+1",
        "*".join(["9^999"] * 150),
    ],
)
def test_a_value_over_the_bound_is_refused_before_it_is_computed(text: str) -> None:
    with pytest.raises(OverBound):
        value_of(text, 13_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(" * 5_000 + "1+1" + ")" * 5_000, 2),
        ("-" * 5_000 + "1+1", 2),
        ("1+" * 5_000 + "1", 5_001),
        ("(1+" * 5_000 + "1" + ")" * 5_000, 5_001),
        ("1^" * 5_000 + "1", 1),
        ("2-(" * 5_000 + "1" + ")" * 5_000, 1),
    ],
)
def test_depth_and_length_do_not_exhaust_the_stack(text: str, value: int) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sqrt(2)^2", 2),
        ("sqrt(8) / sqrt(2)", 2),
        ("sin(pi/6) + cos(60 degrees)", 1),
        ("ln(e^3)", 3),
        ("e^(2 ln(3))", 9),
        ("(1 + sqrt(2)) (1 - sqrt(2))", -1),
        ("tau - 2 pi", 0),
        ("phi^2 - phi", 1),
        ("floor(sqrt(2) * sqrt(2))", 2),
        ("log(10^200)", 200),
        ("5! / 3!", 20),
        ("gcd(12, 18) + lcm(4, 6)", 18),
        ("mean of 1, 2 and 6", 3),
        ("2e3 + 1", 2001),
        ("1e-3 * 1000", 1),
    ],
)
def test_irrational_steps_lead_back_to_exact_values(text: str, value: int) -> None:
    assert value_of(text) == value


def test_an_exponent_counts_as_digits_against_the_bound() -> None:
    assert evaluate(Number("5", 0, 3), 64) == 5_000
    assert evaluate(Number("5", 1, -3), 64) == Rational(5, 10**4)
    assert evaluate(Number("0", 0, 10**9), 64) == 0
    for exponent in (10**9, -(10**9), 10**400):
        with pytest.raises(OverBound):
            evaluate(Number("5", 0, exponent, pointed=True), 13_000)


def test_dates_and_quantities_are_values_too() -> None:
    assert evaluate(tree("3 March 2024 + 59 days"), BITS) == date(2024, 5, 1)
    length = evaluate(tree("2 km + 500 m"), BITS)
    assert isinstance(length, Quantity)
    assert length.amount == Rational(5, 2)
    speed = evaluate(tree("speed of light * 1"), BITS)
    assert isinstance(speed, Quantity)
    assert speed.amount == 299_792_458


def test_a_variable_has_the_value_it_is_given_and_none_of_its_own() -> None:
    square = Binary(Operator.POWER, Variable("x"), Number("2"))
    assert evaluate(square, BITS, Rational(3, 2)) == Rational(9, 4)
    with pytest.raises(NotACalculation):
        evaluate(square, BITS)


def test_a_function_of_nothing_is_no_calculation() -> None:
    with pytest.raises(NotACalculation):
        evaluate(Call(Function.SUM, ()), BITS)


def test_a_thousand_nested_functions_cost_no_recursion() -> None:
    node: Node = Number("2")
    for _ in range(5_000):
        node = Call(Function.ABS, (Negate(node),))
    assert evaluate(node, BITS) == 2
