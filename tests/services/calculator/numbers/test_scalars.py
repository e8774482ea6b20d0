"""Scalars: exact while rational, exact again when irrational parts cancel, surely ordered."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational, pi

from services.calculator.decline import NoValue, Undecided
from services.calculator.numbers import scalars
from services.calculator.numbers.enclose import Enclosure, enclose
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import MathConstant, Operator

BITS = 1_000
HALF = Rational(1, 2)


def root(n: int) -> Scalar:
    return scalars.binary(Operator.POWER, Integer(n), HALF, BITS)


def without_form(n: int) -> Scalar:
    value = root(n)
    assert isinstance(value, Enclosure)
    return Enclosure(value.interval)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (MathConstant.PI, lambda: +mpmath.pi),
        (MathConstant.E, lambda: +mpmath.e),
        (MathConstant.TAU, lambda: 2 * mpmath.pi),
        (MathConstant.PHI, lambda: +mpmath.phi),
    ],
)
def test_a_constant_is_held_to_70_digits(name: MathConstant, value: object) -> None:
    with mpmath.workdps(75):
        expected = Fraction(mpmath.nstr(value(), 72))  # type: ignore[operator]
    constant = scalars.constant(name)
    assert isinstance(constant, Enclosure)
    low, high = (Fraction(int(bound.p), int(bound.q)) for bound in constant.bounds())
    assert high - low < Fraction(1, 10**70)
    assert low - Fraction(1, 10**70) <= expected <= high + Fraction(1, 10**70)


def test_a_number_is_exact_again_when_roots_cancel() -> None:
    assert scalars.binary(Operator.MULTIPLY, root(2), root(2), BITS) == 2
    assert scalars.binary(Operator.SUBTRACT, root(8), root(2), BITS).form == 2**HALF
    assert scalars.binary(Operator.DIVIDE, root(18), root(2), BITS) == 3


def test_without_forms_cancelling_leaves_an_enclosure() -> None:
    two = scalars.binary(Operator.MULTIPLY, without_form(2), without_form(2), BITS)
    assert isinstance(two, Enclosure)
    assert two.bounds()[0] <= 2 <= two.bounds()[1]


def test_dividing_by_a_form_that_is_zero_has_no_value() -> None:
    zero = scalars.binary(Operator.SUBTRACT, root(2), root(2), BITS)
    with pytest.raises(NoValue):
        scalars.binary(Operator.DIVIDE, root(3), zero, BITS)


def test_zero_and_one_are_not_rounded_beside_an_enclosure() -> None:
    irrational = without_form(2)
    assert scalars.binary(Operator.MULTIPLY, Integer(0), irrational, BITS) == 0
    assert scalars.binary(Operator.DIVIDE, Integer(0), irrational, BITS) == 0
    assert scalars.binary(Operator.POWER, Integer(0), irrational, BITS) == 0
    assert scalars.binary(Operator.POWER, irrational, Integer(0), BITS) == 1


def test_negating_negates_the_form() -> None:
    negative = scalars.negate(scalars.constant(MathConstant.PI))
    assert isinstance(negative, Enclosure)
    assert negative.form == -pi
    assert negative.interval.b < -3


@given(st.fractions(max_denominator=100), st.fractions(max_denominator=100))
def test_rationals_compare_as_pythons_fractions(a: Fraction, b: Fraction) -> None:
    left, right = (Rational(n.numerator, n.denominator) for n in (a, b))
    assert scalars.compare(left, right, BITS) == (a > b) - (a < b)


def test_irrationals_compare_by_their_bounds() -> None:
    assert scalars.compare(root(2), Rational(3, 2), BITS) == -1
    assert scalars.compare(root(3), root(2), BITS) == 1
    assert scalars.compare(root(2), root(2), BITS) == 0
    with pytest.raises(Undecided):
        scalars.compare(without_form(2), without_form(2), BITS)


def test_a_form_over_the_bound_is_dropped_and_the_enclosure_kept() -> None:
    one = enclose(Integer(1))
    kept = scalars.known(Enclosure(one.interval, None), Integer(2**900) * pi, 64)
    assert isinstance(kept, Enclosure)
    assert kept.form is None
