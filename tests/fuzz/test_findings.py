"""What the fuzzers found stays fixed, and the invariants see what they are there to see."""

from __future__ import annotations

import pytest

from fuzz import invariants
from fuzz.findings import findings
from fuzz.invariants import (
    Finding,
    check,
    check_amounts_again,
    check_expressions_again,
    check_numbers_again,
    check_results,
)
from services.calculator.decline import NotACalculation

PATIENT_S = 20.0
"""On a busy machine; the fuzzers use less."""


@pytest.mark.parametrize("text", findings())
def test_a_text_that_once_broke_an_invariant_holds_to_all(text: str) -> None:
    check(text, PATIENT_S)


SOUND = (
    *("1/3", "sqrt(8)", "2^100", "10^13/7", "1e-9 * 3.5", "hello", "1 light year in km"),
    *("$5.10 / 2", "24 hours in days", "1 day + 3 hours", "10 / 20 s", "what day was 14 July 1789"),
    *("solve x^2 - 2x - 1 = 0", "solve x = x", "derivative of x^3", "integral of e^x", "90° / 3"),
    *("3 March 2024 + 90 days", "0.45 as a percentage", "elementary charge", "expand (x+1)^2"),
    *("e + 1", "integrate sin(x) from 6 to 8", "integral of x - x"),
)


@pytest.mark.parametrize("text", SOUND)
def test_texts_without_fault_hold(text: str) -> None:
    check(text, PATIENT_S)


@pytest.mark.parametrize("results", [[""], [" "], ["5\n"], ["5\x00"], ["1"] * 6, [5]])
def test_results_that_are_no_short_list_of_plain_texts_are_found(results: list[str]) -> None:
    with pytest.raises(Finding):
        check_results("2 + 3", results)


@pytest.mark.parametrize(
    "results",
    [["1/3", "0.34"], ["2*sqrt(2)", "2.8"], ["x = 1 or x = 1/3", "x = 1 or x ≈ 0.34"]],
)
def test_a_result_with_another_value_when_typed_in_again_is_found(results: list[str]) -> None:
    with pytest.raises(Finding, match="another value"):
        check_numbers_again("2 + 3", results)


@pytest.mark.parametrize("result", ["5 C", "5 F"])
def test_an_amount_that_is_another_when_typed_in_again_is_found(result: str) -> None:
    with pytest.raises(Finding, match="another amount"):
        check_amounts_again("2 + 3", [result])


def test_an_expression_that_cannot_be_typed_in_again_is_found() -> None:
    with pytest.raises(Finding, match="not read again"):
        check_expressions_again("derivative of x^3", ["DiracDelta(x)"])


def test_an_expression_with_other_values_when_typed_in_again_is_found() -> None:
    check_expressions_again("factor x^2 - 1", ["(x - 1)*(x + 1)"])
    with pytest.raises(Finding, match="another expression"):
        check_expressions_again("factor x^2 - 1", ["x - 1*x + 1"])


def test_errors_endless_work_and_refusals_that_repeat_the_text_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def calculate(text: str, _max_bits: int) -> list[str]:
        while text == "for ever":
            pass
        if text == "a fault":
            raise ValueError
        if text == "nothing":
            return []
        raise NotACalculation(f"not read: {text}")

    monkeypatch.setattr(invariants, "calculate", calculate)
    for text, key in {
        "for ever": "slow in",
        "a fault": "ValueError in",
        "nothing": "no results",
        "a secret": "refusal with text",
    }.items():
        with pytest.raises(Finding, match=key):
            check(text, 0.05)
