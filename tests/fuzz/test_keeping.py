"""Questions of algebra may be cut, others not; what follows a cut counts when it repeats anew."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from sympy import Symbol, sin

from fuzz import afresh, invariants, keeping
from fuzz.invariants import AlgebraCut, Finding, check
from fuzz.keeping import Keeper

LIMIT_S = 0.05


@pytest.fixture
def _endless(monkeypatch: pytest.MonkeyPatch) -> None:
    def calculate(text: str, _max_bits: int) -> list[str]:
        while True:
            sin(Symbol("x")).is_real  # noqa: B018 - fills SymPy's caches

    monkeypatch.setattr(invariants, "calculate", calculate)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Texts that break an invariant here, and whether each does so in a new process."""
    texts: dict[str, bool] = {}

    def checked(text: str, _limit_s: float) -> list[str]:
        if text in texts:
            raise Finding("a kind", text)
        if text == "cut":
            raise AlgebraCut("solve.py:solve")
        return ["5"]

    monkeypatch.setattr(keeping, "check", checked)
    monkeypatch.setattr(keeping, "breaks_afresh", texts.__getitem__)
    return texts


ALGEBRA = ("solve x^2 = 4", "simplify x + x", "derivative of x^2", "integral of x^2")


@pytest.mark.usefixtures("_endless")
@pytest.mark.parametrize("text", ALGEBRA)
def test_a_question_of_algebra_may_be_cut(text: str) -> None:
    with pytest.raises(AlgebraCut):
        check(text, LIMIT_S)


@pytest.mark.usefixtures("_endless")
@pytest.mark.parametrize("text", ["2 + 3", "sin(1)", "10 miles in km", "nonsense x^2"])
def test_nothing_else_may_be_cut(text: str) -> None:
    with pytest.raises(Finding, match="slow in"):
        check(text, LIMIT_S)


@pytest.mark.usefixtures("_endless")
def test_sympys_caches_are_empty_after_a_cut() -> None:
    keeper = Keeper(None)
    keeper.take(ALGEBRA[0], LIMIT_S)
    assert sin.__new__.cache_info().currsize == 0
    assert "1 questions of algebra cut (1 in " in str(keeper)


def test_reading_a_result_again_may_not_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def calculate(text: str, _max_bits: int) -> list[str]:
        while text.startswith("("):
            pass
        return ["1/3", "0.333333333333"]

    monkeypatch.setattr(invariants, "calculate", calculate)
    with pytest.raises(Finding, match="slow in"):
        check("1/3", LIMIT_S)


def test_the_first_finding_ends_the_run(broken: dict[str, bool]) -> None:
    broken["bad"] = True
    with pytest.raises(Finding):
        Keeper(None).take("bad", LIMIT_S)


def test_after_a_cut_only_what_a_new_process_breaks_too_is_a_finding(
    broken: dict[str, bool],
) -> None:
    broken |= {"soiled": False, "bad": True}
    keeper = Keeper(None)
    keeper.take("cut", LIMIT_S)
    keeper.take("soiled", LIMIT_S)
    assert "0 findings, 1 not repeated" in str(keeper)
    with pytest.raises(Finding):
        keeper.take("bad", LIMIT_S)


def test_the_shortest_text_of_a_kind_is_kept(tmp_path: Path, broken: dict[str, bool]) -> None:
    broken |= dict.fromkeys(["longer", "bad", "longest"], True)
    keeper = Keeper(tmp_path)
    for text in broken:
        keeper.take(text, LIMIT_S)
    assert len(keeper) == 1
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text(encoding="utf-8"))["text"] == "bad"


def test_a_new_process_says_what_holds_and_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not afresh.breaks_afresh("1/3")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError):
        afresh.breaks_afresh("1/3")


def test_a_new_process_tells_what_breaks_by_its_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken_there(_text: str) -> list[str]:
        raise Finding("a kind", "a text")

    monkeypatch.setattr(afresh, "check", broken_there)
    path = tmp_path / "text"
    path.write_text("1/3", encoding="utf-8")
    with path.open(encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert afresh.main() == afresh.BROKEN
