"""What the stack shows while it starts: a live table in a terminal, else one line per event."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Protocol, TextIO

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deploy.plan import Service
from services.contract import Missing

MAX_ERROR_CHARS = 300


class Progress(Protocol):
    def begin(self, services: Sequence[Service]) -> None: ...
    def waiting(self, name: str, why: str) -> None: ...
    def ready(self, name: str, elapsed_s: float, without: Sequence[Missing]) -> None: ...
    def end(self) -> None:
        """Every service is ready, or the start has failed."""

    def line(self, text: str) -> None: ...


class PlainProgress:
    """One line per event, for pipes and log files."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._shown: dict[str, str] = {}

    def begin(self, services: Sequence[Service]) -> None:
        for service in services:
            self.line(f"{service.name}: starting at {service.url}")
            self._shown[service.name] = "starting"

    def waiting(self, name: str, why: str) -> None:
        if self._shown.get(name) != why:
            self._shown[name] = why
            self.line(f"{name}: {why}")

    def ready(self, name: str, elapsed_s: float, without: Sequence[Missing]) -> None:
        self.line(f"{name}: ready after {elapsed_s:.1f} s")
        for part in without:
            self.line(f"{name}: works without {part.part}; to add it: {part.how}")

    def end(self) -> None:
        pass

    def line(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class LiveProgress:
    """A table with a row per service, kept up to date in place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._services: list[Service] = []
        self._why: dict[str, str] = {}
        self._ready_s: dict[str, float] = {}
        self._without: dict[str, Sequence[Missing]] = {}
        self._spinner = Spinner("dots")
        self._live = Live(console=console, refresh_per_second=8, get_renderable=self._table)

    def begin(self, services: Sequence[Service]) -> None:
        self._services = list(services)
        self._live.start()

    def waiting(self, name: str, why: str) -> None:
        self._why[name] = why

    def ready(self, name: str, elapsed_s: float, without: Sequence[Missing]) -> None:
        self._ready_s[name] = elapsed_s
        self._without[name] = without

    def end(self) -> None:
        self._live.stop()

    def line(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        elapsed_s = time.monotonic() - self._started
        for service in self._services:
            name = service.name
            if name in self._ready_s:
                seconds = f"{self._ready_s[name]:.1f} s"
                table.add_row(Text("✓", "green"), name, seconds, Text(self._notes(service), "dim"))
            else:
                why = Text(self._why.get(name, "starting"), "dim")
                table.add_row(self._spinner, name, f"{elapsed_s:.0f} s", why)
        return table

    def _notes(self, service: Service) -> str:
        without = self._without.get(service.name, ())
        if not without:
            return service.url
        parts = "; ".join(f"{part.part}: {part.how}" for part in without)
        return f"{service.url} (works without {parts})"


def progress_for(stream: TextIO = sys.stdout) -> Progress:
    console = Console(file=stream)
    return LiveProgress(console) if console.is_terminal else PlainProgress(stream)
