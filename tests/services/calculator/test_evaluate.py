"""Whole expressions: equal to Python's fractions, bounded, and as deep as they come."""

from __future__ import annotations

import ast
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Rational

from services.calculator.decline import Declined, NoValue, OverBound
from services.calculator.evaluate import evaluate
from services.calculator.format import format_value
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.reading.parse import parse

BITS = 100_000


def value_of(text: str, bits: int = BITS) -> Scalar:
    return evaluate(parse(text), bits)


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
    assert format_value(value_of("(2^0.5) % 1")) == "0.414213562373"


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
