"""One worker process seen from the service."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from services.calculator.process import WorkerError, WorkerProcess

pytestmark = pytest.mark.anyio
TIMEOUT_S = 20.0


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


@pytest.mark.parametrize("text", ["fault", "die", "nonsense"])
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
