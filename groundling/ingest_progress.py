"""How far `groundling ingest` is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichBar

from groundling.terminal import one_line

LINE_EVERY_S = 5.0
_NAME_CHARS = 20
"""So that all of it is one line of a terminal of 80."""


class Progress(Protocol):
    def __enter__(self) -> Progress: ...
    def __exit__(self, *_: object) -> None: ...
    def total(self, files: int, size: int) -> None: ...
    def at(self, name: str, files: int, size: int, documents: int) -> None:
        """The file being read, how many are done, bytes read and documents stored so far."""

    def note(self, text: str) -> None:
        """Something the user should see at once."""


class Bar:
    def __init__(self, console: Console) -> None:
        self._bar = RichBar(
            TextColumn("{task.fields[file]}", style="dim"),
            BarColumn(bar_width=10),
            TaskProgressColumn(),
            DownloadColumn(),
            TextColumn("{task.fields[count]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, file="", count="")

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def total(self, files: int, size: int) -> None:
        self._bar.update(self._task, total=size)

    def at(self, name: str, files: int, size: int, documents: int) -> None:
        shown = escape(one_line(name)[-_NAME_CHARS:])
        self._bar.update(self._task, completed=size, file=shown, count=f"{documents:,} documents")

    def note(self, text: str) -> None:
        self._bar.console.print(one_line(text), markup=False, highlight=False, style="yellow")


class Lines:
    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._said = clock()
        self._files = 0
        self._size = 0

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def total(self, files: int, size: int) -> None:
        self._files, self._size = files, size

    def at(self, name: str, files: int, size: int, documents: int) -> None:
        if self._clock() - self._said < LINE_EVERY_S:
            return
        self._said = self._clock()
        share = f"{100 * size // self._size} %" if self._size else ""
        self.note(
            f"{share} {files:,} of {self._files:,} files, {documents:,} documents, "
            f"reading {one_line(name)}"
        )

    def note(self, text: str) -> None:
        print(one_line(text), file=self._stream, flush=True)
