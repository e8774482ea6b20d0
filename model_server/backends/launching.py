"""Where a worker runs: in a process of its own, or for tests and tools on a thread of this one.

Either way it is at the other end of a socket and ends when that closes, so the backend talks to
both alike.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from model_server.worker import Load, serve

STDERR = 2
END_S = 5.0
"""How long a worker may take to end by itself once its socket is closed."""


class Running(Protocol):
    @property
    def pid(self) -> int | None:
        """Of the worker's own process; None: it has none."""

    async def end(self) -> str:
        """With the socket closed: wait until it is gone, by force in the end. Says how it ended."""


Launch = Callable[[socket.socket], Awaitable[Running]]
"""Start a worker at this end of a socket pair, which is the worker's from then on."""


@dataclass(frozen=True, slots=True)
class _Process:
    process: Process

    @property
    def pid(self) -> int | None:
        return self.process.pid

    async def end(self) -> str:
        try:
            async with asyncio.timeout(END_S):
                code = await self.process.wait()
        except BaseException as error:  # cancelled, too: nothing may stay behind
            if self.process.returncode is None:
                self.process.kill()
            code = await self.process.wait()
            if not isinstance(error, TimeoutError):
                raise
        return f"killed by signal {-code}" if code < 0 else f"exit status {code}"


def launch_process(log_level: str) -> Launch:
    """`python -m model_server.worker`; what it prints goes to this process's standard error."""

    async def launch(end: socket.socket) -> Running:
        with end:
            number = end.fileno()
            command = [sys.executable, "-m", "model_server.worker", str(number), log_level]
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=STDERR, pass_fds=(number,)
            )
        return _Process(process)

    return launch


@dataclass(frozen=True, slots=True)
class _Thread:
    thread: threading.Thread

    @property
    def pid(self) -> int | None:
        return None

    async def end(self) -> str:
        await asyncio.to_thread(self.thread.join, END_S)
        return "its thread still runs" if self.thread.is_alive() else "its thread ended"


def launch_thread(load: Load) -> Launch:
    """The same loop on a thread; `load` may bring an engine of the caller's own."""

    async def launch(end: socket.socket) -> Running:
        thread = threading.Thread(target=serve, args=(end, load), name="worker", daemon=True)
        thread.start()
        return _Thread(thread)

    return launch
