"""Functions of enclosures hold mpmath's value at 900 bits, and know their domains."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.decline import NoValue, OverBound, Undecided
from services.calculator.numbers import elementary, enclose
from services.calculator.numbers.enclose import CONTEXT, Enclosure
from services.calculator.tree import Function

BITS = 1_000
anywhere = st.fractions(min_value=-100, max_value=100, max_denominator=10**6)
positive = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6, max_denominator=10**6)
ratio = st.fractions(min_value=-1, max_value=1, max_denominator=10**6)

DOMAINS = {Function.LN: positive, Function.ASIN: ratio, Function.ACOS: ratio}
CASES = [(name, DOMAINS.get(name, anywhere)) for name in elementary.FUNCTIONS]
REFERENCE: dict[Function, Callable[[object], object]] = {
    name: getattr(mpmath, "log" if name is Function.LN else name.value)
    for name in elementary.FUNCTIONS
}


def enclosed(value: Fraction) -> Enclosure:
    return enclose.enclose(Rational(value.numerator, value.denominator))


@pytest.mark.parametrize(("name", "numbers"), CASES, ids=[name.value for name, _ in CASES])
def test_the_true_value_is_held_closely(
    name: Function, numbers: st.SearchStrategy[Fraction]
) -> None:
    @given(numbers)
    def holds(value: Fraction) -> None:
        result = elementary.FUNCTIONS[name](enclosed(value), BITS)
        with mpmath.workprec(900):
            true = REFERENCE[name](mpmath.mpf(value.numerator) / value.denominator)
            low, high = (mpmath.mpf(int(b.p)) / int(b.q) for b in result.bounds())
            assert low <= true <= high
            assert high - low <= (abs(true) + mpmath.mpf(2) ** -100) * mpmath.mpf(2) ** -120

    holds()


@given(st.fractions(min_value=-3, max_value=3, max_denominator=50), st.floats(0, 1))
def test_a_wide_enclosure_holds_the_value_of_each_of_its_points(
    low: Fraction, share: float
) -> None:
    high = low + Fraction(1, 4)
    bounds = (enclosed(low).interval, enclosed(high).interval)
    inside = low + Fraction(share) * Fraction(1, 4)
    wide = Enclosure(CONTEXT.mpf([bounds[0].a, bounds[1].b]))
    for name in (Function.SIN, Function.COS, Function.ATAN, Function.EXP, Function.SINH):
        function = elementary.FUNCTIONS[name]
        outer, inner = function(wide, BITS).bounds(), function(enclosed(inside), BITS).bounds()
        assert outer[0] <= inner[1]
        assert inner[0] <= outer[1]


def test_outside_the_domain_there_is_no_value() -> None:
    for function, value in [
        (elementary.ln, Fraction(-1)),
        (elementary.ln, Fraction(0)),
        (elementary.asin, Fraction(3, 2)),
        (elementary.acos, Fraction(-3, 2)),
    ]:
        with pytest.raises(NoValue):
            function(enclosed(value), BITS)


def test_on_the_border_of_the_domain_nothing_is_decided() -> None:
    around_zero = Enclosure(CONTEXT.mpf([-1, 1]) * CONTEXT.mpf(2) ** -200)
    around_one = Enclosure(1 + around_zero.interval)
    for function, value in [(elementary.ln, around_zero), (elementary.asin, around_one)]:
        with pytest.raises(Undecided):
            function(value, BITS)
    quarter_turn = Enclosure(elementary.pi().interval / 2)
    with pytest.raises(Undecided):
        elementary.tan(quarter_turn, BITS)


def test_a_size_over_the_bound_is_refused() -> None:
    for function in (elementary.exp, elementary.sinh, elementary.cosh):
        for value in (Integer(10**6), Integer(-(10**6)), Integer(10**300)):
            with pytest.raises(OverBound):
                function(enclose.enclose(value), BITS)


def test_the_sine_of_a_number_too_large_to_hold_is_merely_bounded() -> None:
    low, high = elementary.sin(enclose.enclose(Integer(7**3000))).bounds()
    assert (low, high) == (-1, 1)
