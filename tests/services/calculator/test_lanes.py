"""Two lanes: what takes long moves aside, and the rest goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.calculator.lanes import Lanes
from services.calculator.pool import WorkerPool
from services.chassis import Failure
from services.contract import ErrorCode

pytestmark = pytest.mark.anyio

Until = Callable[[Callable[[], object]], Awaitable[None]]
PLENTY_S = 20.0


@asynccontextmanager
async def running(command: list[str], *, slow_s: float = PLENTY_S) -> AsyncIterator[Lanes]:
    def lane(timeout_s: float) -> WorkerPool:
        return WorkerPool(
            [*command, "--time-limit-s", str(timeout_s)],
            workers=1,
            max_queue=16,
            timeout_s=timeout_s,
            start_timeout_s=PLENTY_S,
        )

    lanes = Lanes(quick=lane(0.1), slow=lane(slow_s))
    lanes.start()
    try:
        yield lanes
    finally:
        await lanes.stop()


def ask(lanes: Lanes, text: str) -> asyncio.Task[list[str] | None]:
    async def asking() -> list[str] | None:
        async with asyncio.timeout(PLENTY_S):
            return await lanes.calculate(text)

    return asyncio.create_task(asking())


async def test_what_takes_long_is_answered_by_the_slow_lane(
    command: list[str], tmp_path: Path, until: Until
) -> None:
    gate = tmp_path / "gate"
    taken = gate.with_suffix(".taken")
    async with running(command) as lanes:
        long = ask(lanes, f"hang {gate}")
        await until(lambda: taken.exists() and taken.read_text())
        first_try = taken.read_text()
        await until(lambda: taken.read_text() not in {"", first_try})
        gate.touch()
        assert await long == [f"HANG {gate}".upper()]


async def test_more_hanging_inputs_than_workers_hold_up_no_other(
    command: list[str], tmp_path: Path
) -> None:
    async with running(command) as lanes:
        hanging = [ask(lanes, f"hang {tmp_path / str(number)}") for number in range(4)]
        answered = await asyncio.gather(*(ask(lanes, text) for text in "abcdef"))
        assert answered == [[text] for text in "ABCDEF"]
        assert not any(task.done() for task in hanging)
        for number in range(4):
            (tmp_path / str(number)).touch()
        assert all(await asyncio.gather(*hanging))


async def test_a_plain_sum_goes_before_the_algebra_that_waits(
    command: list[str], tmp_path: Path
) -> None:
    async with running(command) as lanes:
        assert await ask(lanes, "ready") == ["READY"]
        gates = [tmp_path / f"solve {number}" for number in range(8)]
        hanging = [ask(lanes, f"hang {gate}") for gate in gates]
        await asyncio.sleep(0)  # they are in the queue
        assert await ask(lanes, "a") == ["A"]
        tried = [gate for gate in gates if gate.with_suffix(".taken").exists()]
        assert len(tried) <= 1  # what it found there
        for gate in gates:
            gate.touch()
        assert all(await asyncio.gather(*hanging))


@pytest.mark.parametrize("name", ["solve", "x = 1", "long" * 40])
async def test_what_may_take_long_leaves_room_in_the_queue(
    command: list[str], tmp_path: Path, name: str
) -> None:
    async with running(command) as lanes:
        gates = [tmp_path / f"{name}{number}" for number in range(20)]
        long = [ask(lanes, f"hang {gate}") for gate in gates]
        await asyncio.sleep(0)
        assert await ask(lanes, "a") == ["A"]
        for gate in gates:
            gate.touch()
        answers = await asyncio.gather(*long, return_exceptions=True)
        assert ErrorCode.OVERLOADED in {a.code for a in answers if isinstance(a, Failure)}


async def test_the_deadline_is_the_slow_lanes(command: list[str], tmp_path: Path) -> None:
    async with running(command, slow_s=0.3) as lanes:
        with pytest.raises(Failure, match=r"within 0\.3 s") as failure:
            await ask(lanes, f"hang {tmp_path / 'never'}")
        assert failure.value.code is ErrorCode.DEADLINE
        assert await ask(lanes, "decline") is None


async def test_stopping_before_anything_is_ready_leaves_nothing_waiting(command: list[str]) -> None:
    async with running(command) as lanes:
        waiting = ask(lanes, "a")
        await asyncio.sleep(0)
    with pytest.raises(Failure) as failure:
        await waiting
    assert failure.value.code is ErrorCode.UNAVAILABLE
    assert lanes.problem is not None
