"""The processes of one Apertium mode, with ordinary commands in the stages' place."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.contract import ErrorCode
from services.translator.engines.apertium.process import ApertiumProcess
from services.translator.engines.interface import EngineError

pytestmark = pytest.mark.anyio

ECHO = ["cat"]  # hands each zero byte on at once, as a stage with null flush does
DEAF = ["sleep", "600"]
COUNTING = """
import os, sys
for line in iter(lambda: os.read(0, 65536), b""):
    os.write(1, line.replace(b"PID", str(os.getpid()).encode()))
"""


def process(
    *stages: Sequence[str],
    max_waiting: int = 4,
    start_timeout_s: float = 20,
    starts: asyncio.Semaphore | None = None,
) -> ApertiumProcess:
    return ApertiumProcess(
        stages, max_waiting=max_waiting, start_timeout_s=start_timeout_s, starts=starts
    )


async def failure_of(running: ApertiumProcess, text: str, timeout_s: float) -> ErrorCode:
    with pytest.raises(EngineError) as caught:
        await running.send(text, timeout_s=timeout_s)
    return caught.value.code


async def failure_and_end(running: ApertiumProcess, text: str, timeout_s: float) -> ErrorCode:
    code = await failure_of(running, text, timeout_s)
    await running.stop()
    return code


async def test_texts_pass_through_all_stages_one_after_the_other() -> None:
    running = process(ECHO, ECHO, ECHO)
    texts = [f"text {number}; $(id) | `ls` ü" for number in range(4)]
    answers = await asyncio.gather(*(running.send(text, timeout_s=20) for text in texts))
    assert answers == texts
    await running.stop()


async def test_the_process_is_kept_between_texts() -> None:
    running = process([sys.executable, "-c", COUNTING])
    first = await running.send("PID", timeout_s=20)
    assert first != "PID"
    assert await running.send("PID", timeout_s=20) == first
    await running.stop()


async def test_a_chain_that_hangs_is_cut_at_the_deadline() -> None:
    running = process(ECHO, DEAF)
    assert await failure_and_end(running, "hello", 0.2) is ErrorCode.DEADLINE
    assert not running.busy


async def test_after_a_hang_no_text_gets_the_answer_of_another(tmp_path: Path) -> None:
    # The first run never answers; a restarted one does.
    script = f"test -e {tmp_path}/again && exec cat; touch {tmp_path}/again; exec sleep 600"
    running = process(["sh", "-c", script], start_timeout_s=1)
    assert await failure_of(running, "first", 0.5) is ErrorCode.DEADLINE
    assert await running.send("second", timeout_s=20) == "second"
    await running.stop()


async def test_a_start_goes_on_when_the_text_that_asked_for_it_has_gone(tmp_path: Path) -> None:
    started, may_go_on = tmp_path / "started", tmp_path / "may_go_on"
    script = f"echo >> {started}; until test -e {may_go_on}; do sleep 0.01; done; exec cat"
    running = process(["sh", "-c", script])
    assert await failure_of(running, "first", 0.3) is ErrorCode.DEADLINE
    assert running.busy
    may_go_on.touch()
    assert await running.send("second", timeout_s=20) == "second"
    assert started.read_text(encoding="utf-8") == "\n"
    await running.stop()


async def test_chains_with_one_semaphore_start_one_after_the_other(tmp_path: Path) -> None:
    starts, answered = asyncio.Semaphore(1), []
    slow = process(DEAF, start_timeout_s=0.3, starts=starts)
    quick = process(ECHO, starts=starts)

    async def send(running: ApertiumProcess, name: str) -> None:
        with contextlib.suppress(EngineError):
            await running.send("text", timeout_s=20)
        answered.append(name)

    await asyncio.gather(send(slow, "slow"), send(quick, "quick"))
    assert answered == ["slow", "quick"]
    await asyncio.gather(slow.stop(), quick.stop())


async def test_stopping_ends_a_start() -> None:
    running = process(DEAF)
    start = running.start()
    await running.stop()
    assert start.cancelled()
    assert not running.busy


async def test_a_chain_that_dies_is_unavailable() -> None:
    assert await failure_and_end(process(["true"]), "hello", 20) is ErrorCode.UNAVAILABLE


async def test_a_chain_that_died_between_two_texts_is_replaced() -> None:
    running = process([sys.executable, "-c", COUNTING], ECHO)
    first = await running.send("PID", timeout_s=20)
    os.kill(int(first), signal.SIGKILL)
    with contextlib.suppress(EngineError):  # the death may be noticed only while sending
        await running.send("PID", timeout_s=20)
    assert await running.send("PID", timeout_s=20) not in (first, "PID")
    await running.stop()


async def test_a_stage_killed_in_the_middle_of_a_text_fails_it_and_is_replaced() -> None:
    # The second stage answers the start, tells its process id and keeps the text to itself.
    script = "printf '\\0'; read -r line; echo $$ >&3; exec sleep 600"
    reader, writer = os.pipe()
    running = process(ECHO, ["sh", "-c", f"exec 3>/proc/{os.getpid()}/fd/{writer}; {script}"])
    task = asyncio.create_task(running.send("hello\n", timeout_s=20))
    pid = int(await asyncio.to_thread(os.read, reader, 64))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineError) as caught:
        await task
    assert caught.value.code is ErrorCode.UNAVAILABLE
    os.close(reader)
    os.close(writer)
    await running.stop()


async def test_a_command_that_is_not_there_is_unavailable() -> None:
    running = process(ECHO, ["/no/such/command"])
    assert await failure_and_end(running, "hello", 20) is ErrorCode.UNAVAILABLE


async def test_a_full_queue_refuses_at_once() -> None:
    running = process(DEAF, max_waiting=1)
    waiting = asyncio.create_task(running.send("first", timeout_s=20))
    await asyncio.sleep(0)  # the task runs to its first wait, in the queue
    assert running.busy
    assert await failure_of(running, "second", 20) is ErrorCode.OVERLOADED
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await running.stop()
    assert not running.busy
