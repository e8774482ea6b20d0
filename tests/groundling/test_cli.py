"""The command line: usage, help, version, exit statuses."""

from __future__ import annotations

import io
import socket
import sys
from importlib.metadata import version

import pytest

from deploy.plan import LOOPBACK, free_port
from gateway.settings import Settings
from groundling.cli import main
from groundling.client import DEFAULT_TIMEOUT_S

COMMANDS = ("setup", "up", "chat", "ask", "keys", "record", "replay")


def test_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"groundling {version('groundling')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: groundling {command}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["ask"], ["up", "--port", "x"]])
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_an_unknown_service_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--only", "nonsense"]) == 2
    assert "no service is called nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["ask", "hello"], ["chat"]])
def test_without_a_gateway_it_says_how_to_start_one(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--url", f"http://127.0.0.1:{free_port()}"]) == 1
    assert "start it with: groundling up (or make run)" in capsys.readouterr().err


@pytest.mark.parametrize("stdin", [None, b"caf\xe9\n"])
def test_a_message_that_is_not_utf_8_is_refused_with_status_2(
    stdin: bytes | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if stdin is not None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
    assert main(["ask", "\udcff" if stdin is None else "-"]) == 2
    assert capsys.readouterr().err == "error: the message is not valid UTF-8\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "hello", "--role", "\udcff"],
        ["chat", "--session", "\udcff"],
        ["record", "new.json", "\udcff"],
    ],
)
def test_what_json_cannot_carry_is_wrong_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "is not valid UTF-8" in capsys.readouterr().err


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://proxy.example.org")
    with pytest.raises(SystemExit) as ended:
        main(["ask", "hello", "--url", "http://chat.example.org"])
    assert str(ended.value).startswith("error: the environment's proxy cannot be used: ")


@pytest.mark.parametrize("given", ["0", "-1", "nan", "inf", "soon"])
def test_a_timeout_that_is_none_is_status_2(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROUNDLING_TIMEOUT_S", given)
    with pytest.raises(SystemExit) as ended:
        main(["ask", "hello"])
    assert ended.value.code == 2
    assert f"argument --timeout: invalid seconds value: '{given}'" in capsys.readouterr().err


def test_the_timeout_ends_the_wait_for_a_silent_gateway(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        url = f"http://{LOOPBACK}:{silent.getsockname()[1]}"
        assert main(["ask", "hello", "--url", url, "--timeout", "0.1"]) == 1
    assert "did not answer in time" in capsys.readouterr().err


def test_the_default_timeout_outlasts_the_gateways_own_deadline() -> None:
    assert DEFAULT_TIMEOUT_S * 1000 > Settings().default_deadline_ms > Settings().turn_budget_ms


@pytest.mark.parametrize("given", ["gl_\n1", "gl_\u00fc"])
def test_what_cannot_be_a_key_is_status_2_and_is_not_shown(
    given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ask", "hello", "--api-key", given])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "argument --api-key: an API key is printable ASCII" in said
    assert "gl_" not in said


def test_a_chat_begins_in_a_role_or_goes_on_with_a_session() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["chat", "--role", "everest", "--session", "x"])
    assert ended.value.code == 2


@pytest.mark.parametrize("url", ["http://\udcff", "http://a:b", "nonsense", "localhost:8080"])
def test_an_address_that_is_none_is_status_2(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ask", "hello", "--url", url])
    assert ended.value.code == 2
    assert "is not an address" in capsys.readouterr().err
