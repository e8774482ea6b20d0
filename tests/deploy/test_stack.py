"""The stack on real processes: it waits for all, ends with any, and leaves none behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import httpx
import psutil
import pytest

from deploy.lock import AlreadyRunning
from deploy.plan import GATEWAY, PlanError, Service
from deploy.stack import STATE_FILE, Stack

MakeStack = Callable[..., Stack]
MakeService = Callable[..., Service]


class Shown(Protocol):
    """What the stack showed, as conftest.py keeps it."""

    lines: list[str]
    ended: int

    @property
    def text(self) -> str: ...


def interrupt(_elapsed_s: float) -> None:
    """As a terminal does on Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def running(data_dir: Path) -> dict[str, int]:
    state = json.loads((data_dir / STATE_FILE).read_text(encoding="utf-8"))
    return {name: service["pid"] for name, service in state.items()}


def gone(pid: int, within_s: float = 10.0) -> bool:
    """Whether the process ends in time; it may be another's child, so it cannot be waited for."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_every_service_answers_when_the_stack_says_ready_and_none_runs_after_ctrl_c(
    stack: MakeStack, service: MakeService, data_dir: Path
) -> None:
    services = [service("ready", "one"), service("ready", "two"), service("ready", GATEWAY)]
    pids: dict[str, int] = {}
    answers: list[int] = []

    def when_ready(elapsed_s: float) -> None:
        pids.update(running(data_dir))
        answers.extend(httpx.get(f"{one.url}/readyz").status_code for one in services)
        interrupt(elapsed_s)

    assert stack(*services).run(when_ready) == 0
    assert answers == [200, 200, 200]
    assert set(pids) == {"one", "two", GATEWAY}
    assert all(gone(pid) for pid in pids.values())
    assert not (data_dir / STATE_FILE).exists()


def test_sigterm_stops_the_stack_with_status_143(stack: MakeStack, service: MakeService) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    status = stack(service("ready")).run(lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert status == 143
    assert signal.getsignal(signal.SIGTERM) == handler


def test_a_terminal_that_goes_away_stops_the_stack_unless_nohup_has_it_stay(
    stack: MakeStack, service: MakeService
) -> None:
    def hang_up(_elapsed_s: float) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)

    assert stack(service("ready")).run(hang_up) == 129
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        assert stack(service("ready")).run(hang_up) == 143
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_stack_in_the_folder_is_refused_by_pid_and_address_and_changes_nothing(
    stack: MakeStack, service: MakeService, data_dir: Path
) -> None:
    gateway = service("ready", GATEWAY)

    def when_ready(elapsed_s: float) -> None:
        before = {path: path.read_bytes() for path in data_dir.rglob("*") if path.is_file()}
        with pytest.raises(AlreadyRunning, match=rf"pid {os.getpid()}, {gateway.url}\)"):
            stack(service("ready"), service("ready", GATEWAY)).run(interrupt)
        after = {path: path.read_bytes() for path in data_dir.rglob("*") if path.is_file()}
        assert after == before
        assert data_dir / STATE_FILE in after
        interrupt(elapsed_s)

    assert stack(service("ready"), gateway).run(when_ready) == 0
    assert stack(service("ready")).run(interrupt) == 0


def test_the_progress_ends_when_a_child_cannot_be_started(
    stack: MakeStack, service: MakeService, data_dir: Path, shown: Shown
) -> None:
    (data_dir / "logs").touch()  # a file where the folder of logs should be
    with pytest.raises(FileExistsError):
        stack(service("ready")).run(interrupt)
    assert shown.ended == 1


def test_a_child_that_dies_is_named_with_its_end_and_the_others_are_stopped(
    stack: MakeStack, service: MakeService, data_dir: Path, shown: Shown
) -> None:
    pids: dict[str, int] = {}

    def when_ready(_elapsed_s: float) -> None:
        pids.update(running(data_dir))
        os.kill(pids["victim"], signal.SIGKILL)

    assert stack(service("ready", "victim"), service("ready", "other")).run(when_ready) == 1
    assert f"error: victim (pid {pids['victim']}) died: ended by signal 9" in shown.text
    assert gone(pids["other"])


def test_a_child_that_crashes_at_start_is_quoted(
    stack: MakeStack, service: MakeService, shown: Shown
) -> None:
    assert stack(service("crashes"), service("ready")).run(interrupt) == 1
    assert "died: exit code" in shown.text
    assert "RuntimeError: the atlas is torn" in shown.text


def test_what_is_not_ready_in_time_says_what_it_lacks(
    stack: MakeStack, service: MakeService, shown: Shown
) -> None:
    assert stack(service("never"), service("ready"), ready_timeout_s=2).run(interrupt) == 1
    assert "not ready after 2 s: never: waits for index (build it)" in shown.text


def test_optional_parts_that_are_missing_do_not_keep_a_service_from_being_ready(
    stack: MakeStack, service: MakeService, shown: Shown
) -> None:
    assert stack(service("partly")).run(interrupt) == 0
    assert "partly: works without atlas; to add it: get atlas" in shown.lines


def test_a_taken_port_is_refused_by_number_and_name_before_anything_starts(
    stack: MakeStack, service: MakeService, data_dir: Path
) -> None:
    wanted = service("ready", "calculator")
    with socket.socket() as other:
        other.bind((wanted.host, wanted.port))
        other.listen()
        with pytest.raises(PlanError, match=f"port {wanted.port} .*, which calculator needs"):
            stack(service("ready"), wanted).run(interrupt)
    assert not (data_dir / "logs").exists()


def test_the_gateway_stops_before_the_services_it_calls(
    stack: MakeStack, service: MakeService, tmp_path: Path
) -> None:
    notes = str(tmp_path / "notes")
    names = ("tool", "model_server", GATEWAY)
    services = [service("notes_shutdown", name, NOTES=notes, WHO=name) for name in names]
    assert stack(*services).run(interrupt) == 0
    assert Path(notes).read_text(encoding="utf-8").split()[0] == GATEWAY


def test_a_child_that_does_not_end_is_killed_after_the_grace_time(
    stack: MakeStack, service: MakeService, data_dir: Path
) -> None:
    pids: dict[str, int] = {}

    def when_ready(elapsed_s: float) -> None:
        pids.update(running(data_dir))
        interrupt(elapsed_s)

    assert stack(service("hangs_at_shutdown"), grace_s=0.5).run(when_ready) == 0
    assert gone(pids["hangs_at_shutdown"])


def test_what_a_child_started_ends_with_it(
    stack: MakeStack, service: MakeService, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    assert stack(service("has_a_worker", NOTES=str(notes))).run(interrupt) == 0
    assert gone(int(notes.read_text(encoding="utf-8")))


def test_errors_in_a_log_are_shown_while_it_runs(
    stack: MakeStack, service: MakeService, shown: Shown
) -> None:
    assert stack(service("reports_an_error")).run(interrupt) == 0
    assert "reports_an_error: worker restarted OSError" in shown.lines


def test_no_child_outlives_a_stack_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "deploy", "--only", "calculator", "--free-ports"]
    environ = {**os.environ, "GROUNDLING_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any(line.startswith("ready after") for line in lines)
        pid = running(tmp_path)["calculator"]
        workers = [worker.pid for worker in psutil.Process(pid).children(recursive=True)]
        process.kill()
    assert workers
    assert all(gone(one) for one in (pid, *workers))
