"""The command line: usage, help, version, exit statuses."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from deploy.plan import free_port
from groundling.cli import main

COMMANDS = ("setup", "up", "chat", "ask")


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
    assert "start it with: make run" in capsys.readouterr().err


def test_an_address_that_is_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "hello", "--url", "nonsense"]) == 1
    assert "nonsense" in capsys.readouterr().err
