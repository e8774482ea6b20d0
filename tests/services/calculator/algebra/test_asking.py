"""SymPy's failures are declines without text; running out of memory is not."""

from __future__ import annotations

import pytest

from services.calculator.algebra.asking import ask
from services.calculator.decline import OverBound, Undecided


@pytest.mark.parametrize("error", [NotImplementedError, ValueError, RecursionError, AttributeError])
def test_a_routine_that_raises_has_no_answer(error: type[Exception]) -> None:
    def routine(text: str) -> None:
        raise error(text)

    with pytest.raises(Undecided) as caught:
        ask(routine, "x^2 + secret")
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("error", [MemoryError, OverBound])
def test_a_fault_and_a_decline_pass_as_they_are(error: type[Exception]) -> None:
    def routine() -> None:
        raise error

    with pytest.raises(error):
        ask(routine)


def test_what_a_routine_returns_is_returned() -> None:
    assert ask(max, 2, 3) == 3
