"""SymPy expressions as certain numbers."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Expr, Integer, Rational, Symbol, atan, cos, exp, log, pi, sin, sqrt

from services.calculator.algebra import numeric
from services.calculator.decline import NoValue
from services.calculator.numbers import scalars
from services.calculator.numbers.enclose import CONTEXT, Enclosure, enclose

BITS = 13_000
x = Symbol("x", real=True)
EXPRESSION = sin(x) ** 2 / (x**2 + 1) - exp(-x) * sqrt(Abs(x) + 1) + atan(x) * log(x**2 + 2) + pi


@given(st.fractions(-20, 20, max_denominator=1000))
def test_a_value_is_mpmaths(at: object) -> None:
    value = numeric.value(EXPRESSION, BITS, enclose(Rational(str(at))))
    with mpmath.workdps(60):
        t = mpmath.mpf(Rational(str(at)).p) / Rational(str(at)).q
        expected = (
            mpmath.sin(t) ** 2 / (t**2 + 1)
            - mpmath.exp(-t) * mpmath.sqrt(abs(t) + 1)
            + mpmath.atan(t) * mpmath.log(t**2 + 2)
            + mpmath.pi
        )
        low, high = (mpmath.mpf(int(b.p)) / int(b.q) for b in scalars.enclosed(value).bounds())
        assert low - mpmath.mpf(10) ** -50 <= expected <= high + mpmath.mpf(10) ** -50


@pytest.mark.parametrize(
    ("expression", "value"),
    [(sin(pi / 6) + Rational(1, 2), 1), (x**2, Rational(9, 4)), (sqrt(2) ** 2 * x, 3)],
)
def test_rational_values_are_exact(expression: Expr, value: Rational) -> None:
    assert numeric.value(expression, BITS, Rational(3, 2)) == value


def test_an_expression_is_its_own_exact_form() -> None:
    number = numeric.with_form(cos(Integer(1)) / 3, BITS)
    assert isinstance(number, Enclosure)
    assert number.form == cos(Integer(1)) / 3
    assert numeric.with_form(sqrt(4), BITS) == 2


@pytest.mark.parametrize("expression", [x, sympy.erf(1), log(-Integer(2)), sympy.I, 1 / x])
def test_what_has_no_value(expression: Expr) -> None:
    at = Integer(0) if expression == 1 / x else None
    with pytest.raises(NoValue):
        numeric.value(expression, BITS, at)


def test_zero_is_told_from_near_zero_by_a_narrow_enclosure() -> None:
    tiny = CONTEXT.mpf(2) ** -100
    assert numeric.is_zero(Integer(0))
    assert not numeric.is_zero(Rational(1, 10**40))
    assert numeric.is_zero(Enclosure(CONTEXT.mpf([-1, 1]) * tiny))
    assert not numeric.is_zero(Enclosure(CONTEXT.mpf([-1, 1])))
    assert not numeric.is_zero(Enclosure(1 + CONTEXT.mpf([-1, 1]) * tiny))
