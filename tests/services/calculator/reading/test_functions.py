"""Functions by name and by sign, with brackets and without, and mathematical constants."""

# ruff: noqa: RUF001 - the signs that look alike are the subject here

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("square root of 16", "sqrt(16)"),
        ("sqrt(16)", "sqrt(16)"),
        ("sqrt 16", "sqrt(16)"),
        ("√16", "sqrt(16)"),
        ("2√16", "(2 * sqrt(16))"),
        ("cube root of 27", "cbrt(27)"),
        ("∛27", "cbrt(27)"),
        ("4th root of 81", "root(81, 4)"),
        ("fourth root of 81", "root(81, 4)"),
        ("root(81, 4)", "root(81, 4)"),
        ("5!", "factorial(5)"),
        ("(2+3)!", "factorial((2 + 3))"),
        ("factorial of 5", "factorial(5)"),
        ("5 factorial", "factorial(5)"),
        ("log 100", "log(100)"),
        ("log(8, 2)", "log(8, 2)"),
        ("log base 2 of 8", "log(8, 2)"),
        ("log 8 base 2", "log(8, 2)"),
        ("log2(8)", "log2(8)"),
        ("log_2(8)", "log(8, 2)"),
        ("log_2(8)^2", "(log(8, 2) ^ 2)"),
        ("log_10 1000 + 1", "(log(1000, 10) + 1)"),
        ("log₂8", "log2(8)"),
        ("square 12", "(12 ^ 2)"),
        ("cube 3", "(3 ^ 3)"),
        ("5C2", "choose(5, 2)"),
        ("5P2 * 3", "(permute(5, 2) * 3)"),
        ("stdev(1, 2,3)", "stdev(1, 2, 3)"),
        ("standard deviation of 1, 2 and 3", "stdev(1, 2, 3)"),
        ("sample standard deviation of 1 and 3", "stdev(1, 3)"),
        ("population standard deviation of 1 and 3", "pstdev(1, 3)"),
        ("variance of 1, 2, 3", "variance(1, 2, 3)"),
        ("population variance of 1, 2, 3", "pvariance(1, 2, 3)"),
        ("mode of 1, 1, 2", "mode(1, 1, 2)"),
        ("natural log of 10", "ln(10)"),
        ("ln 2", "ln(2)"),
        ("exp(2)", "exp(2)"),
        ("sin 30 degrees", "sin([30 degree])"),
        ("sin(30°)", "sin([30 degree])"),
        ("sin(pi/6)", "sin((pi / 6))"),
        ("sine of pi", "sin(pi)"),
        ("cos of 60 degrees", "cos([60 degree])"),
        ("sin 30 degrees + 1", "(sin([30 degree]) + 1)"),
        ("sin 2pi", "sin((2 * pi))"),
        ("sin pi/6", "sin((pi / 6))"),
        ("cos 2 pi / 3", "cos(((2 * pi) / 3))"),
        ("1 + 2 tan pi/4", "(1 + (2 * tan((pi / 4))))"),
        ("sin(pi)/6", "(sin(pi) / 6)"),
        ("sin 30 degrees / 6", "(sin([30 degree]) / 6)"),
        ("sin 1/6", "(sin(1) / 6)"),
        ("sqrt pi/6", "(sqrt(pi) / 6)"),
        ("sin^2(30°)", "(sin([30 degree]) ^ 2)"),
        ("arcsin(0.5)", "asin(05e-1p)"),
        ("asin 0.5 in degrees", "asin(05e-1p) in degree"),
        ("gcd of 12 and 18", "gcd(12, 18)"),
        ("gcd(12,180)", "gcd(12, 180)"),
        ("greatest common divisor of 12 and 18", "gcd(12, 18)"),
        ("least common multiple of 4 and 6", "lcm(4, 6)"),
        ("lcm(4, 6)", "lcm(4, 6)"),
        ("sum of 1, 2 and 3", "sum(1, 2, 3)"),
        ("sum(1,2,3)", "sum(1, 2, 3)"),
        ("average of 1, 2, 3, and 4", "mean(1, 2, 3, 4)"),
        ("mean of 3 and 5", "mean(3, 5)"),
        ("the median of 3, 9, 4", "median(3, 9, 4)"),
        ("max(100,200)", "max(100, 200)"),
        ("max of 3 and 9", "max(3, 9)"),
        ("largest of 1, 2, 3", "max(1, 2, 3)"),
        ("min(3, 4)", "min(3, 4)"),
        ("smallest of 3 and 4", "min(3, 4)"),
        ("sum of 1/2 and 1/3", "sum((1 / 2), (1 / 3))"),
        ("product(2, 3, 4)", "product(2, 3, 4)"),
        ("round 2.5", "round(25e-1p)"),
        ("round(2.567, 2)", "round(2567e-3p, 2)"),
        ("2.5 rounded", "round(25e-1p)"),
        ("2.3 rounded up", "ceil(23e-1p)"),
        ("floor(2.7)", "floor(27e-1p)"),
        ("ceiling of 2.1", "ceil(21e-1p)"),
        ("absolute value of -5", "abs(neg(5))"),
        ("|−5|", "abs(neg(5))"),
        ("|3 - 7| * 2", "(abs((3 - 7)) * 2)"),
        ("5 choose 2", "choose(5, 2)"),
        ("choose(5, 2)", "choose(5, 2)"),
        ("17 // 5", "quotient(17, 5)"),
        ("quotient(17, 5)", "quotient(17, 5)"),
        ("square root of 16 + 9", "(sqrt(16) + 9)"),
        ("square root of the sum of 9 and 16", "sqrt(sum(9, 16))"),
        ("sqrt(1,234)", "sqrt(1234)"),
        ("2 sqrt(2)", "(2 * sqrt(2))"),
        ("ln(e^3)", "ln((e ^ 3))"),
    ],
)
def test_functions_are_read(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("pi", "pi"),
        ("2pi", "(2 * pi)"),
        ("π/4", "(pi / 4)"),
        ("2e", "(2 * e)"),
        ("e^2", "(e ^ 2)"),
        ("tau / 2", "(tau / 2)"),
        ("golden ratio", "phi"),
        ("pi to 5 decimal places", "pi to 5"),
        ("speed of light", "speed_of_light"),
        ("what is the speed of light in km/s", "speed_of_light in kilometer second^-1"),
        ("2 * Planck's constant", "(2 * planck_constant)"),
        ("avogadro's number / 2", "(avogadro_constant / 2)"),
    ],
)
def test_constants_are_read(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "sqrt",
        "sqrt()",
        "sqrt(1,2)",
        "log",
        "log(1,2,3)",
        "gcd(12)",
        "gcd of 12",
        "choose(5)",
        "root(8)",
        "5 choose",
        "cube root",
        "factorial",
        "4nd root of 16",
        "sin",
        "round()",
        "max()",
        "f(2) + 1",
        "foo(3)",
        "sin 30 bananas",
        "e",
    ],
)
def test_functions_without_their_arguments_are_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)
