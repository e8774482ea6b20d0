"""Numbers and fractions in words, as far as they are well formed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.calculator.reading.numerals import fraction_at, numeral_at
from services.calculator.tree import Binary, Number, Operator

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SCALES = (("trillion", 10**12), ("billion", 10**9), ("million", 10**6), ("thousand", 1000))


def said(n: int, joined: str) -> str:
    """The English numeral of n, with `joined` after a hundred."""
    for name, size in _SCALES:
        if n >= size:
            rest = f" {said(n % size, joined)}" if n % size else ""
            return f"{said(n // size, joined)} {name}{rest}"
    if n >= 100:
        rest = f" {joined}{said(n % 100, joined)}" if n % 100 else ""
        return f"{_ONES.split()[n // 100]} hundred{rest}"
    if n >= 20:
        return _TENS.split()[n // 10 - 2] + (f"-{_ONES.split()[n % 10]}" if n % 10 else "")
    return _ONES.split()[n]


@given(st.integers(min_value=0, max_value=10**15 - 1), st.sampled_from(["", "and "]))
def test_every_numeral_is_its_number(n: int, joined: str) -> None:
    text = said(n, joined)
    found = numeral_at(text, 0)
    assert found is not None
    number, end = found
    assert isinstance(number, Number)
    assert int(number.digits) == n
    assert end == len(text)


@pytest.mark.parametrize(
    ("text", "value", "end"),
    [
        ("twelve", 12, "twelve"),
        ("Two Dozen", 24, "Two Dozen"),
        ("a dozen eggs", 12, "a dozen"),
        ("twelve hundred", 1200, "twelve hundred"),
        ("two thousand and five", 2005, "two thousand and five"),
        ("three and four", 3, "three"),
        ("one hundred and", 100, "one hundred"),
        ("one thousand and two thousand", 1000, "one thousand"),
        ("twenty twenty", 20, "twenty"),
        ("five hundred thousand", 500_000, "five hundred thousand"),
        ("3 hundred", 300, "3 hundred"),
        ("1,500 million", 1_500_000_000, "1,500 million"),
        ("half a dozen", 6, "half a dozen"),
        ("two point five million", 2_500_000, "two point five million"),
        ("zero point two five", 0.25, "zero point two five"),
        ("2.5 million", 2_500_000, "2.5 million"),
        ("half a billion", 500_000_000, "half a billion"),
    ],
)
def test_a_numeral_is_read_as_far_as_it_goes(text: str, value: float, end: str) -> None:
    found = numeral_at(text, 0)
    assert found is not None
    number = found[0]
    assert isinstance(number, Number)
    assert int(number.digits) * 10.0 ** (number.exponent - number.decimals) == value
    assert text[: found[1]] == end


@pytest.mark.parametrize(
    "text", ["12", "hundred", "million", "dozen", "a", "and five", "once", "tenfold", "", "half"]
)
def test_no_numeral_begins_there(text: str) -> None:
    assert numeral_at(text, 0) is None


@pytest.mark.parametrize(
    ("text", "above", "below"),
    [
        *(("a half", 1, 2), ("half of", 1, 2), ("a third", 1, 3), ("two thirds", 2, 3)),
        *(("three-quarters", 3, 4), ("twenty-one hundredths", 21, 100), ("3 quarters", 3, 4)),
    ],
)
def test_fractions_in_words(text: str, above: int, below: int) -> None:
    found = fraction_at(text, 0)
    assert found is not None
    node = found[0]
    assert isinstance(node, Binary)
    assert (node.left, node.right) == (Number(str(above)), Number(str(below)))


@pytest.mark.parametrize(
    ("text", "scale", "end"),
    [
        ("one and a half dozen eggs", "12", "one and a half dozen"),
        ("1 and a half million", "6", "1 and a half million"),
        ("one and a half hundred thousand", "5", "one and a half hundred thousand"),
    ],
)
def test_a_scale_multiplies_the_half_too(text: str, scale: str, end: str) -> None:
    found = numeral_at(text, 0)
    assert found is not None
    product = found[0]
    assert isinstance(product, Binary)
    assert product.operator is Operator.MULTIPLY
    assert isinstance(product.left, Binary)
    assert product.left.left == Number("1")
    assert isinstance(product.right, Number)
    assert scale in (product.right.digits, str(product.right.exponent))
    assert text[: found[1]] == end


@pytest.mark.parametrize("text", ["half", "third of", "a second", "two", "a", "thirds", "3", ""])
def test_no_fraction_begins_there(text: str) -> None:
    assert fraction_at(text, 0) is None
