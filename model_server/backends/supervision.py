"""The worker, seen from the server: start it, watch it, start it anew; requests and their events.

    unavailable       loading or restarting; the worker ended while the request was inside
    invalid_request   the engine refuses the request: too long, or an unknown adapter
    internal          the model gave numbers that are none

A worker that served and ends is replaced at once, and so is one that hangs: that says nothing for
`silence_s` when something was sent to it. Those that end before they are ready are replaced with
growing delays, one that says why nothing can be loaded is not.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

from model_server.backends.launching import Launch, Running
from model_server.checkpoints.checkpoint import CheckpointError
from model_server.checkpoints.tokenizer import TokenizerError
from model_server.engine.requests import Began, Event, Failed, Finished, Request, Scored, Tokens
from model_server.link import (
    MAX_LINE_BYTES,
    Cancel,
    FromFront,
    LinkError,
    Ready,
    Setup,
    Stats,
    Unloadable,
    read,
    write,
)
from services.chassis import Failure
from services.contract import ErrorCode, Missing

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_DELAY_S = 30.0
LOADING = Missing(part="model", how="wait: the weights are being read", required=True)
RESTARTING = "wait: the worker is restarting"
COUNTERS = frozenset(
    {"steps", "prompt_tokens", "cached_tokens", "new_tokens", "drafted_tokens", "accepted_tokens"}
)
"""Of Engine.stats, those that only grow; the others are gauges."""
_CODES = {
    "context": ErrorCode.INVALID_REQUEST,
    "adapter": ErrorCode.INVALID_REQUEST,
    "numerical": ErrorCode.INTERNAL,
}


def delay_s(in_vain: int) -> float:
    """How long to wait before the next worker, when so many in a row have not become ready."""
    return min(2.0 ** min(in_vain - 2, 10), MAX_DELAY_S) if in_vain > 1 else 0.0


class _Unusable(Exception):
    """No worker can be had until somebody changes something; the message says what."""


class Inbox:
    """One request's events as they come, or the failure that ended it."""

    def __init__(self, cancel: Callable[[int], None]) -> None:
        self.cancel = cancel
        """Nobody waits any longer for the candidate of this index."""
        self._waiting: asyncio.Queue[Event | Failure] = asyncio.Queue()

    def put(self, event: Event | Failure) -> None:
        self._waiting.put_nowait(event)

    async def next(self) -> Event:
        """Raises Failure."""
        event = await self._waiting.get()
        if isinstance(event, Failed):
            event = Failure(_CODES[event.kind], event.message)
        if isinstance(event, Failure):
            raise event
        return event


@dataclass(frozen=True, slots=True)
class _Worker:
    """One that is ready."""

    says: Ready
    writer: StreamWriter
    running: Running


