"""One worker process, seen from the service: start it, ask it one thing at a time, kill it.

Covers the pipes and the end of the process; services.calculator.pool decides when to do what.
Loads neither SymPy nor lark.

    Unanswered    this input has no answer; the process renews itself: wait for `renewed`
    ├── Cut       it was not computed in time
    └── Fault     the computation broke
    WorkerError   the process did not start, died, or answered nonsense: kill and replace it
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Any


class WorkerError(Exception):
    """The worker did not start, died, or answered nonsense. Carries no text of an input."""


class Unanswered(Exception):
    """Carries no text of an input."""


class Cut(Unanswered):
    pass


class Fault(Unanswered):
    pass


class WorkerProcess:
    """One question at a time: it is answered, or the process killed, before the next."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str], timeout_s: float) -> WorkerProcess:
        """Run `command` and wait until it says it is ready. WorkerError: it did not in time."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, start_new_session=True
            )
        except OSError as error:
            raise WorkerError(f"cannot run {command[0]}: {error.strerror}") from error
        worker = cls(process)
        try:
            await worker.renewed(timeout_s)
        except BaseException:
            await worker.kill()
            raise
        return worker

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, text: str) -> list[str] | None:
        """The results for one input, None when it is declined. Raises Unanswered, WorkerError."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(text).encode() + b"\n")
            await self._process.stdin.drain()
        except OSError as error:
            raise WorkerError(f"died ({type(error).__name__})") from None
        match await self._read():
            case {"results": [*results]} if all(isinstance(result, str) for result in results):
                return results
            case {"declined": str()}:
                return None
            case {"cut": str()}:
                raise Cut("cut at its deadline")
            case {"failed": str(reason)}:
                raise Fault(f"failed ({reason})")
        raise WorkerError("answered nonsense")

    async def renewed(self, timeout_s: float) -> None:
        """Wait until it says that it is ready. WorkerError: it did not in time."""
        try:
            async with asyncio.timeout(timeout_s):
                greeting = await self._read()
        except TimeoutError:
            raise WorkerError(f"not ready after {timeout_s:g} s") from None
        if greeting != {"ready": True}:
            raise WorkerError("said something else than that it is ready")

    async def ended(self) -> None:
        """Return when the process has ended."""
        await self._process.wait()

    async def kill(self) -> None:
        """End the process and its child at once and wait until it is gone."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it is ending already
                os.killpg(self._process.pid, signal.SIGKILL)  # a group of its own, see start
        await self._process.wait()

    async def _read(self) -> Any:
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
            if not line:
                raise WorkerError("died (end of its answers)")
            return json.loads(line)
        except (OSError, ValueError) as error:  # ValueError: not JSON, or a line without end
            raise WorkerError(f"answered nonsense ({type(error).__name__})") from None
