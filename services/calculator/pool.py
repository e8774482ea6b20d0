"""The workers and the queue before them: who computes what, until when, and who is replaced.

Each worker has a keeper, a task that takes inputs from the queue one by one. Only the keeper talks
to its worker, and it waits for the answer even when the asker has left: so question and answer
cannot get out of step, and a client that leaves early (most work takes under a millisecond) costs
no new process.

A worker cuts what takes too long itself and renews itself within milliseconds. The keeper's own,
slightly later deadline is for a worker that does not: it is killed, and a new one loads everything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from services.calculator.process import Cut, Unanswered, WorkerError, WorkerProcess
from services.chassis import Failure
from services.contract import ErrorCode

_LOG = logging.getLogger(__name__)
_RESTART_DELAY_S = 0.5
_MAX_RESTART_DELAY_S = 30.0
_GRACE_S = 0.25  # between the worker's own deadline and the keeper's


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    text: str
    answer: asyncio.Future[list[str] | None]

    def fail(self, code: ErrorCode, message: str) -> None:
        if not self.answer.done():  # done: the asker has left
            self.answer.set_exception(Failure(code, message))


_Place: TypeAlias = tuple[bool, int, _Job]
"""In the queue: those of whom a long computation is expected come last, else who comes first."""


class WorkerPool:
    def __init__(
        self,
        command: Sequence[str],
        *,
        workers: int,
        max_queue: int,
        timeout_s: float,
        start_timeout_s: float,
    ) -> None:
        self._command = command
        self._size = workers
        self._timeout_s = timeout_s
        self._start_timeout_s = start_timeout_s
        self._max_queue = max_queue
        self._queue: asyncio.PriorityQueue[_Place] = asyncio.PriorityQueue()
        self._arrivals = count()
        self._jobs: set[_Job] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._workers: set[WorkerProcess] = set()
        self._problem = "no worker has been started"
        self.ready = asyncio.Event()
        self._start_failed = False

    @property
    def problem(self) -> str | None:
        """Why nothing can be computed now; None when some worker is alive."""
        return None if self._alive() else self._problem

    @property
    def pids(self) -> list[int]:
        return sorted(worker.pid for worker in self._workers if worker.alive)

    def start(self) -> None:
        """Start the workers; returns at once, `problem` is None when the first one is ready."""
        self._problem = "the workers are starting"
        self._keepers = [asyncio.create_task(self._keep_one()) for _ in range(self._size)]

    async def stop(self) -> None:
        """Kill the workers; fail every job that is not answered yet."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._problem = "the service is shutting down"
        self._fail_all()

    async def calculate(self, text: str, *, long: bool = False) -> list[str] | None:
        """The results for one input, None when it is declined.

        long: it may take long, so others go before it, and half of the queue is kept for them.

        Failure: DEADLINE (a worker was killed at it), OVERLOADED (the queue is full), UNAVAILABLE
        (no worker can be started), INTERNAL (the worker died over this input). The request's own
        deadline cancels this wait from outside (services.chassis).
        """
        if self._start_failed and not self._alive():
            raise Failure(ErrorCode.UNAVAILABLE, self._problem)
        job = _Job(text, asyncio.get_running_loop().create_future())
        if self._queue.qsize() >= (max(1, self._max_queue // 2) if long else self._max_queue):
            message = f"{self._queue.qsize()} inputs are waiting already"
            raise Failure(ErrorCode.OVERLOADED, message, retry_after_s=1)
        self._queue.put_nowait((long, next(self._arrivals), job))
        self._jobs.add(job)
        try:
            return await job.answer
        finally:
            self._jobs.discard(job)

    def _fail_all(self) -> None:
        for job in self._jobs:
            job.fail(ErrorCode.UNAVAILABLE, self._problem)

    def _alive(self) -> bool:
        return any(worker.alive for worker in self._workers)

    async def _keep_one(self) -> None:
        """Keep one worker running, for ever."""
        delay_s = _RESTART_DELAY_S
        while True:
            try:
                worker = await WorkerProcess.start(self._command, self._start_timeout_s)
            except WorkerError as error:
                self._problem = f"a worker cannot be started: {error}"
                self._start_failed = True
                _LOG.error("calculator worker not started: %s", error)
                if not self._alive():
                    self._fail_all()
                await asyncio.sleep(delay_s)
                delay_s = min(2 * delay_s, _MAX_RESTART_DELAY_S)
                continue
            delay_s = _RESTART_DELAY_S
            self._start_failed = False
            self._problem = "the workers are being replaced"
            self._workers.add(worker)
            self.ready.set()
            try:
                reason = await self._serve(worker)
            finally:
                self._workers.discard(worker)
                await worker.kill()
            _LOG.warning("calculator worker replaced: %s", reason)

    async def _serve(self, worker: WorkerProcess) -> str:
        """Take jobs until the worker has to be replaced; returns why."""
        ended = asyncio.create_task(worker.ended())
        try:
            while (job := await self._next_job(ended)) is not None:
                if job.answer.done():
                    continue  # the asker has left
                reason = await self._do(job, worker)
                if reason is not None:
                    return reason
        finally:
            ended.cancel()
        await asyncio.sleep(_RESTART_DELAY_S)  # something kills idle workers: no hot loop
        return "died while idle"

    async def _next_job(self, ended: asyncio.Task[None]) -> _Job | None:
        """The next job, or None when the worker has ended while waiting for one."""
        with suppress(asyncio.QueueEmpty):
            return None if ended.done() else self._queue.get_nowait()[-1]
        coming = asyncio.create_task(self._queue.get())
        try:
            await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
            # A job that came just as the worker ended is done: the worker's death answers it.
            return coming.result()[-1] if coming.done() else None
        finally:
            coming.cancel()

    async def _do(self, job: _Job, worker: WorkerProcess) -> str | None:
        """Have the worker answer one job. Returns why it must be replaced, or None."""
        try:
            async with asyncio.timeout(self._timeout_s + _GRACE_S):
                results = await worker.ask(job.text)
        except TimeoutError:
            job.fail(ErrorCode.DEADLINE, self._late)
            return "killed at its deadline"
        except Unanswered as reason:
            if isinstance(reason, Cut):
                job.fail(ErrorCode.DEADLINE, self._late)
            else:
                job.fail(ErrorCode.INTERNAL, "the computation broke")
            return await self._renew(worker, reason)
        except WorkerError as error:
            job.fail(ErrorCode.INTERNAL, "the calculator's worker process died")
            return str(error)
        if not job.answer.done():
            job.answer.set_result(results)
        return None

    async def _renew(self, worker: WorkerProcess, reason: Unanswered) -> str | None:
        try:
            await worker.renewed(self._start_timeout_s)
        except WorkerError as error:
            return f"{reason}, then {error}"
        _LOG.log(
            logging.DEBUG if isinstance(reason, Cut) else logging.WARNING,
            "calculator worker renewed: %s",
            reason,
        )
        return None

    @property
    def _late(self) -> str:
        return f"not computed within {self._timeout_s:g} s"
