"""The lines that answer questions of algebra."""

from __future__ import annotations

import pytest

from services.calculator.algebra.answers import answer
from services.calculator.decline import Declined, NotACalculation, OverBound
from services.calculator.reading.parse import parse
from services.calculator.tree import Compute, Number, Rewriting, Simplify, Solve

BITS = 13_000


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("solve x^2 - 5x + 6 = 0", ["x = 2 or x = 3"]),
        ("solve y + 5 = 12 for y", ["y = 7"]),
        (
            "solve x^2 - 2x - 1 = 0",
            [
                "x = 1 - sqrt(2) or x = 1 + sqrt(2)",
                "x ≈ -0.414213562373 or x ≈ 2.41421356237",
            ],
        ),
        ("solve 3x = 1", ["x = 1/3", "x ≈ 0.333333333333"]),
        ("solve 4x = 2", ["x = 1/2", "x = 0.5"]),
        ("solve 0.5x + 1 = 3", ["x = 4"]),
        ("solve 0.5x = 2.3", ["x = 4.6"]),
        ("solve 0.3x = 1", ["x = 10/3", "x ≈ 3.33333333333"]),
        ("solve x^2 = 0.5", ["x ≈ -0.707106781187 or x ≈ 0.707106781187"]),
        ("solve 1000000000000x = 3", ["x = 3e-12"]),
        ("solve x^3 - x - 1 = 0", ["x ≈ 1.32471795724"]),
        ("solve (x^3 - x - 1)(x - 2) = 0", ["x ≈ 1.32471795724 or x = 2"]),
        ("solve x^2 + 1 = 0", ["no real solution"]),
        ("solve x = x", ["every x"]),
        ("simplify (x^2 - 1)/(x - 1)", ["x + 1"]),
        ("simplify x/(2x)", ["1/2", "0.5"]),
        ("simplify x sqrt(8)/x", ["2*sqrt(2)", "2.82842712475"]),
        ("derivative of 5x/3", ["5/3", "1.66666666667"]),
        ("derivative of x^2 at x = 3", ["6"]),
        ("derivative of ln(x) at x = 3", ["1/3", "0.333333333333"]),
        ("derivative of x^2 at x = 0.25", ["0.5"]),
        ("integral of x^2", ["x^3/3 + C"]),
        ("integrate x^2 from 0 to 1", ["1/3", "0.333333333333"]),
        ("integrate 1/x from 1 to 2", ["ln(2)", "0.69314718056"]),
        ("integrate x^2 from 0.5 to 1.5", ["13/12", "1.08333333333"]),
    ],
)
def test_lines(text: str, lines: list[str]) -> None:
    assert answer(parse(text), BITS) == lines


@pytest.mark.parametrize(
    ("digits", "text"),
    [("60", "2^2*3*5"), ("97", "97"), ("1024", "2^10"), ("999999", "3^3*7*11*13*37")],
)
def test_a_whole_number_is_factored_into_primes(digits: str, text: str) -> None:
    assert answer(Simplify(Number(digits), Rewriting.FACTOR), BITS) == [text]


def test_what_has_no_prime_factors_or_too_large_ones_is_declined() -> None:
    for number in (Number("1"), Number("0"), Number("15", 1)):
        with pytest.raises(NotACalculation):
            answer(Simplify(number, Rewriting.FACTOR), BITS)
    with pytest.raises(OverBound):
        answer(Simplify(Number("9" * 40), Rewriting.FACTOR), BITS)


def test_a_number_is_simplified_like_any_calculation() -> None:
    assert answer(Simplify(Number("5")), BITS) == ["5"]


@pytest.mark.parametrize("question", [Solve(Number("1"), Number("2"), "x"), Compute(Number("1"))])
def test_what_is_no_question_of_algebra_is_declined(question: Solve | Compute) -> None:
    with pytest.raises(Declined):
        answer(question, BITS)
