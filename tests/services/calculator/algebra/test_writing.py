"""Written expressions read as people write them, and read back as the same expression."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, E, Expr, Integer, Pow, Rational, Symbol, cos, exp, log, pi, sin, sqrt

from services.calculator.algebra import checking
from services.calculator.algebra.writing import written
from services.calculator.decline import NoValue, OverBound
from services.calculator.reading.parse import parse
from services.calculator.tree import Derivative

x = Symbol("x", real=True)
BITS = 13_000


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (3 * x**2, "3*x^2"),
        (sqrt(2) / 2, "sqrt(2)/2"),
        (sqrt(2) - 1, "sqrt(2) - 1"),
        (1 - sqrt(2), "1 - sqrt(2)"),
        ((1 + sqrt(5)) / 2, "(1 + sqrt(5))/2"),
        (sqrt(6) / 4 - sqrt(2) / 4, "(sqrt(6) - sqrt(2))/4"),
        (exp(-x), "e^(-x)"),
        (exp(Integer(1)), "e"),
        (exp(Rational(1, 2)), "sqrt(e)"),
        (E**2, "e^2"),
        (1 / x, "1/x"),
        (1 / (x * (x + 1)), "1/(x*(x + 1))"),
        (-3 / (2 * x), "-3/(2*x)"),
        (3 * x - x**2 - 1, "-x^2 + 3*x - 1"),
        (x ** Rational(3, 2), "x^(3/2)"),
        (1 / sqrt(x), "1/sqrt(x)"),
        (exp(x**2) * sin(x) ** 2, "e^(x^2)*sin(x)^2"),
        (log(Abs(x)), "ln(abs(x))"),
        ((x - 1) * (x + 1), "(x - 1)*(x + 1)"),
        (-(2 ** Rational(1, 3)), "-2^(1/3)"),
        (Rational(2, 3) * pi, "2*pi/3"),
        (Pow(Rational(2, 3), x), "(2/3)^x"),
        (Pow(2, sqrt(2)), "2^sqrt(2)"),
        (x / 2 + sin(2 * x) / 4, "x/2 + sin(2*x)/4"),
        (Integer(-5), "-5"),
        (Rational(-5, 7), "-5/7"),
    ],
)
def test_texts(expression: Expr, text: str) -> None:
    assert written(expression) == text


leaves = st.sampled_from([x, x, Integer(2), Integer(-3), Rational(1, 2), Rational(-2, 3), pi])
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a / (b**2 + 1), inner, inner),
        st.builds(Pow, inner, st.integers(0, 3)),
        st.builds(sin, inner),
        st.builds(lambda a: exp(-a), inner),
        st.builds(lambda a: sqrt(a**2 + 2), inner),
        st.builds(lambda a: log(Abs(a) + 1), inner),
    ),
    max_leaves=6,
)


@given(expressions)
def test_a_text_reads_back_as_the_same_expression(expression: Expr) -> None:
    try:
        text = written(expression)
        question = parse(f"derivative of ({text}) + x")  # any question with an unknown
        assert isinstance(question, Derivative)
        f = checking.of_tree(question.node, BITS)
    except OverBound:
        return
    checking.require_agreement(f, checking.of_expression(expression + x, BITS), BITS)


@pytest.mark.parametrize(
    "expression",
    [
        sympy.erf(x),
        sympy.I,
        sympy.zoo,
        sympy.Piecewise((x, x > 0), (0, True)),
        sympy.Integral(x**x, x),
        sympy.LambertW(x),
        sympy.Float("0.5"),
    ],
)
def test_what_the_calculator_has_no_function_for_is_not_written(expression: Expr) -> None:
    with pytest.raises(NoValue):
        written(expression)


def test_a_result_of_very_many_terms_is_refused() -> None:
    with pytest.raises(OverBound):
        written(sympy.Add(*(cos(n * x) for n in range(1, 200))))
