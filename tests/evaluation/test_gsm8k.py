"""The comparison with noted values: what agrees, and which exceptions are believed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evaluation.gsm8k import Outcome, Row, by_python, compare, faults, judge


@pytest.mark.parametrize(
    ("value", "note", "verdict"),
    [
        (Fraction(24), "24", "exactly"),
        (Fraction(1, 5), "0.2", "exactly"),
        (Fraction(1, 3), "0.33", "rounded"),
        (Fraction(2, 3), "0.67", "rounded"),
        (Fraction(2, 3), "0.66", "disagrees"),
        (Fraction(5, 2), "2", "rounded"),
        (Fraction(5, 2), "3", "rounded"),
        (Fraction(5, 2), "4", "disagrees"),
        (Fraction(3), "4", "disagrees"),
        (None, "4", "disagrees"),
    ],
)
def test_a_note_agrees_within_its_rounding_and_a_whole_value_only_exactly(
    value: Fraction | None, note: str, verdict: str
) -> None:
    assert compare(value, note) == verdict


def test_a_row_is_judged_by_what_the_calculator_computes() -> None:
    assert judge(Row(1, "48/2", "24")).verdict == "exactly"
    assert judge(Row(1, "48/2", "25")).verdict == "disagrees"
    assert judge(Row(1, "forty apples", "40")).verdict == "declined"


def test_python_computes_plain_arithmetic_exactly_and_nothing_else() -> None:
    assert by_python("0.1+0.2*-3") == Fraction(-1, 2)
    assert by_python("7//2") == 3
    for text in ("__import__('os')", "2**3", "1/0", "2+", "'a'*3"):
        assert by_python(text) is None


def test_a_reason_is_believed_only_when_it_holds() -> None:
    rows = [Row(1, "12", "12"), Row(2, "6*7", "43"), Row(3, "6*7", "42")]
    outcomes = {
        1: Outcome("declined"),
        2: Outcome("disagrees", ("42",)),
        3: Outcome("exactly", ("42",)),
    }
    assert faults(rows, outcomes, {1: "lone number", 2: "wrong note"}) == []
    assert len(faults(rows, outcomes, {})) == 2
    assert len(faults(rows, outcomes, {1: "wrong note", 2: "lone number"})) == 2
    assert len(faults(rows, outcomes, {1: "lone number", 2: "wrong note", 3: "wrong note"})) == 1
    assert len(faults(rows, outcomes, {1: "lone number", 2: "wrong note", 9: "wrong note"})) == 1


def test_a_wrong_value_of_the_calculator_is_no_wrong_note() -> None:
    rows, outcomes = [Row(1, "6*7", "43")], {1: Outcome("disagrees", ("41",))}
    assert len(faults(rows, outcomes, {1: "wrong note"})) == 1
