"""What the fuzzers found stays fixed, and the invariants see what they are there to see."""

from __future__ import annotations

import pytest

from fuzz import invariants
from fuzz.findings import findings
from fuzz.invariants import Finding, check, check_results, check_typed_again
from services.calculator.decline import NotACalculation

PATIENT_S = 20.0
"""On a busy machine; the fuzzers use less."""


@pytest.mark.parametrize("text", findings())
def test_a_text_that_once_broke_an_invariant_holds_to_all(text: str) -> None:
    check(text, PATIENT_S)


@pytest.mark.parametrize("text", ["1/3", "sqrt(8)", "2^100", "10^13/7", "1e-9 * 3.5", "hello"])
def test_texts_without_fault_hold(text: str) -> None:
    check(text, PATIENT_S)


@pytest.mark.parametrize("results", [[""], [" "], ["5\n"], ["5\x00"], ["1"] * 6, [5]])
def test_results_that_are_no_short_list_of_plain_texts_are_found(results: list[str]) -> None:
    with pytest.raises(Finding):
        check_results("2 + 3", results)


@pytest.mark.parametrize("results", [["1/3", "0.34"], ["2*sqrt(2)", "2.8"]])
def test_a_result_with_another_value_when_typed_in_again_is_found(results: list[str]) -> None:
    with pytest.raises(Finding, match="another value"):
        check_typed_again("2 + 3", results)


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
