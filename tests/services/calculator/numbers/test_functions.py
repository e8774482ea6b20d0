"""Functions of numbers: exact where they can be, Python's math elsewhere, none outside a domain."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational, pi, sqrt

from services.calculator.decline import NoValue, OverBound
from services.calculator.numbers import scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.functions import call
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Function, MathConstant, Operator

BITS = 13_000
PI = scalars.constant(MathConstant.PI)


def times_pi(above: int, below: int) -> Scalar:
    return scalars.binary(Operator.MULTIPLY, Rational(above, below), PI, BITS)


@pytest.mark.parametrize(
    ("function", "arguments", "value"),
    [
        (Function.SQRT, [16], 4),
        (Function.SQRT, [Rational(9, 4)], Rational(3, 2)),
        (Function.CBRT, [27], 3),
        (Function.CBRT, [-8], -2),
        (Function.ROOT, [81, 4], 3),
        (Function.ROOT, [-32, 5], -2),
        (Function.ROOT, [8, -3], Rational(1, 2)),
        (Function.ROOT, [0, 3], 0),
        (Function.EXP, [0], 1),
        (Function.LN, [1], 0),
        (Function.LOG, [1000], 3),
        (Function.LOG, [Rational(1, 100)], -2),
        (Function.LOG, [10**300], 300),
        (Function.LOG, [8, 2], 3),
        (Function.LOG, [8, 4], Rational(3, 2)),
        (Function.LOG, [Rational(4, 9), Rational(2, 3)], 2),
        (Function.LOG, [Rational(9, 4), Rational(2, 3)], -2),
        (Function.LOG, [1, 7], 0),
        (Function.LOG2, [1024], 10),
        (Function.ABS, [-5], 5),
        (Function.FLOOR, [Rational(27, 10)], 2),
        (Function.CEIL, [Rational(21, 10)], 3),
        (Function.ROUND, [Rational(5, 2)], 3),
        (Function.ROUND, [Rational(314159, 10**5), 2], Rational(314, 100)),
        (Function.FACTORIAL, [5], 120),
        (Function.CHOOSE, [5, 2], 10),
        (Function.PERMUTE, [5, 2], 20),
        (Function.GCD, [12, 18], 6),
        (Function.GCD, [12, 18, 27], 3),
        (Function.LCM, [4, 6], 12),
        (Function.QUOTIENT, [7, 2], 3),
        (Function.QUOTIENT, [-7, 2], -4),
    ],
)
def test_exact_values(function: Function, arguments: list[object], value: Rational) -> None:
    assert call(function, [Rational(argument) for argument in arguments], BITS) == value


@pytest.mark.parametrize(
    ("function", "turn", "value"),
    [
        (Function.SIN, (1, 6), Rational(1, 2)),
        (Function.SIN, (1, 1), Integer(0)),
        (Function.SIN, (10**20, 1), Integer(0)),
        (Function.COS, (2, 3), Rational(-1, 2)),
        (Function.COS, (1, 2), Integer(0)),
        (Function.TAN, (5, 4), Integer(1)),
    ],
)
def test_rational_values_at_parts_of_pi(
    function: Function, turn: tuple[int, int], value: Rational
) -> None:
    assert call(function, [times_pi(*turn)], BITS) == value


@pytest.mark.parametrize("steps", range(-24, 25))
def test_every_fifteen_degrees_has_an_exact_form(steps: int) -> None:
    angle = times_pi(steps, 12)
    for function, reference in ((Function.SIN, math.sin), (Function.COS, math.cos)):
        value = call(function, [angle], BITS)
        if isinstance(value, Enclosure):
            assert value.form is not None
        assert float(scalars.enclosed(value).interval.mid) == pytest.approx(
            reference(steps * math.pi / 12), abs=1e-15
        )


def test_inverse_functions_give_parts_of_pi() -> None:
    half = call(Function.ASIN, [Rational(1, 2)], BITS)
    third = call(Function.ACOS, [Rational(1, 2)], BITS)
    quarter = call(Function.ATAN, [Integer(-1)], BITS)
    assert [value.form for value in (half, third, quarter)] == [pi / 6, pi / 3, -pi / 4]


def test_irrational_values_keep_a_form() -> None:
    assert call(Function.SQRT, [Integer(8)], BITS).form == 2 * sqrt(2)
    exponential = call(Function.EXP, [Integer(5)], BITS)
    assert call(Function.LN, [exponential], BITS) == 5


WHOLE_LINE = st.fractions(-50, 50, max_denominator=1000)
POSITIVE = st.fractions(Fraction(1, 1000), 1000, max_denominator=1000)
RATIO = st.fractions(-1, 1, max_denominator=1000)
DIFFERENTIAL: list[tuple[Function, Callable[[float], float], st.SearchStrategy[Fraction]]] = [
    (Function.SQRT, math.sqrt, POSITIVE),
    (Function.CBRT, math.cbrt, WHOLE_LINE),
    (Function.EXP, math.exp, WHOLE_LINE),
    (Function.LN, math.log, POSITIVE),
    (Function.LOG, math.log10, POSITIVE),
    (Function.LOG2, math.log2, POSITIVE),
    (Function.SIN, math.sin, WHOLE_LINE),
    (Function.COS, math.cos, WHOLE_LINE),
    (Function.TAN, math.tan, WHOLE_LINE),
    (Function.ASIN, math.asin, RATIO),
    (Function.ACOS, math.acos, RATIO),
    (Function.ATAN, math.atan, WHOLE_LINE),
    (Function.SINH, math.sinh, WHOLE_LINE),
    (Function.COSH, math.cosh, WHOLE_LINE),
    (Function.TANH, math.tanh, WHOLE_LINE),
    (Function.ABS, abs, WHOLE_LINE),
]


@pytest.mark.parametrize(
    ("function", "reference", "numbers"), DIFFERENTIAL, ids=[f.value for f, _, _ in DIFFERENTIAL]
)
def test_values_are_those_of_pythons_math(
    function: Function,
    reference: Callable[[float], float],
    numbers: st.SearchStrategy[Fraction],
) -> None:
    @given(numbers)
    def agrees(number: Fraction) -> None:
        value = call(function, [Rational(number.numerator, number.denominator)], BITS)
        found = float(scalars.enclosed(value).interval.mid)
        # math's own error: that of a float at the argument, times the slope.
        assert found == pytest.approx(reference(float(number)), rel=1e-9, abs=1e-12)

    agrees()


@given(st.integers(2, 50), st.integers(-20, 20).filter(bool), st.integers(1, 6))
def test_a_logarithm_undoes_a_power_exactly(base: int, above: int, below: int) -> None:
    power = Rational(base) ** below  # a perfect power, so that its root is the base
    argument = Rational(base) ** above
    assert call(Function.LOG, [argument, power], BITS) == Rational(above, below)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (Function.SQRT, [-1]),
        (Function.ROOT, [-16, 4]),
        (Function.ROOT, [5, 0]),
        (Function.ROOT, [0, -2]),
        (Function.LN, [0]),
        (Function.LN, [-1]),
        (Function.LOG, [-10]),
        (Function.LOG, [10, 1]),
        (Function.LOG, [10, -2]),
        (Function.LOG, [10, 0]),
        (Function.ASIN, [2]),
        (Function.ACOS, [-2]),
        (Function.FACTORIAL, [-1]),
        (Function.FACTORIAL, [Rational(1, 2)]),
        (Function.CHOOSE, [Rational(5, 2), 1]),
        (Function.GCD, [Rational(1, 2), 3]),
        (Function.QUOTIENT, [1, 0]),
        (Function.ROUND, [1, Rational(1, 2)]),
        (Function.SIN, [1, 2]),
        (Function.ROOT, [4]),
        (Function.CHOOSE, [4]),
    ],
)
def test_outside_its_domain_a_function_has_no_value(
    function: Function, arguments: list[object]
) -> None:
    with pytest.raises(NoValue):
        call(function, [Rational(argument) for argument in arguments], BITS)


def test_a_tangent_has_no_value_at_its_pole() -> None:
    with pytest.raises(NoValue):
        call(Function.TAN, [times_pi(1, 2)], BITS)


@pytest.mark.parametrize("function", [Function.EXP, Function.FACTORIAL, Function.COSH])
def test_a_value_over_the_bound_is_refused(function: Function) -> None:
    with pytest.raises(OverBound):
        call(function, [Integer(10**30)], BITS)
