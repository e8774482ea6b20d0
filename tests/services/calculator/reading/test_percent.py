"""Percentages, fractions and ratios, and the form a value is wanted in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("17% of 240", "(pct(17) * 240)"),
        ("17 percent of 240", "(pct(17) * 240)"),
        ("add 15% to 86", "(86 * (1 + pct(15)))"),
        ("86 plus 15%", "(86 * (1 + pct(15)))"),
        ("subtract 20% from 50", "(50 * (1 - pct(20)))"),
        ("increase 80 by 5%", "(80 * (1 + pct(5)))"),
        ("decrease 80 by 5%", "(80 * (1 - pct(5)))"),
        ("80 increased by 5%", "(80 * (1 + pct(5)))"),
        ("20% off 50", "(50 * (1 - pct(20)))"),
        ("price of $80 with 25% off", "([80 USD] * (1 - pct(25)))"),
        ("$80 with a 25% discount", "([80 USD] * (1 - pct(25)))"),
        ("$80 with 8% sales tax", "([80 USD] * (1 + pct(8)))"),
        ("20% more than 50", "(50 * (1 + pct(20)))"),
        ("15% less than 80", "(80 * (1 - pct(15)))"),
        ("18% tip on $45.50", "(pct(18) * [4550e-2p USD])"),
        ("what percent of 80 is 20", "(20 / 80) as percent"),
        ("20 is what percent of 80", "(20 / 80) as percent"),
        ("What percentage of 80 is 20?", "(20 / 80) as percent"),
        ("what percent is 20 of 80", "(20 / 80) as percent"),
        ("20 as a percentage of 80", "(20 / 80) as percent"),
        ("percentage change from 80 to 100", "((100 - 80) / abs(80)) as percent"),
        ("percentage decrease from 100 to 80", "((100 - 80) / abs(100)) as percent"),
        ("25 out of 80 as a percentage", "(25 / 80) as percent"),
        ("30% of what is 60", "(60 / pct(30))"),
        ("60 is 30% of what number", "(60 / pct(30))"),
        ("a 20% tip on $45", "(pct(20) * [45 USD])"),
        ("$60 plus 8% tax", "([60 USD] * (1 + pct(8)))"),
        ("50% of 50% of 80", "((pct(50) * pct(50)) * 80)"),
        ("3/8 as a percentage", "(3 / 8) as percent"),
        ("15% as a decimal", "pct(15) as decimal"),
        ("a third of 99", "((1 / 3) * 99)"),
        ("half of 7", "((1 / 2) * 7)"),
        ("two thirds of 99", "((2 / 3) * 99)"),
        ("two-thirds of 99", "((2 / 3) * 99)"),
        ("three quarters of 10", "((3 / 4) * 10)"),
        ("3/4 of 20", "((3 / 4) * 20)"),
        ("half of a dozen", "((1 / 2) * 12)"),
        ("half of half of 10", "(((1 / 2) * (1 / 2)) * 10)"),
        ("20% of the sum of 3 and 4", "(pct(20) * sum(3, 4))"),
        ("7/8 as a decimal", "(7 / 8) as decimal"),
        ("7/8 in decimal form", "(7 / 8) as decimal"),
        ("0.875 as a fraction", "0875e-3p as fraction"),
        ("ratio of 12 to 18", "(12 / 18) as ratio"),
        ("ratio of 2 km to 500 m", "([2 kilometer] / [500 meter]) as ratio"),
        ("6.02e23 in scientific notation", "602e21p as scientific"),
        ("2/3 to 2 decimal places", "(2 / 3) to 2"),
        ("2/3 to two decimal places", "(2 / 3) to 2"),
        ("22/7 rounded to 3 decimal places", "(22 / 7) to 3"),
        ("round 3.14159 to 2 decimal places", "314159e-5p to 2"),
        ("round 2.567 to the nearest tenth", "2567e-3p to 1"),
        ("round 1234 to the nearest hundred", "round(1234, neg(2))"),
        ("round 2/3 to the nearest cent", "(2 / 3) to 2"),
    ],
)
def test_parts_and_forms_are_read(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "20 off 50",
        "5 of 7",
        "50% (20)",
        "50% 20",
        "5%%",
        "5 % % 3",
        "2/3 to 101 decimal places",
        "half",
        "third of 99",
        "25 out of 80",
        "5 of what is 60",
        "what percent of 80",
        "5 as a decimal place",
    ],
)
def test_parts_of_nothing_are_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)
