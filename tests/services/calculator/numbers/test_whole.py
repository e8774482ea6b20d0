"""Functions of whole numbers: Python's values, and refused before they grow over the bound."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.decline import NoValue, OverBound
from services.calculator.numbers import scalars, whole
from services.calculator.tree import MathConstant

BITS = 1_000
counts = st.integers(0, 150)


@given(counts, counts)
def test_the_functions_equal_pythons(n: int, k: int) -> None:
    assert whole.factorial(n, BITS) == math.factorial(n)
    assert whole.choose(n, k, BITS) == math.comb(n, k)
    if math.perm(n, k).bit_length() <= BITS:
        assert whole.permute(n, k, BITS) == math.perm(n, k)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8))
def test_gcd_and_lcm_equal_pythons(numbers: list[int]) -> None:
    assert whole.gcd(numbers) == math.gcd(*numbers)
    assert whole.lcm(numbers, BITS) == math.lcm(*numbers)


@given(st.integers(0, 400))
def test_a_factorial_within_the_bound_is_given_and_none_over_it(n: int) -> None:
    fits = math.factorial(n).bit_length() <= BITS
    try:
        assert whole.factorial(n, BITS) == math.factorial(n)
        assert fits
    except OverBound:
        assert not fits


@pytest.mark.parametrize(
    "compute",
    [
        lambda: whole.factorial(10**9, 13_000),
        lambda: whole.factorial(10**400, 13_000),
        lambda: whole.choose(10**9, 10**8, 13_000),
        lambda: whole.choose(10**400, 10**399, 13_000),
        lambda: whole.choose(2 * 10**5, 10**5, 13_000),
        lambda: whole.permute(10**9, 10**8, 13_000),
        lambda: whole.permute(10**9, 10**9, 13_000),
        lambda: whole.lcm([2**600 + 1, 3**400], BITS),
    ],
)
def test_a_result_over_the_bound_is_refused(compute: Callable[[], object]) -> None:
    with pytest.raises(OverBound):
        compute()


def test_large_arguments_with_small_results_are_computed() -> None:
    assert whole.choose(10**100, 2, BITS) == 10**100 * (10**100 - 1) // 2
    assert whole.choose(10**100, 10**100, BITS) == 1
    assert whole.permute(10**100, 1, BITS) == 10**100
    assert whole.choose(3, 10**100, BITS) == 0


def test_negative_counts_have_no_value() -> None:
    for compute in (whole.choose, whole.permute):
        with pytest.raises(NoValue):
            compute(-1, 2, BITS)
        with pytest.raises(NoValue):
            compute(2, -1, BITS)
    with pytest.raises(NoValue):
        whole.factorial(-1, BITS)


def test_a_fraction_or_an_irrational_is_no_whole_number() -> None:
    assert whole.whole(Integer(-3)) == -3
    for value in (Rational(1, 2), scalars.constant(MathConstant.PI)):
        with pytest.raises(NoValue):
            whole.whole(value)
