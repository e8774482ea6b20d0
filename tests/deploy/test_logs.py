"""A child's log: followed for errors, quoted, kept small."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import logs
from deploy.logs import ChildLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "calculator.log"


def write(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_only_errors_are_shown_each_once(path: Path) -> None:
    log = ChildLog(path)
    write(path, '{"level": "INFO", "event": "request"}\nplain words\n')
    write(path, '{"level": "ERROR", "event": "request", "route": "/v1/query", "status": 500}\n')
    assert log.new_errors() == ["request /v1/query 500"]
    assert log.new_errors() == []


def test_a_line_is_shown_when_it_is_whole(path: Path) -> None:
    log = ChildLog(path)
    write(path, "ERROR: half of")
    assert log.new_errors() == []
    write(path, " a line\n")
    assert log.new_errors() == ["ERROR: half of a line"]


def test_the_tail_is_the_last_lines(path: Path) -> None:
    log = ChildLog(path)
    write(path, "\n".join(str(number) for number in range(100)))
    assert log.tail(3) == ["97", "98", "99"]


def test_the_run_before_is_kept_beside(path: Path) -> None:
    ChildLog(path)
    write(path, "old\n")
    assert ChildLog(path).tail(1) == []
    assert path.with_name("calculator.log.1").read_text(encoding="utf-8") == "old\n"


def test_a_log_that_grows_past_its_limit_starts_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 100)
    log = ChildLog(path)
    write(path, "x" * 99 + "\nERROR: one\n")
    assert log.new_errors() == ["ERROR: one"]
    assert path.stat().st_size == 0
    write(path, "ERROR: two\n")
    assert log.new_errors() == ["ERROR: two"]
    assert "ERROR: one" in path.with_name("calculator.log.1").read_text(encoding="utf-8")
