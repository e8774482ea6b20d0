"""One Apertium mode as a chain of processes that stay running.

Covers: starting the stages without a shell, sending a text and reading its translation (null
flush: a zero byte ends each), one at a time with a bounded queue and a deadline, and replacing
the chain when it hangs or dies. Does not cover: which modes run (running.py), the stream format
(stream.py).

The text goes through the pipe only; it is never part of a command. Reference: wiki.apertium.org,
"Null flush".
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence

from services.contract import ErrorCode
from services.translator.engines.interface import EngineError

MAX_OUTPUT_BYTES = 262_144
_FAILURES = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
"""How an exchange ends when a stage died or says nonsense; TimeoutError is an OSError."""
_ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


class ApertiumProcess:
    """A running mode: `send` may be called by many tasks, which take turns."""

    def __init__(
        self,
        stages: Sequence[Sequence[str]],
        *,
        max_waiting: int,
        start_timeout_s: float,
        starts: asyncio.Semaphore | None = None,
    ) -> None:
        """starts: shared by chains that must not all start at once; held until the dictionaries
        are read."""
        self._stages = stages
        self._max_waiting = max_waiting
        self._start_timeout_s = start_timeout_s
        self._starts = starts or asyncio.Semaphore()
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._chain: list[Process] = []
        self._starting: asyncio.Task[None] | None = None
        self._killed: list[Process] = []

    @property
    def busy(self) -> bool:
        return self._waiting > 0 or self._starting is not None

    async def send(self, text: str, *, timeout_s: float) -> str:
        """The answer to a text, both in the stream format.

        EngineError: OVERLOADED (queue full), DEADLINE (too slow), UNAVAILABLE (it died).
        """
        if self._waiting >= self._max_waiting:
            raise EngineError(ErrorCode.OVERLOADED, "too many texts wait for this language pair")
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout_s), self._turn:
                return await self._exchange(text)
        except TimeoutError as error:
            message = f"Apertium took longer than {max(timeout_s, 0):.1f} s"
            raise EngineError(ErrorCode.DEADLINE, message) from error
        except _FAILURES as error:
            message = f"Apertium's process failed ({type(error).__name__})"
            raise EngineError(ErrorCode.UNAVAILABLE, message) from error
        finally:
            self._waiting -= 1

    def start(self) -> asyncio.Task[None]:
        """Start the chain, as a task of its own: who asked first may leave before it is ready, and
        a chain that was given up then would never be."""
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_task(self._start())
            self._starting.add_done_callback(self._started)
        return self._starting

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting = None
        if not task.cancelled():
            task.exception()  # whoever waits is told; where nobody does, nothing is to be logged

    async def _start(self) -> None:
        ready = False
        try:
            async with self._starts, asyncio.timeout(self._start_timeout_s):
                await self._start_stages()
                await self._pass("")  # answered once the dictionaries are read
            ready = True
        finally:
            if not ready:
                self._kill()

    async def _ready(self) -> None:
        if any(process.returncode is not None for process in self._chain):
            self._kill()  # it died since the last text
        if self._starting is not None:
            # Another text's start: when that fails, this one has not had its own.
            with contextlib.suppress(*_FAILURES):
                await asyncio.shield(self._starting)
        if not self._chain:
            await asyncio.shield(self.start())

    async def _exchange(self, request: str) -> str:
        """Send and receive. Cut short in any way, the chain is stopped: its pipe still holds the
        rest of this answer, which the next text would be given."""
        await self._ready()
        whole = False
        try:
            answer = await self._pass(request)
            whole = True
            return answer
        finally:
            if not whole:
                self._kill()

    async def _pass(self, request: str) -> str:
        first, last = self._chain[0].stdin, self._chain[-1].stdout
        assert first is not None, "started with a pipe"
        assert last is not None, "started with a pipe"
        first.write(request.encode() + b"\0")
        await first.drain()
        answer = await last.readuntil(b"\0")
        return answer[:-1].decode(errors="replace")

    async def _start_stages(self) -> None:
        source: int = PIPE
        for place, stage in enumerate(self._stages):
            is_last = place == len(self._stages) - 1
            reader, writer = (-1, PIPE) if is_last else os.pipe()
            try:
                process = await asyncio.create_subprocess_exec(
                    *stage,
                    stdin=source,
                    stdout=writer,
                    stderr=DEVNULL,
                    env=_ENVIRONMENT,
                    limit=MAX_OUTPUT_BYTES,
                )
            except BaseException:
                if reader >= 0:
                    os.close(reader)
                raise
            finally:
                for descriptor in (source, writer):
                    if descriptor >= 0:
                        os.close(descriptor)
            self._chain.append(process)
            source = reader

    def _kill(self) -> None:
        # Last first: a stage that loses the one before it ends by itself, and is then reaped by
        # both kill() and asyncio, which logs that.
        for process in reversed(self._chain):
            if process.returncode is None:
                process.kill()
        self._killed = [one for one in self._killed if one.returncode is None] + self._chain
        self._chain = []

    async def stop(self) -> None:
        """Kill the chain and wait until every process started here has ended."""
        starting = self._starting
        if starting is not None:
            starting.cancel()
            await asyncio.wait([starting])
        self._kill()
        await asyncio.gather(*(process.wait() for process in self._killed))
        self._killed = []
