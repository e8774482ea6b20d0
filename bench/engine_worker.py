"""A runtime in a process of its own, told over a pipe what to do: a line of JSON in, one out.

Each has its own thread pool, memory and caches, and is idle while another is measured.

  python -m bench.engine_worker NAME SETUP    NAME of RUNTIMES; SETUP: a Setup as JSON
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.engine_work import Runtime, Setup, Timing, Work

RUNTIMES = {
    "groundling": ("bench.engine_groundling", "Groundling"),
    "llama.cpp": ("bench.engine_llama", "LlamaCpp"),
    "transformers": ("bench.engine_transformers", "Transformers"),
}
OURS, LLAMA, TRANSFORMERS = RUNTIMES
FIRST = Work([list(range(100, 108))], new=1)
STOP_TIMEOUT_S = 5
SETTLE_S = 0.05
"""Threads of a pool go on spinning for a while after their last piece of work."""


class WorkerError(RuntimeError):
    """The process could not start or ended; the message is the end of what it wrote to stderr."""


class Worker:
    """The parent's end. A context manager: the process ends with it."""

    def __init__(self, name: str, setup: Setup) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        command = [sys.executable, "-m", "bench.engine_worker", name]
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [*command, json.dumps(asdict(setup), default=str)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._answer()
        self.load_s = time.perf_counter() - started
        """From the start of the process to the first token."""

    def run(self, work: Work) -> Timing:
        time.sleep(SETTLE_S)
        return Timing(**self._ask(asdict(work)))

    def peak_mb(self) -> float:
        """Peak resident memory until now."""
        return float(self._ask(None)["peak_mb"])

    def _ask(self, question: dict[str, Any] | None) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # why it ended is told below
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace").strip().splitlines()
            raise WorkerError(f"{self.name} ended with {code}: " + "\n".join(said[-5:]))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()


def peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def main(name: str, setup: str) -> None:
    given = json.loads(setup)
    for key in ("weights", "adapter"):
        given[key] = given[key] and Path(given[key])
    module, kind = RUNTIMES[name]
    runtime: Runtime = getattr(importlib.import_module(module), kind)(Setup(**given))
    print(json.dumps(asdict(runtime.run(FIRST))), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = asdict(runtime.run(Work(**asked))) if asked else {"peak_mb": peak_mb()}
        print(json.dumps(answer), flush=True)
    os._exit(0)  # a runtime's own tidying up is not needed, and transformers' has been seen to hang


if __name__ == "__main__":
    main(*sys.argv[1:])
