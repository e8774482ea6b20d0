"""One worker process seen from the service."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.calculator.process import Cut, Fault, WorkerError, WorkerProcess

pytestmark = pytest.mark.anyio
TIMEOUT_S = 20.0
Until = Callable[[Callable[[], object]], Awaitable[None]]


def is_running(pid: int) -> bool:
    """Whether a process is there and no mere zombie, as orphans are until they are collected."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


async def test_it_answers_until_it_is_killed(command: list[str]) -> None:
    worker = await WorkerProcess.start(command, TIMEOUT_S)
    try:
        assert await worker.ask("a") == ["A"]
        assert await worker.ask("decline") is None
        assert await worker.ask("many\nlines") == ["MANY\nLINES"]
        assert worker.alive
    finally:
        await worker.kill()
    assert not worker.alive


async def test_what_takes_too_long_is_cut_and_the_process_goes_on(
    command: list[str], tmp_path: Path
) -> None:
    gate = tmp_path / "never"
    worker = await WorkerProcess.start([*command, "--time-limit-s", "0.2"], TIMEOUT_S)
    try:
        pid = worker.pid
        with pytest.raises(Cut):
            await worker.ask(f"hang {gate}")
        await worker.renewed(TIMEOUT_S)
        with pytest.raises(ProcessLookupError):
            os.kill(int(gate.with_suffix(".taken").read_text()), 0)
        assert await worker.ask("a") == ["A"]
        assert worker.pid == pid
    finally:
        await worker.kill()


async def test_a_fault_is_named_without_the_input_and_the_process_goes_on(
    command: list[str],
) -> None:
    worker = await WorkerProcess.start(command, TIMEOUT_S)
    try:
        with pytest.raises(Fault, match=r"^failed \(ValueError\)$"):
            await worker.ask("fault")
        await worker.renewed(TIMEOUT_S)
        assert await worker.ask("a") == ["A"]
    finally:
        await worker.kill()


async def test_killing_it_ends_the_child_that_computes(
    command: list[str], tmp_path: Path, until: Until
) -> None:
    gate = tmp_path / "never"
    taken = gate.with_suffix(".taken")
    worker = await WorkerProcess.start(command, TIMEOUT_S)
    asking = asyncio.create_task(worker.ask(f"hang {gate}"))
    await until(lambda: taken.exists() and taken.read_text())
    await worker.kill()
    with pytest.raises(WorkerError):
        await asking
    await until(lambda: not is_running(int(taken.read_text())))


@pytest.mark.parametrize("text", ["die", "nonsense"])
async def test_a_broken_worker_is_an_error_that_does_not_quote_it(
    command: list[str], text: str
) -> None:
    worker = await WorkerProcess.start(command, TIMEOUT_S)
    try:
        with pytest.raises(WorkerError) as error:
            await worker.ask(text)
        assert "{nonsense" not in str(error.value)
    finally:
        await worker.kill()


async def test_asking_a_dead_worker_is_an_error(command: list[str]) -> None:
    worker = await WorkerProcess.start(command, TIMEOUT_S)
    await worker.kill()
    with pytest.raises(WorkerError):
        await worker.ask("a")


@pytest.mark.parametrize(
    ("code", "timeout_s"),
    [
        ("raise SystemExit(3)", TIMEOUT_S),
        ("print('hello')", TIMEOUT_S),
        ("print('{}')", TIMEOUT_S),
        ("input()", 0.2),
    ],
)
async def test_what_does_not_say_it_is_ready_is_an_error(code: str, timeout_s: float) -> None:
    with pytest.raises(WorkerError):
        await WorkerProcess.start([sys.executable, "-c", code], timeout_s)


async def test_a_missing_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="cannot run"):
        await WorkerProcess.start([str(tmp_path / "nothing")], TIMEOUT_S)
