"""Where others reach the gateway, it starts only when there is a key, and says how to make one."""

from __future__ import annotations

import logging
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.access.keys import NewKey
from gateway.access.opened import shown_database
from gateway.access.start import check_start, keys_command
from gateway.settings import Settings
from services.chassis import StartRefused

ROOT = Path(__file__).parents[3]


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
async def test_on_loopback_no_key_is_needed_to_start(host: str, gate: Any) -> None:
    there = await gate()
    await check_start(Settings(host=host), there.keys)


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "example.org"])
@pytest.mark.parametrize("require_key", ["auto", "always"])
async def test_elsewhere_the_start_is_refused_until_there_is_a_usable_key(
    host: str, require_key: Any, gate: Any
) -> None:
    there = await gate()
    settings = Settings(host=host, require_key=require_key)
    with pytest.raises(StartRefused, match=r"groundling keys create --name NAME"):
        await check_start(settings, there.keys)
    key, _ = await there.keys.create(NewKey("k"))
    await check_start(settings, there.keys)
    await there.keys.revoke(key.id)
    with pytest.raises(StartRefused):
        await check_start(settings, there.keys)


@pytest.mark.anyio
async def test_whoever_lets_everybody_in_is_warned(
    gate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    there = await gate()
    with caplog.at_level("WARNING", "gateway"):
        await check_start(Settings(host="0.0.0.0", require_key="never"), there.keys)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "anyone may do everything" in caplog.text


@pytest.mark.parametrize(
    ("folder", "before"),
    [
        ("/home/ana/.local/share/groundling/gateway", ""),
        ("/srv/my data/gateway", "GROUNDLING_DATA_DIR='/srv/my data' "),
        ("/srv/own", "GROUNDLING_GATEWAY_DATA_DIR=/srv/own "),
    ],
)
def test_the_command_names_the_folder_where_it_is_not_the_usual_one(
    folder: str, before: str
) -> None:
    environ = {"XDG_DATA_HOME": "/home/ana/.local/share", "GROUNDLING_DATA_DIR": "/elsewhere"}
    command = keys_command(Settings(data_dir=Path(folder)), environ)
    assert command.startswith(before)
    assert re.fullmatch(r"\S*groundling keys", command.removeprefix(before))


def test_no_password_of_a_database_is_shown() -> None:
    settings = Settings(database_url="sqlite+aiosqlite:////srv/groundling.db")
    assert shown_database(settings) == "/srv/groundling.db"
    assert "GROUNDLING_GATEWAY_DATABASE_URL=" in keys_command(settings, {})


def run(command: list[str], data_dir: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "GROUNDLING_DATA_DIR": str(data_dir), **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_in_the_refusal_is_what_it_takes_to_start(tmp_path: Path) -> None:
    check = [sys.executable, "-m", "gateway.access.start"]
    refused = run(check, tmp_path, GROUNDLING_GATEWAY_HOST="0.0.0.0")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    [line] = [line for line in refused.stderr.splitlines() if "keys create" in line]
    assignment, command, *rest = shlex.split(line)
    assert assignment == f"GROUNDLING_DATA_DIR={tmp_path}"
    program = [sys.executable, "-m", "groundling.cli"]  # what the command is, wherever it lies
    assert Path(command).name == "groundling"
    made = run([*program, *rest], Path(assignment.partition("=")[2]))
    assert made.returncode == 0, made.stderr
    assert run(check, tmp_path, GROUNDLING_GATEWAY_HOST="0.0.0.0").returncode == 0


def test_a_gateway_started_on_its_own_is_refused_in_clear_words(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uvicorn", "gateway.app:build", "--factory", "--port", "0"]
    refused = run(command, tmp_path, GROUNDLING_GATEWAY_HOST="0.0.0.0")
    assert refused.returncode == 3
    assert "Traceback" not in refused.stderr
    assert f"GROUNDLING_DATA_DIR={tmp_path} " in refused.stderr
    assert "keys create --name NAME" in refused.stderr
