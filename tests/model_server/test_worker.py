from __future__ import annotations

import asyncio
import threading

import pytest

from model_server.engine.decode import Cancelled, ContextOverflowError
from model_server.worker import Worker
from services.chassis import Failure
from services.contract import ErrorCode

pytestmark = pytest.mark.anyio


async def test_calls_run_one_after_another() -> None:
    worker = Worker(max_queue=10)
    running = 0
    most = 0

    def work(cancelled: Cancelled) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        threading.Event().wait(0.005)
        running -= 1

    await asyncio.gather(*(worker.run(work) for _ in range(5)))
    assert most == 1


async def test_a_full_queue_says_when_to_come_back() -> None:
    worker = Worker(max_queue=2)
    gate = threading.Event()
    waiting = [asyncio.create_task(worker.run(lambda _: gate.wait(10))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Failure, match="at most 2") as caught:
        await worker.run(lambda _: None)
    assert caught.value.code is ErrorCode.OVERLOADED
    assert caught.value.retry_after_s
    gate.set()
    assert await asyncio.gather(*waiting) == [True, True, True]
    assert await worker.run(lambda _: "served") == "served"


async def test_a_caller_that_leaves_stops_its_work_and_frees_its_place() -> None:
    worker = Worker(max_queue=1)
    started, stopped = threading.Event(), threading.Event()

    def work(cancelled: Cancelled) -> None:
        started.set()
        while not cancelled():
            threading.Event().wait(0.002)
        stopped.set()

    running = asyncio.create_task(worker.run(work))
    queued = asyncio.create_task(worker.run(lambda _: "never"))
    await asyncio.to_thread(started.wait, 5)
    queued.cancel()
    running.cancel()
    results = await asyncio.gather(running, queued, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in results)
    assert await asyncio.to_thread(stopped.wait, 5)
    async with asyncio.timeout(5):
        assert await worker.run(lambda _: "next") == "next"
    assert worker.waiting == 0


async def test_too_long_a_dialog_is_the_callers_error() -> None:
    def work(cancelled: Cancelled) -> None:
        raise ContextOverflowError("context: 300 prompt tokens; the limit is 256")

    with pytest.raises(Failure, match=r"context: 300 .* 256") as caught:
        await Worker(max_queue=1).run(work)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
