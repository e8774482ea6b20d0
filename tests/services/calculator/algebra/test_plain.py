"""SymPy's further functions in the calculator's own: the same values."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from sympy import Expr, Rational, Symbol, cos, sin

from services.calculator.algebra import numeric
from services.calculator.algebra.plain import plain, with_reciprocals
from services.calculator.numbers import scalars

x = Symbol("x", real=True)
NAMES = ["asinh", "acosh", "atanh", "sec", "csc", "cot", "sech", "csch", "coth", "sign"]


@pytest.mark.parametrize("name", NAMES)
def test_a_rewritten_function_has_mpmaths_value(name: str) -> None:
    point = Rational(1, 3) if name == "atanh" else Rational(5, 3)
    value = numeric.value(plain(getattr(sympy, name)(x)), 13_000, point)
    expected = getattr(mpmath, name)(mpmath.mpf(point.p) / point.q)
    assert float(scalars.enclosed(value).interval.mid) == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (1 / cos(x) ** 2, sympy.sec(x) ** 2),
        (x / sin(2 * x), x * sympy.csc(2 * x)),
        (cos(x) ** 2, cos(x) ** 2),
    ],
)
def test_reciprocals_get_their_names(expression: Expr, expected: Expr) -> None:
    assert with_reciprocals(expression) == expected
