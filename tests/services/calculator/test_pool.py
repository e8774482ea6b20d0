"""The pool: deadlines kill and replace, others go on, and nobody gets another's answer."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.calculator.pool import WorkerPool
from services.chassis import Failure
from services.contract import ErrorCode

pytestmark = pytest.mark.anyio

Until = Callable[[Callable[[], object]], Awaitable[None]]
PLENTY_S = 20.0


@asynccontextmanager
async def running(
    command: list[str], *, workers: int = 1, max_queue: int = 8, timeout_s: float = PLENTY_S
) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(
        command, workers=workers, max_queue=max_queue, timeout_s=timeout_s, start_timeout_s=PLENTY_S
    )
    pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def ask(pool: WorkerPool, text: str) -> asyncio.Task[list[str] | None]:
    async def asking() -> list[str] | None:
        async with asyncio.timeout(PLENTY_S):
            return await pool.calculate(text)

    return asyncio.create_task(asking())


async def failure_of(task: Awaitable[object]) -> ErrorCode:
    with pytest.raises(Failure) as failure:
        await task
    return failure.value.code


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_worker_is_killed_at_its_deadline_and_replaced_while_others_go_on(
    command: list[str], tmp_path: Path, until: Until
) -> None:
    gate = tmp_path / "never"
    async with running(command, workers=2, timeout_s=2.0) as pool:
        await until(lambda: len(pool.pids) == 2)
        before = pool.pids
        hanging = ask(pool, f"hang {gate}")
        await until(gate.with_suffix(".taken").exists)
        assert await asyncio.gather(*(ask(pool, text) for text in "abcd")) == [
            [text] for text in "ABCD"
        ]
        assert not hanging.done()
        assert await failure_of(hanging) is ErrorCode.DEADLINE
        await until(lambda: len(pool.pids) == 2 and pool.pids != before)
        (killed,) = set(before) - set(pool.pids)
        assert not is_running(killed)
        assert await ask(pool, "e") == ["E"]


async def test_a_worker_that_cuts_its_input_is_kept(command: list[str], tmp_path: Path) -> None:
    limited = [*command, "--time-limit-s", "0.3"]
    async with running(limited) as pool:
        hanging = ask(pool, f"hang {tmp_path / 'never'}")
        waiting = [ask(pool, text) for text in "abc"]
        assert await failure_of(hanging) is ErrorCode.DEADLINE
        before = pool.pids
        assert await asyncio.gather(*waiting) == [["A"], ["B"], ["C"]]
        assert await failure_of(ask(pool, f"hang {tmp_path / 'never'}")) is ErrorCode.DEADLINE
        assert await failure_of(ask(pool, "fault")) is ErrorCode.INTERNAL
        assert await ask(pool, "d") == ["D"]
        assert pool.pids == before != []


async def test_with_one_worker_what_waits_is_answered_by_the_replacement(
    command: list[str], tmp_path: Path
) -> None:
    async with running(command, timeout_s=0.5) as pool:
        hanging = ask(pool, f"hang {tmp_path / 'never'}")
        waiting = [ask(pool, text) for text in "abc"]
        assert await failure_of(hanging) is ErrorCode.DEADLINE
        assert await asyncio.gather(*waiting) == [["A"], ["B"], ["C"]]


async def test_a_cancelled_request_does_not_shift_the_answers_of_the_next(
    command: list[str], tmp_path: Path, until: Until
) -> None:
    gate = tmp_path / "gate"
    async with running(command) as pool:
        leaving = ask(pool, f"hang {gate}")
        await until(gate.with_suffix(".taken").exists)
        before = pool.pids
        waiting = [ask(pool, text) for text in "abc"]
        leaving.cancel()
        waiting[1].cancel()
        gate.touch()
        assert await waiting[0] == ["A"]
        assert await waiting[2] == ["C"]
        assert await ask(pool, "d") == ["D"]
        assert pool.pids == before, "leaving costs no process"


async def test_what_nobody_waits_for_any_more_is_not_computed(
    command: list[str], tmp_path: Path, until: Until
) -> None:
    gate, unwanted = tmp_path / "gate", tmp_path / "unwanted"
    unwanted.touch()
    async with running(command) as pool:
        computing = ask(pool, f"hang {gate}")
        await until(gate.with_suffix(".taken").exists)
        leaving = ask(pool, f"hang {unwanted}")
        await asyncio.sleep(0)
        leaving.cancel()
        last = ask(pool, "a")
        gate.touch()
        assert await last == ["A"]
        assert computing.done()
        assert not unwanted.with_suffix(".taken").exists()


async def test_a_full_queue_is_refused(command: list[str], tmp_path: Path, until: Until) -> None:
    gate = tmp_path / "gate"
    async with running(command, max_queue=1) as pool:
        computing = ask(pool, f"hang {gate}")
        await until(gate.with_suffix(".taken").exists)
        waiting = ask(pool, "a")
        await asyncio.sleep(0)
        with pytest.raises(Failure) as failure:
            await pool.calculate("b")
        assert failure.value.code is ErrorCode.OVERLOADED
        assert failure.value.retry_after_s == 1
        gate.touch()
        assert await waiting == ["A"]
        assert await computing is not None


@pytest.mark.parametrize("text", ["die", "fault", "nonsense"])
async def test_a_worker_that_breaks_fails_its_request_and_is_replaced(
    command: list[str], text: str
) -> None:
    async with running(command) as pool:
        assert await failure_of(ask(pool, text)) is ErrorCode.INTERNAL
        assert await ask(pool, "a") == ["A"]


async def test_a_worker_killed_while_idle_is_replaced(command: list[str], until: Until) -> None:
    async with running(command) as pool:
        await until(lambda: pool.pids)
        before = pool.pids
        os.kill(before[0], signal.SIGKILL)
        await until(lambda: pool.problem is not None)
        await until(lambda: pool.pids and pool.pids != before)
        assert pool.problem is None
        assert await ask(pool, "a") == ["A"]


async def test_workers_that_cannot_start_are_unavailable_and_the_problem_is_named() -> None:
    async with running([sys.executable, "-c", "raise SystemExit(3)"]) as pool:
        assert await failure_of(ask(pool, "early")) is ErrorCode.UNAVAILABLE
        assert "cannot be started" in (pool.problem or "")
        with pytest.raises(Failure) as at_once:
            pool.calculate("late").send(None)  # before anything is waited for
        assert at_once.value.code is ErrorCode.UNAVAILABLE


async def test_stopping_fails_what_waits_and_leaves_no_process(
    command: list[str], tmp_path: Path, until: Until
) -> None:
    gate = tmp_path / "never"
    async with running(command) as pool:
        computing = ask(pool, f"hang {gate}")
        await until(gate.with_suffix(".taken").exists)
        waiting = ask(pool, "a")
        await asyncio.sleep(0)
        (pid,) = pool.pids
    assert await failure_of(computing) is ErrorCode.UNAVAILABLE
    assert await failure_of(waiting) is ErrorCode.UNAVAILABLE
    assert not is_running(pid)
    assert pool.problem is not None


async def test_no_text_of_an_input_is_logged(
    command: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="services.calculator")
    async with running(command, timeout_s=0.5) as pool:
        for text in (f"hang {tmp_path / 'secret'}", "fault", "nonsense", "secret"):
            await asyncio.gather(ask(pool, text), return_exceptions=True)
    assert "worker replaced" in caplog.text
    assert "secret" not in caplog.text
