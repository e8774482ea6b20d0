"""The modes that run: a chain of processes for each, as many as are allowed.

Covers: starting a mode when it is first asked, a few at a time; stopping one to make room for
another, and those that nobody asked for long. Does not cover: one mode's processes (process.py),
which modes a text needs (routes.py).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence

from services.contract import ErrorCode
from services.translator.engines.apertium.modes import Mode, read_pipeline
from services.translator.engines.apertium.process import ApertiumProcess
from services.translator.engines.interface import EngineError

STARTS_AT_ONCE = 2
"""Modes that start at the same time. Starting one is half a second's work for a processor or more:
eight at once all answered after three seconds, and held up the service's own loop for one."""


class RunningModes:
    """Sends texts to modes and keeps their processes."""

    def __init__(
        self, *, max_modes: int, max_waiting: int, start_timeout_s: float, idle_s: float
    ) -> None:
        """max_waiting: texts that may wait for one mode. idle_s: it stops when unused for so
        long."""
        self._max_modes = max_modes
        self._max_waiting = max_waiting
        self._start_timeout_s = start_timeout_s
        self._idle_s = idle_s
        self._running: OrderedDict[str, ApertiumProcess] = OrderedDict()
        self._expiry: dict[str, asyncio.TimerHandle] = {}
        self._stopping: set[asyncio.Task[None]] = set()
        self._starts = asyncio.Semaphore(STARTS_AT_ONCE)
        self._freed = asyncio.Event()

    def names(self) -> list[str]:
        """The modes whose processes are kept, least recently used first."""
        return list(self._running)

    async def send(self, mode: Mode, stream: str, end_s: float) -> str:
        """The mode's answer, both in the stream format. end_s: the latest, in monotonic time.

        EngineError: as ApertiumProcess.send has it, and OVERLOADED when every mode that may run
        stays in use. ModeError, OSError: the mode's file cannot be used.
        """
        try:
            async with asyncio.timeout(end_s - time.monotonic()):
                process = await self._process(mode)
        except TimeoutError as error:
            message = "every Apertium process is in use"
            raise EngineError(ErrorCode.OVERLOADED, message) from error
        try:
            return await process.send(stream, timeout_s=end_s - time.monotonic())
        finally:
            self._freed.set()

    def start_ahead(self, modes: Sequence[Mode]) -> None:
        """Start the modes that a text will need, where that takes no other's place."""
        for mode in modes:
            if mode.name not in self._running and len(self._running) < self._max_modes:
                self._add(mode)
                self._keep_for_now(mode.name)

    async def stop(self) -> None:
        """Kill every process, and wait until they have ended."""
        for name in list(self._expiry):
            self._expiry.pop(name).cancel()
        running, self._running = self._running, OrderedDict()
        await asyncio.gather(*(process.stop() for process in running.values()), *self._stopping)

    async def _process(self, mode: Mode) -> ApertiumProcess:
        self._keep_for_now(mode.name)
        while mode.name not in self._running:
            if len(self._running) < self._max_modes:
                return self._add(mode)
            await self._make_room()
        self._running.move_to_end(mode.name)
        return self._running[mode.name]

    def _add(self, mode: Mode) -> ApertiumProcess:
        stages = read_pipeline(mode.path)
        process = ApertiumProcess(
            stages,
            max_waiting=self._max_waiting,
            start_timeout_s=self._start_timeout_s,
            starts=self._starts,
        )
        process.start().add_done_callback(lambda _: self._freed.set())
        self._running[mode.name] = process
        return process

    async def _make_room(self) -> None:
        """Stop the mode that is longest out of use, or wait until one is."""
        idle = next((name for name, process in self._running.items() if not process.busy), None)
        if idle is not None:
            await self._running.pop(idle).stop()
            return
        self._freed.clear()
        await self._freed.wait()

    def _keep_for_now(self, name: str) -> None:
        """Stop this mode when it was not used for long."""
        if name in self._expiry:
            self._expiry[name].cancel()
        loop = asyncio.get_running_loop()
        self._expiry[name] = loop.call_later(self._idle_s, self._expire, name)

    def _expire(self, name: str) -> None:
        process = self._running.get(name)
        if process is not None and process.busy:
            self._keep_for_now(name)
            return
        del self._expiry[name]
        if process is not None:
            task = asyncio.get_running_loop().create_task(self._running.pop(name).stop())
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)