class Supervisor(Generic[T]):
    """`beside` is opened in this process while the worker loads; both must be there to serve."""

    def __init__(
        self,
        setup: Setup | None,
        launch: Launch,
        beside: Callable[[Setup], T],
        lack: Missing,
        silence_s: float,
    ) -> None:
        """setup None: there is nothing to load, for the reason `lack`."""
        self.restarts = 0
        self.settled = asyncio.Event()
        """Set while it serves, and when it never will; not set: wait."""
        self.setup = setup
        self._launch = launch
        self._silence_s = silence_s
        self._silence = asyncio.Timeout(None)
        """When the worker must have said something."""
        self._beside = beside
        self._opened: T | None = None
        self._lack: Missing | None = lack
        self._watching: asyncio.Task[None] | None = None
        self._worker: _Worker | None = None
        self._inside: dict[int, Inbox] = {}
        self._numbers = count()
        self._stats: dict[str, float] = {}
        self._before: Counter[str] = Counter()
        """Counters of the workers that are gone."""

    async def start(self) -> None:
        """Begin to load, and return."""
        if self.setup is not None:
            self._watching = asyncio.create_task(self._watch(self.setup))

    async def stop(self) -> None:
        """End the worker; requests inside fail."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching

    # --- what there is --------------------------------------------------------------------------

    @property
    def lack(self) -> Missing | None:
        """What is missing before it can serve; None: it can."""
        return self._lack

    @property
    def ready(self) -> tuple[Ready, T]:
        """What the worker says of itself, and what is beside it. Raises Failure(unavailable)."""
        if self._worker is None or self._opened is None:
            raise self._unavailable()
        return self._worker.says, self._opened

    @property
    def pid(self) -> int | None:
        """Of the worker's process; None: none is ready, or it has none of its own."""
        return self._worker.running.pid if self._worker is not None else None

    @property
    def inside(self) -> int:
        """Requests in the worker; one of the server's may be several of them."""
        return len(self._inside)

    def stats(self) -> dict[str, float]:
        """Engine.stats, its counters going on over restarts, and `restarts`."""
        total = {name: self._before[name] + self._stats.get(name, 0) for name in COUNTERS}
        return {**self._stats, **total, "restarts": self.restarts}

    def _unavailable(self) -> Failure:
        lack = self._lack or LOADING
        retry_after_s = 1 if lack.how.startswith("wait") else None
        message = f"{lack.part}: {lack.how}"
        return Failure(ErrorCode.UNAVAILABLE, message, retry_after_s=retry_after_s)

    # --- requests -------------------------------------------------------------------------------

    @asynccontextmanager
    async def asked(self, request: Callable[[int], Request]) -> AsyncIterator[Inbox]:
        """Send the request, given its id. Leaving the block cancels it, wherever it stands."""
        number = next(self._numbers)

        def cancel(index: int) -> None:
            if number in self._inside:
                self._send(Cancel(number, index))

        inbox = Inbox(cancel)
        self._send(request(number))
        self._inside[number] = inbox
        if self._silence.when() is None:
            self._expect_more()
        try:
            yield inbox
        finally:  # a worker that is done with it takes a cancellation for nothing
            if self._inside.pop(number, None) is not None and self._worker is not None:
                self._send(Cancel(number))

    def _send(self, message: FromFront) -> None:
        if self._worker is None:
            raise self._unavailable()
        self._worker.writer.write(write([message]))

    # --- the worker's life ----------------------------------------------------------------------

    async def _watch(self, setup: Setup) -> None:
        """Keep a worker running."""
        opening = asyncio.create_task(asyncio.to_thread(self._beside, setup))
        opening.add_done_callback(lambda task: task.cancelled() or task.exception())  # looked at
        in_vain = 0  # workers in a row that ended before they were ready
        while True:
            try:
                how, served = await self._one_life(setup, opening)
            except _Unusable as error:
                self._lack = Missing(part="model", how=str(error), required=True)
                log.error("model not loaded")
                self.settled.set()
                return
            in_vain = 0 if served else in_vain + 1
            self.restarts += 1
            wait_s = delay_s(in_vain)
            when = f", in {wait_s:g} s" if wait_s else ""
            how_missing = f"{RESTARTING}{when} (the last one: {how})"
            self._lack = Missing(part="model", how=how_missing, required=True)
            log.error("worker ended", extra={"how": how, "wait_s": wait_s})
            await asyncio.sleep(wait_s)

    async def _one_life(self, setup: Setup, opening: asyncio.Task[T]) -> tuple[str, bool]:
        """Start a worker and serve with it until it ends: how it ended, and whether it served."""
        ours, theirs = socket.socketpair()
        try:
            running = await self._launch(theirs)
        except OSError as error:
            ours.close()
            return f"it cannot be started: {error.strerror}", False
        reader, writer = await asyncio.open_connection(sock=ours, limit=MAX_LINE_BYTES)
        served = False
        try:
            writer.write(write([setup]))
            says = await _greeting(reader)
            if says is not None:
                self._opened = await _opened(opening)
                self._worker, self._lack, served = _Worker(says, writer, running), None, True
                self.settled.set()
                log.info("model ready", extra={"restarts": self.restarts})
                async with asyncio.timeout(None) as self._silence:
                    await self._deliver(reader)
        except _Unusable:
            raise
        except TimeoutError:
            log.error("worker hangs", extra={"silence_s": self._silence_s})
        except Exception:  # whatever it is, another worker may do better
            log.exception("worker not understood")
        finally:
            self._lose()
            writer.close()
            how = await running.end()
        return how, served

    async def _deliver(self, reader: StreamReader) -> None:
        """Hand each event to the request it answers, until the worker ends."""
        while line := await reader.readline():
            message = read(line)
            if isinstance(message, Stats):
                self._stats = message.values
            elif isinstance(message, Began | Tokens | Finished | Scored | Failed):
                inbox = self._inside.get(message.id)
                if inbox is not None:  # else it has been cancelled meanwhile
                    inbox.put(message)
            self._expect_more()

    def _expect_more(self) -> None:
        """A worker at work says how it stands several times a second, and after a cancellation."""
        until_s = asyncio.get_running_loop().time() + self._silence_s
        self._silence.reschedule(until_s if self._inside else None)

    def _lose(self) -> None:
        """The worker is gone, and all requests that were inside it."""
        self._worker = None
        self.settled.clear()
        self._lack = self._lack or Missing(part="model", how=RESTARTING, required=True)
        self._before.update({name: int(self._stats.get(name, 0)) for name in COUNTERS})
        self._stats = {}
        for inbox in self._inside.values():
            message = "the process that runs the model ended; it is being restarted: ask again"
            inbox.put(Failure(ErrorCode.UNAVAILABLE, message, retry_after_s=1))
        self._inside.clear()


async def _greeting(reader: StreamReader) -> Ready | None:
    """None: it ended before it was ready. Raises _Unusable."""
    line = await reader.readline()
    if not line:
        return None
    match read(line):
        case Ready() as ready:
            return ready
        case Unloadable(message=message):
            raise _Unusable(message)
    raise LinkError("the first line says something else than that it is ready")


async def _opened(opening: asyncio.Task[T]) -> T:
    try:
        return await opening
    except (CheckpointError, TokenizerError) as error:
        raise _Unusable(str(error)) from error
    except Exception as error:
        log.exception("tokenizer not opened")
        how = f"opening the tokenizer ended with {type(error).__name__}; see the log"
        raise _Unusable(how) from error
