"""Exact arithmetic: equal to Python's fractions, and refused before it grows over the bound."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.decline import NoValue, OverBound
from services.calculator.numbers import exact

BITS = 1_000
fractions = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**4)


def rational(value: Fraction) -> Rational:
    return Rational(value.numerator, value.denominator)


def fraction(value: Rational) -> Fraction:
    return Fraction(int(value.p), int(value.q))


@given(fractions, fractions)
def test_the_four_operations_and_modulo_equal_pythons(a: Fraction, b: Fraction) -> None:
    assert fraction(exact.add(rational(a), rational(b), BITS)) == a + b
    assert fraction(exact.subtract(rational(a), rational(b), BITS)) == a - b
    assert fraction(exact.multiply(rational(a), rational(b), BITS)) == a * b
    assume(b != 0)
    assert fraction(exact.divide(rational(a), rational(b), BITS)) == a / b
    assert fraction(exact.modulo(rational(a), rational(b), BITS)) == a % b


@given(fractions, st.integers(min_value=-12, max_value=12))
def test_whole_powers_equal_pythons(base: Fraction, exponent: int) -> None:
    assume(base != 0 or exponent >= 0)
    power = exact.power(rational(base), Integer(exponent), BITS)
    assert power is not None
    assert fraction(power) == base**exponent


@given(st.fractions(min_value=0, max_value=1000, max_denominator=50), st.integers(2, 9))
def test_a_rational_root_is_found(root: Fraction, degree: int) -> None:
    found = exact.power(rational(root**degree), Rational(1, degree), BITS)
    assert found is not None
    assert fraction(found) == root


@pytest.mark.parametrize(
    ("base", "exponent"),
    [
        (Integer(2), Rational(1, 2)),
        (Rational(4, 3), Rational(1, 2)),
        (Integer(8), Rational(1, 2)),
        (Integer(2), Rational(1, 10**50)),
        (Integer(2**64), Rational(1, 65)),
    ],
)
def test_an_irrational_power_is_left_to_others(base: Rational, exponent: Rational) -> None:
    assert exact.power(base, exponent, BITS) is None


def test_dividing_by_zero_has_no_value() -> None:
    operations: list[Callable[[Rational, Rational, int], Rational | None]]
    operations = [exact.divide, exact.modulo]
    for operation in operations:
        with pytest.raises(NoValue):
            operation(Integer(5), Integer(0), BITS)
    with pytest.raises(NoValue):
        exact.power(Integer(0), Integer(-1), BITS)


@pytest.mark.parametrize("exponent", [Rational(1, 2), Rational(1, 3), Rational(-5, 2)])
def test_a_fractional_power_of_a_negative_number_has_no_value(exponent: Rational) -> None:
    with pytest.raises(NoValue):
        exact.power(Integer(-8), exponent, BITS)


HUGE = Integer(2 ** (BITS - 1))
THIRD_OF_LITTLE = Rational(1, 3**600)


@pytest.mark.parametrize(
    "compute",
    [
        lambda: exact.number("9" * 302, 0, BITS),
        lambda: exact.number("1", 302, BITS),
        lambda: exact.add(HUGE, HUGE, BITS),
        lambda: exact.subtract(THIRD_OF_LITTLE, HUGE, BITS),
        lambda: exact.multiply(HUGE, HUGE, BITS),
        lambda: exact.divide(THIRD_OF_LITTLE, HUGE, BITS),
        lambda: exact.divide(HUGE, THIRD_OF_LITTLE, BITS),
        lambda: exact.power(Integer(2), Integer(BITS), BITS),
        lambda: exact.power(Rational(1, 2), Integer(-BITS), BITS),
        lambda: exact.power(Integer(-3), Integer(-BITS), BITS),
        lambda: exact.power(Integer(9), Integer(10**400), BITS),
        lambda: exact.power(Integer(9), Integer(-(10**400)), BITS),
    ],
)
def test_a_result_over_the_bound_is_refused(compute: Callable[[], object]) -> None:
    with pytest.raises(OverBound):
        compute()


@given(st.integers(-(2**60), 2**60), st.integers(0, 2000))
def test_the_bound_on_powers_is_within_one_bit_of_the_truth(base: int, exponent: int) -> None:
    bits = (base**exponent).bit_length()
    try:
        exact.power(Integer(base), Integer(exponent), BITS)
    except OverBound:
        assert bits >= BITS
    else:
        assert bits <= BITS


@pytest.mark.parametrize("base", [0, 1, -1])
def test_huge_powers_of_one_and_zero_are_small(base: int) -> None:
    assert exact.power(Integer(base), Integer(10**100), BITS) == abs(base)


def test_leading_zeros_do_not_count_against_the_bound() -> None:
    assert exact.number("0" * 5_000 + "7", 0, BITS) == 7
