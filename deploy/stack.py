"""Start every process of the plan, wait until each is ready, watch them, stop them together.

Covers: the order of starting and stopping, the deadline for readiness, a child that dies, signals.
Does not cover: who may use the data folder (deploy.lock), what is started (deploy.plan), a single
child (deploy.process), the command line (deploy.options), restarting a child: one that dies ends
the stack, and says which and why.

How `Stack.run` ends, as an exit status:

    0     Ctrl-C (SIGINT), the ordinary way to stop it
    1     a child died, or was not ready in time
    143   SIGTERM (129: SIGHUP, the terminal went away; under nohup it runs on)
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx

from deploy.lock import only_stack_in
from deploy.plan import GATEWAY, Service, check_ports
from deploy.process import Child
from deploy.progress import MAX_ERROR_CHARS, Progress
from deploy.readiness import Look, look

TICK_S = 0.1
READY_TIMEOUT_S = 180.0
GRACE_S = 10.0
LOG_LINES = 20
STATE_FILE = "stack.json"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StackFailed(Exception):
    """The stack cannot go on; the message says which child and why."""


class Interrupted(Exception):
    """A signal asked the stack to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_status = 0 if number == signal.SIGINT else 128 + number


class Stack:
    """One run of the plan's processes. `run` may be called once."""

    def __init__(
        self,
        services: Sequence[Service],
        data_dir: Path,
        environ: Mapping[str, str],
        progress: Progress,
        *,
        ready_timeout_s: float = READY_TIMEOUT_S,
        grace_s: float = GRACE_S,
    ) -> None:
        self._services = list(services)
        self._data_dir = data_dir
        self._environ = environ
        self._progress = progress
        self._ready_timeout_s = ready_timeout_s
        self._grace_s = grace_s
        self._children: list[Child] = []
        self._ready_s: dict[str, float] = {}
        self._signals: list[int] = []

    def run(self, when_ready: Callable[[float], None]) -> int:
        """Start, wait, call `when_ready(seconds)`, watch; stops all and returns the exit status."""
        with only_stack_in(self._data_dir, self._url), self._signals_noted():
            check_ports(self._services)
            try:
                started = time.monotonic()
                self._start(started)
                self._write_state()
                when_ready(time.monotonic() - started)
                while True:
                    time.sleep(TICK_S)
                    self._check()
            except Interrupted as interrupted:
                self._progress.line("stopping …")
                return interrupted.exit_status
            except StackFailed as failure:
                self._progress.line(f"error: {failure}")
                return 1
            finally:
                self._stop()

    @property
    def _url(self) -> str:
        """Where it is reached: the gateway, else the first of the services started."""
        named = {service.name: service.url for service in self._services}
        return named.get(GATEWAY) or next(iter(named.values()))

    def _start(self, started: float) -> None:
        self._progress.begin(self._services)
        try:
            for service in self._services:
                self._children.append(Child(service, self._data_dir / "logs", self._environ))
            self._wait_until_ready(started)
        finally:
            self._progress.end()

    def _wait_until_ready(self, started: float) -> None:
        waiting: dict[str, str] = {child.service.name: "starting" for child in self._children}
        with httpx.Client(trust_env=False) as client:
            while waiting:
                time.sleep(TICK_S)
                for service in self._services:
                    self._check()
                    if service.name in waiting:
                        found = look(client, service.url)
                        self._note(service, found, time.monotonic() - started, waiting)
                if waiting and time.monotonic() - started > self._ready_timeout_s:
                    raise StackFailed(self._not_ready(waiting))

    def _note(
        self, service: Service, found: Look, elapsed_s: float, waiting: dict[str, str]
    ) -> None:
        if not found.ready:
            waiting[service.name] = found.why
            self._progress.waiting(service.name, found.why)
            return
        del waiting[service.name]
        self._ready_s[service.name] = elapsed_s
        # What the gateway lacks of our own processes is about to come, or is reported as itself.
        ours = {one.name for one in self._services}
        without = [part for part in found.missing if part.part not in ours]
        self._progress.ready(service.name, elapsed_s, without)

    def _not_ready(self, waiting: Mapping[str, str]) -> str:
        reasons = "; ".join(f"{name}: {why}" for name, why in waiting.items())
        quoted = [
            line
            for child in self._children
            if child.service.name in waiting
            for line in self._quote(child)
        ]
        return "\n".join([f"not ready after {self._ready_timeout_s:g} s: {reasons}", *quoted])

    def _check(self) -> None:
        """Raise when a signal came or a child died; show new errors in the logs."""
        if self._signals:
            raise Interrupted(self._signals[0])
        for child in self._children:
            for line in child.log.new_errors():
                self._progress.line(f"{child.service.name}: {line[:MAX_ERROR_CHARS]}")
        for child in self._children:
            if child.exit_code is not None:
                said = f"{child.service.name} (pid {child.pid}) died: {child.how_it_ended}"
                raise StackFailed("\n".join([said, *self._quote(child)]))

    def _quote(self, child: Child) -> list[str]:
        lines = child.log.tail(LOG_LINES)
        return [f"the end of {child.log.path}:", *(f"  {line}" for line in lines)]

    def _write_state(self) -> None:
        """What runs where, for bench/ and for people; removed when the stack stops."""
        state = {
            child.service.name: {
                "url": child.service.url,
                "pid": child.pid,
                "ready_s": round(self._ready_s[child.service.name], 3),
            }
            for child in self._children
        }
        (self._data_dir / STATE_FILE).write_text(json.dumps(state, indent=2), encoding="utf-8")

    def _stop(self) -> None:
        """The gateway first, so that it takes no more turns; then the rest at once."""
        (self._data_dir / STATE_FILE).unlink(missing_ok=True)
        until = time.monotonic() + self._grace_s
        first = [child for child in self._children if child.service.name == GATEWAY]
        rest = [child for child in self._children if child.service.name != GATEWAY]
        for group in (first, rest):
            for child in group:
                child.terminate()
            for child in group:
                while not child.wait(TICK_S) and time.monotonic() < until and not self._impatient():
                    pass
        for child in self._children:
            child.kill_group()

    def _impatient(self) -> bool:
        """A second signal ends the wait for children."""
        return len(self._signals) > 1

    @contextmanager
    def _signals_noted(self) -> Iterator[None]:
        def note(number: int, _frame: FrameType | None) -> None:
            self._signals.append(number)

        # nohup has SIGHUP ignored for us: the terminal may go away.
        heard = [
            number
            for number in SIGNALS
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
        ]
        before = {number: signal.signal(number, note) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
