"""Exact forms: equal to what they stand for, simplified where it is cheap, given up beyond."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Expr, I, Integer, Rational, cos, exp, log, pi, sin, sqrt

from services.calculator.decline import Declined
from services.calculator.numbers import forms, scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Function, MathConstant, Operator

BITS = 1_000
ARITHMETIC = [Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY, Operator.DIVIDE]


def root(n: int) -> Scalar:
    return scalars.binary(Operator.POWER, Integer(n), Rational(1, 2), BITS)


LEAVES: list[Scalar] = [
    *(root(2), root(3), root(12), Integer(3), Rational(-5, 7), Integer(0)),
    *(scalars.constant(name) for name in MathConstant),
]
combinations = st.recursive(
    st.sampled_from(LEAVES).map(lambda leaf: [leaf]),
    lambda inner: st.tuples(inner, st.sampled_from(ARITHMETIC), inner).map(list),
    max_leaves=6,
)


def combined(parts: list[object]) -> Scalar:
    if len(parts) == 1:
        return parts[0]  # type: ignore[return-value]
    left, operator, right = parts
    return scalars.binary(operator, combined(left), combined(right), BITS)  # type: ignore[arg-type]


@given(combinations)
def test_a_form_has_the_value_that_its_enclosure_holds(parts: list[object]) -> None:
    try:
        value = combined(parts)
    except Declined:
        return
    if isinstance(value, Enclosure) and value.form is not None:
        low, high = value.bounds()
        digits = Rational(str(sympy.N(value.form, 60)))
        error = (abs(digits) + 1) / Integer(10) ** 50
        assert low - error <= digits <= high + error


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [
        (Operator.MULTIPLY, sqrt(2), sqrt(2), Integer(2)),
        (Operator.MULTIPLY, 1 + sqrt(2), 1 - sqrt(2), Integer(-1)),
        (Operator.DIVIDE, Integer(1), 1 + sqrt(2), sqrt(2) - 1),
        (Operator.DIVIDE, sqrt(8), Integer(2), sqrt(2)),
        (Operator.POWER, 1 + sqrt(2), Integer(2), 3 + 2 * sqrt(2)),
        (Operator.POWER, exp(1), log(3), Integer(3)),
        (Operator.ADD, pi, -pi, Integer(0)),
    ],
)
def test_what_is_cheap_to_simplify_is(
    operator: Operator, left: Expr, right: Expr, expected: Expr
) -> None:
    assert forms.binary(operator, left, right) == expected


def test_expanding_is_left_undone_where_it_makes_the_form_longer() -> None:
    brackets = 1 + sqrt(2) + sqrt(3)
    assert forms.binary(Operator.MULTIPLY, pi, brackets) == pi * brackets


def test_a_zero_behind_brackets_is_seen() -> None:
    assert forms.is_zero(pi * (1 + sqrt(2)) - pi - pi * sqrt(2))
    assert not forms.is_zero(pi * (1 + sqrt(2)) - pi)


@pytest.mark.parametrize(
    "form",
    [
        Integer(2) ** 128 * pi,
        sympy.Add(*(sqrt(p) for p in sympy.primerange(2, 60))),
        I,
        sympy.zoo,
        sympy.nan,
        sympy.erf(1),
        sympy.Symbol("x"),
        sympy.Float("0.5"),
    ],
)
def test_a_long_or_unreal_form_is_given_up(form: Expr) -> None:
    assert forms.small(form) is None


def test_the_bits_of_a_form_are_held_to_the_callers_bound_too() -> None:
    assert forms.small(Integer(2**70) * pi) is not None
    assert forms.small(Integer(2**70) * pi, max_bits=64) is None


def test_a_high_power_is_not_built() -> None:
    assert forms.binary(Operator.POWER, sqrt(2), Integer(10**9)) is None
    assert forms.binary(Operator.POWER, Integer(2), Rational(10**9 + 1, 2)) is None


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        (Function.SIN, pi / 6, Rational(1, 2)),
        (Function.COS, pi / 12, cos(pi / 12)),
        (Function.TAN, pi / 8, sqrt(2) - 1),
        (Function.ASIN, sqrt(3) / 2, pi / 3),
        (Function.ATAN, Integer(1), pi / 4),
        (Function.LN, exp(5), Integer(5)),
        (Function.EXP, log(7), Integer(7)),
        (Function.SIN, Integer(1), sin(1)),
    ],
)
def test_functions_of_forms(name: Function, argument: Expr, expected: Expr) -> None:
    assert forms.function(name, argument) == expected


def test_angles_without_short_radicals_have_no_form() -> None:
    assert forms.function(Function.SIN, pi / 7) is None
    assert forms.function(Function.COS, pi / 17) is None
