"""The parsers, as `groundling ingest` uses them: in a process of their own, started again when one
file ends it.

Covers: the lines between the processes (services/retrieval/parse/__main__.py describes them), a
bound on what is read ahead, a deadline on silence, and a parser that hangs or dies, which costs the
page it was at, or that file, and no other. Does not cover: what the parsers do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

# -P: the folder it is started in may hold a module by the name of one of ours, or of Python's.
COMMAND = (sys.executable, "-P", "-m", "services.retrieval.parse")
SILENCE_S = 120.0
"""How long a parser may say nothing before it is ended."""
MEMORY_BYTES = 4 * 2**30
READ_AHEAD_BYTES = 8 * 2**20
MAX_RESTARTS = 20
"""Per file; after so many pages that end the parser, something else is wrong."""
_START_S = 60.0


class ParserGone(Exception):
    """The parsers cannot be started at all; the message says why."""


class FileError(Exception):
    """The (rest of the) file cannot be read; the message says why, without its name."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One record of a file; neither document nor problem: how far it is."""

    at: int
    read: int
    document: dict[str, Any] | None = None
    problem: str | None = None
    size: int = 0
    """Of the document as JSON, in bytes."""


class _Stopped(Exception):
    pass


class Parser:
    """Use as a context manager. One file at a time."""

    def __init__(self, command: Sequence[str] = COMMAND, silence_s: float = SILENCE_S) -> None:
        self._command = command
        self._silence_s = silence_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lines = _Lines()
        self._midway = False
        """It was asked for a file whose answer was not read to its end."""

    def __enter__(self) -> Parser:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()

    def endings(self) -> tuple[str, ...]:
        """Of the names of files that can be read."""
        try:
            run = subprocess.run(
                [*self._command, "--formats"], capture_output=True, timeout=_START_S, check=True
            )
            return tuple(json.loads(run.stdout)["endings"])
        except subprocess.CalledProcessError as error:
            last = error.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise ParserGone(f"the parsers do not start: {last}") from None
        except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
            raise ParserGone(f"the parsers do not start: {error}") from None

    def read(self, path: Path, url: str | None, after: int = 0) -> Iterator[Parsed]:
        """The file's records from the one after number `after`. FileError: no more can be read."""
        for _ in range(MAX_RESTARTS):
            begun = 0
            try:
                for size, line in self._ask(path, url, after):
                    if "end" in line:
                        if line["end"] is not None:
                            raise FileError(line["end"])
                        return
                    parsed = Parsed(
                        line["at"], line["read"], line.get("document"), line.get("problem"), size
                    )
                    whole = parsed.document is not None or parsed.problem is not None
                    begun = 0 if whole else parsed.at
                    after = parsed.at if whole else after
                    yield parsed
            except _Stopped as stopped:
                self._kill()
                if begun <= after:
                    raise FileError(str(stopped)) from None
                yield Parsed(begun, 0, problem=f"page {begun:,} is left out: {stopped}")
                after = begun
        raise FileError(f"its parser ended {MAX_RESTARTS} times")

    def _ask(self, path: Path, url: str | None, after: int) -> Iterator[tuple[int, dict[str, Any]]]:
        if self._midway:
            self._kill()
        process = self._running()
        self._midway = True
        assert process.stdin is not None
        try:
            asked = {"path": str(path), "url": url, "after": after}
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise _Stopped(self._ending(process)) from None
        while True:
            line = self._lines.take(self._silence_s)
            if line is None:
                raise _Stopped(f"no more of it was read within {self._silence_s:g} s")
            if not line.endswith(b"\n"):
                raise _Stopped(self._ending(process))
            answer = json.loads(line)
            if "end" in answer:
                self._midway = False
            yield len(line), answer
            if "end" in answer:
                return

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._lines = _Lines()
            self._process = subprocess.Popen(
                [*self._command, "--memory-bytes", str(MEMORY_BYTES)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert self._process.stdout is not None
            self._lines.fill_from(self._process.stdout)
        return self._process

    def _ending(self, process: subprocess.Popen[bytes]) -> str:
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        status = process.returncode
        how = "was ended"
        if status is not None:
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return f"its parser ended unexpectedly ({how})"

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        self._lines.close()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class _Lines:
    """Lines of a pipe, read ahead by a thread as far as a bound on their bytes."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def fill_from(self, pipe: IO[bytes]) -> None:
        self._thread = threading.Thread(target=self._fill, args=(pipe,), daemon=True)
        self._thread.start()

    def take(self, timeout_s: float) -> bytes | None:
        """The next line; b"" when they have ended, None when none came in time."""
        until = time.monotonic() + timeout_s
        with self._changed:
            while not self._lines:
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return None
                self._changed.wait(left_s)
            line = self._lines[0]
            if line:  # the end stays
                self._lines.popleft()
            self._bytes -= len(line)
            self._changed.notify_all()
            return line

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(5)

    def _fill(self, pipe: IO[bytes]) -> None:
        while True:
            try:
                line = pipe.readline()
            except (OSError, ValueError):
                line = b""
            with self._changed:
                self._lines.append(line)
                self._bytes += len(line)
                self._changed.notify_all()
                while self._bytes > READ_AHEAD_BYTES and not self._closed:
                    self._changed.wait()
                if not line or self._closed:
                    return
