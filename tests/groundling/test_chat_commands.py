"""The commands of `groundling chat`: what each does to the dialog, and what it needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundling.chat import Chat
from groundling.dialog import Dialog
from groundling.views import PlainView


def say(gateway: Any, *lines: str, dialog: Dialog | None = None) -> int:
    typed = iter(lines)

    def read() -> str:
        line = next(typed, None)
        if line is None:
            raise EOFError
        return line

    with gateway.client() as client:
        return Chat(client, read, PlainView, interactive=False, dialog=dialog).run()


def asked(gateway: Any, field: str) -> list[Any]:
    return [body.get(field) for body in gateway.asked]


def test_dialogs_are_listed_and_one_is_gone_on_with(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    say(gateway, "/sessions", "/open 2", "And now?")
    out = capsys.readouterr().out
    assert "  2  Dialog 2  (2 turns, 2026-11-23 10:20 UTC, everest)" in out
    assert "you    How old?\nanswer He is 40." in out
    assert asked(gateway, "session_id") == ["session-2"]


def test_a_dialog_is_opened_by_its_id_as_well(gateway: Any) -> None:
    say(gateway, "/open session-2", "And now?")
    assert asked(gateway, "session_id") == ["session-2"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/open", "needs a number"),
        ("/open 1", "there is none yet"),
        ("/export x.json", "no turn yet"),
        ("/delete", "no turn yet"),
        ("/retry", "nothing was asked"),
        ("/role nobody", "there is no role nobody; there are everest"),
        ("/Help", "/Help is no command"),
    ],
)
def test_a_command_that_cannot_be_done_says_what_it_needs(
    gateway: Any, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    assert say(gateway, line) == 0
    assert said in capsys.readouterr().out
    assert gateway.asked == []


def test_a_number_outside_the_list_is_refused(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    say(gateway, "/sessions", "/open 4", "/open 0")
    assert capsys.readouterr().out.count("the list goes from 1 to 3") == 2


def test_a_role_begins_a_dialog_and_its_session_keeps_it(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    say(gateway, "one", "/roles", "/role everest", "two", "three", "/new", "four", "/role", "five")
    assert asked(gateway, "role") == [None, "everest", None, "everest", None]
    assert asked(gateway, "session_id") == [None, None, "session-1", None, None]
    out = capsys.readouterr().out
    assert "Mount Everest: The mountain speaks of itself." in out
    assert "a new dialog with Mount Everest\n  Hi, I'm Mount Everest.\n" in out


def test_a_dialog_is_exported_to_a_new_file_only(
    gateway: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dialog.json"
    say(gateway, f"/export {file}", f"/export {file}", dialog=Dialog("session-2"))
    assert json.loads(file.read_text())["session"]["title"] == "Dialog 2"
    assert f"{file} exists; name another file" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_named(
    gateway: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say(gateway, f"/export {tmp_path}/none/x.json", "/export", dialog=Dialog("session-2"))
    out = capsys.readouterr().out
    assert "none/x.json: No such file or directory" in out
    assert "/export needs the name of a file" in out


def test_after_a_deletion_another_dialog_begins(gateway: Any) -> None:
    say(gateway, "/delete", "hello", dialog=Dialog("session-2"))
    assert gateway.calls == [("DELETE", "/v1/sessions/session-2")]
    assert asked(gateway, "session_id") == [None]


def test_a_failed_turn_is_asked_again_under_its_name_and_an_answered_one_anew(gateway: Any) -> None:
    gateway.failures.append(httpx.ReadError("gone"))
    say(gateway, "hello", "/retry", "/retry")
    first, second, third = asked(gateway, "request_id")
    assert first == second != third
    assert asked(gateway, "message") == ["hello"] * 3


def test_a_command_that_the_gateway_refuses_fails_a_script(
    gateway: Any, error_body: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.failure = error_body(404, "not_found", "there is no session x")
    assert say(gateway, "/open x") == 1
    assert "error: there is no session x" in capsys.readouterr().err
