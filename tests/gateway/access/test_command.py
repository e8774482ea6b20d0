"""`groundling keys` from making a key to its end, on a database of its own."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.access.scopes import SCOPES
from gateway.commands import keys as command


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDLING_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("GROUNDLING_GATEWAY_DATA_DIR", raising=False)
    monkeypatch.delenv("GROUNDLING_GATEWAY_DATABASE_URL", raising=False)


def keys(*arguments: str) -> int:
    """`groundling keys …`, in this process: its exit status."""
    parser = argparse.ArgumentParser(prog="groundling keys")
    command.add_keys_options(parser)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return int(options.run(options))


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert keys("list", "--json") == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["keys"]
    return found


def test_the_scopes_offered_are_the_guards() -> None:
    assert command.SCOPES == SCOPES


def test_the_key_alone_is_on_standard_output_and_where_it_is_kept_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys("create", "--name", "Ana's phone") == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"gl_[a-z2-7]{12}_[\w-]{43}\n", said.out)
    assert str(tmp_path / "gateway" / "sessions.db") in said.err
    assert said.out.strip()[-43:] not in said.err


def test_a_key_is_made_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    limits = ("--turns-per-minute", "5", "--concurrent-turns", "2", "--expires-days", "0.5")
    assert keys("create", "--name", "bot", "--scopes", "tools,chat", *limits, "--json") == 0
    made = json.loads(capsys.readouterr().out)
    [key] = listed(capsys)
    assert key.items() <= made.items()
    assert (key["name"], key["scopes"], key["state"]) == ("bot", ["chat", "tools"], "usable")
    assert (key["turns_per_minute"], key["concurrent_turns"]) == (5, 2)
    assert key["expires_at"] is not None
    assert keys("list") == 0
    line = capsys.readouterr().out
    assert all(said in line for said in (key["id"], "usable until", "bot", "5 turns a minute"))
    assert made["key"][-43:] not in line
    assert keys("revoke", key["id"]) == 0
    assert [key["state"] for key in listed(capsys)] == ["revoked"]


def test_without_keys_the_list_says_how_to_make_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("list") == 0
    assert "groundling keys create --name NAME" in capsys.readouterr().out


def test_revoking_what_there_is_not_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("revoke", "nothing") == 1
    assert "no key 'nothing'" in capsys.readouterr().err


def test_a_whole_key_can_be_revoked_and_its_secret_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert keys("create", "--name", "leaked") == 0
    key = capsys.readouterr().out.strip()
    for given, status in ((key, 0), (f"gl_{'a' * 12}_{key[-43:]}", 1)):
        assert keys("revoke", given) == status
        said = capsys.readouterr()
        assert key[-43:] not in said.out + said.err
    assert [key["state"] for key in listed(capsys)] == ["revoked"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create"], "--name"),
        (["create", "--name", " "], "1 to 100 visible characters"),
        (["create", "--name", "a\nb"], "1 to 100 visible characters"),
        (["create", "--name", "x" * 101], "1 to 100 visible characters"),
        (["create", "--name", "x", "--scopes", "chat,all"], "'all' is no scope; there are: chat"),
        (["create", "--name", "x", "--scopes", ""], "'' is no scope"),
        (["create", "--name", "x", "--expires-days", "0"], "number of days above 0"),
        (["create", "--name", "x", "--expires-days", "nan"], "number of days above 0"),
        (["create", "--name", "x", "--turns-per-minute", "0"], "whole number, 1 to"),
        (["create", "--name", "x", "--concurrent-turns", "two"], "whole number, 1 to"),
        (["revoke"], "ID"),
        ([], "ACTION"),
    ],
)
def test_wrong_usage_is_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys(*arguments) == 2
    assert said in capsys.readouterr().err


def test_a_database_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "missing folder" / "keys.db"
    monkeypatch.setenv("GROUNDLING_GATEWAY_DATABASE_URL", f"sqlite:///{file}")
    assert keys("list") == 1
    assert str(file) in capsys.readouterr().err


def test_a_bad_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROUNDLING_GATEWAY_KEY_CACHE_MS", "soon")
    assert keys("list") == 1
    assert "GROUNDLING_GATEWAY_KEY_CACHE_MS='soon'" in capsys.readouterr().err
