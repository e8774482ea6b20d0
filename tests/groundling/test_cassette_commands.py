"""`groundling replay` and `groundling record` as commands: what is printed, how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.plan import free_port
from groundling.cli import main

CASSETTE = Path(__file__).parent.parent / "cassettes" / "dialog.json"


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDLING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GROUNDLING_GATEWAY_MODEL_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("GROUNDLING_GATEWAY_TOOL_URLS", "{}")


def test_a_cassette_is_replayed_turn_by_turn(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(CASSETTE)]) == 0
    recorded = json.loads(CASSETTE.read_text(encoding="utf-8"))
    lines = capsys.readouterr().out.splitlines()
    for turn in recorded["turns"]:
        at = lines.index(f"> {turn['message']}")
        assert lines[at + 1] == f"draft: {turn['answer']['base']}"
        assert f"answer: {turn['answer']['response']}" in lines[at:]
    exchanges = len(recorded["exchanges"])
    assert (
        lines[-1] == f"the same: {len(recorded['turns'])} turns, {exchanges} exchanges: {CASSETTE}"
    )


def test_a_difference_is_status_1_and_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.loads(CASSETTE.read_text(encoding="utf-8"))
    body["turns"][0]["answer"]["response"] = "Something else."
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    assert main(["replay", str(file)]) == 1
    captured = capsys.readouterr()
    assert f"{file}: turn 1 has another answer" in captured.err
    assert '-  "response": "Something else."' in captured.err
    assert "the same" not in captured.out


def test_a_file_that_is_none_is_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "nothing.json"]) == 1
    assert capsys.readouterr().err == "error: nothing.json: No such file or directory\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"tools": ["oracle"], "exchanges": []},
            "tools: there is no tool 'oracle' here; there are",
        ),
        ({"settings": {"max_rounds": -1}}, "settings: max_rounds: Input should be greater than"),
    ],
)
def test_what_this_groundling_does_not_have_is_said_with_the_files_name(
    change: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "elsewhere.json"
    body = json.loads(CASSETTE.read_text(encoding="utf-8")) | change
    file.write_text(json.dumps(body), encoding="utf-8")
    assert main(["replay", str(file)]) == 1
    assert capsys.readouterr().err.startswith(f"error: {file}: {said}")


def test_recording_without_a_model_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", str(tmp_path / "new.json"), "hello"]) == 1
    assert "model_server cannot be reached (ConnectError); start it" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["new.json"],
        ["--again", str(CASSETTE), "--role", "everest"],
        ["new.json", "hello", "--again", str(CASSETTE)],
        [str(CASSETTE), "hello"],  # a file that exists
        ["nowhere/new.json", "hello"],
    ],
)
def test_wrong_usage_of_record_is_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["record", *arguments])
    assert ended.value.code == 2
