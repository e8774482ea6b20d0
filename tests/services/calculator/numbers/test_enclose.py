"""Enclosures hold the true value, and own up when they cannot decide."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import iv
from sympy import Integer, Rational

from services.calculator.decline import NoValue, OverBound, Undecided
from services.calculator.numbers import enclose
from services.calculator.numbers.enclose import Enclosure

BITS = 1_000
fractions = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**4)
positive = st.fractions(min_value=Fraction(1, 10**4), max_value=10**6, max_denominator=10**4)


def enclosed(value: Fraction) -> Enclosure:
    return enclose.enclose(Rational(value.numerator, value.denominator))


def holds(enclosure: Enclosure, value: Fraction) -> bool:
    low, high = (Fraction(int(bound.p), int(bound.q)) for bound in enclosure.bounds())
    narrow = high - low <= abs(value) / 2**150 + Fraction(1, 2**150)
    return low <= value <= high and narrow


@given(fractions, fractions)
def test_results_hold_the_exact_value_closely(a: Fraction, b: Fraction) -> None:
    assert holds(enclosed(a), a)
    assert holds(enclose.negate(enclosed(a)), -a)
    assert holds(enclose.add(enclosed(a), enclosed(b), BITS), a + b)
    assert holds(enclose.subtract(enclosed(a), enclosed(b), BITS), a - b)
    assert holds(enclose.multiply(enclosed(a), enclosed(b), BITS), a * b)
    assume(b != 0)
    assert holds(enclose.divide(enclosed(a), enclosed(b), BITS), a / b)


@given(fractions, st.integers(-8, 8))
def test_whole_powers_hold_the_exact_value(base: Fraction, exponent: int) -> None:
    assume(base != 0)
    power = enclose.power(enclosed(base), enclosed(Fraction(exponent)), BITS)
    assert holds(power, base**exponent)


@given(positive, st.integers(1, 5), st.integers(1, 7))
def test_a_root_holds_when_raised_again(base: Fraction, above: int, below: int) -> None:
    root = enclose.power(enclosed(base), enclosed(Fraction(above, below)), BITS)
    again = enclose.power(root, enclosed(Fraction(below)), BITS)
    assert holds(again, base**above)


def sqrt_2() -> Enclosure:
    return enclose.power(enclosed(Fraction(2)), enclosed(Fraction(1, 2)), BITS)


def test_what_cannot_be_told_from_zero_is_no_divisor_and_has_whole_powers_only() -> None:
    nothing = enclose.subtract(sqrt_2(), sqrt_2(), BITS)
    with pytest.raises(Undecided):
        enclose.divide(enclosed(Fraction(1)), nothing, BITS)
    assert holds(enclose.power(nothing, enclosed(Fraction(2)), BITS), Fraction(0))
    for exponent in (Fraction(-1), Fraction(1, 3), Fraction(1, 2)):
        with pytest.raises(Undecided):
            enclose.power(nothing, enclosed(exponent), BITS)


@given(fractions, positive)
def test_a_remainder_holds_the_exact_value(a: Fraction, b: Fraction) -> None:
    off = a + Fraction(1, 10**9)  # no multiple of b
    assert holds(enclose.modulo(enclosed(off), enclosed(b), BITS), off % b)


def test_a_remainder_of_a_number_too_near_a_multiple_is_undecided() -> None:
    two = enclose.multiply(sqrt_2(), sqrt_2(), BITS)
    with pytest.raises(Undecided):
        enclose.modulo(two, enclosed(Fraction(1)), BITS)


def test_a_number_with_an_infinite_bound_is_undecided() -> None:
    with pytest.raises(Undecided):
        enclose.add(Enclosure(iv.mpf(["-inf", 0])), sqrt_2(), BITS)


def test_a_fractional_power_of_a_negative_enclosure_has_no_value() -> None:
    between_2_and_3 = Enclosure(iv.mpf([2, 3]))
    for exponent in (enclosed(Fraction(1, 3)), sqrt_2(), between_2_and_3):
        with pytest.raises(NoValue):
            enclose.power(enclose.negate(sqrt_2()), exponent, BITS)


@pytest.mark.parametrize("exponent", [Integer(10**9), Integer(-(10**9)), Integer(10**300)])
def test_a_size_over_the_bound_is_refused(exponent: Rational) -> None:
    with pytest.raises(OverBound):
        enclose.power(sqrt_2(), enclose.enclose(exponent), BITS)


def test_products_cannot_creep_over_the_bound() -> None:
    large = enclose.power(sqrt_2(), enclosed(Fraction(1_900)), BITS)  # 950 bits
    with pytest.raises(OverBound):
        enclose.multiply(large, large, BITS)
    with pytest.raises(OverBound):
        enclose.divide(enclose.divide(sqrt_2(), large, BITS), large, BITS)
