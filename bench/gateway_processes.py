"""The processes that bench/gateway.py measures: the stubs, gateways and the LangGraph loop.

Covers: starting them (as `groundling up` starts a gateway, by deploy.serve), what they take of the
machine, and stopping them. Does not cover: load, or what is measured.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil

from bench.gateway_answers import TOOLS
from gateway.settings import PREFIX

HOST = "127.0.0.1"
START_LIMIT_S = 60
GATEWAY = "gateway.app:build"
LANGGRAPH = "bench.gateway_langgraph:build"


@dataclass(frozen=True, slots=True)
class Process:
    port: int
    pid: int

    def cpu_s(self) -> float:
        """Processor time so far, user's and system's."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def resident_mb(self) -> float:
        return float(psutil.Process(self.pid).memory_info().rss) / 1e6

    def threads(self) -> int:
        return int(psutil.Process(self.pid).num_threads())

    def files(self) -> int:
        """Open file descriptors, sockets among them."""
        return int(psutil.Process(self.pid).num_fds())


class Stubs(Process):
    """See bench/gateway_stubs.py for what it is told."""

    def tell(self, action: str) -> Any:
        request = Request(f"http://{HOST}:{self.port}/control/{action}", method="POST")
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def stubs(*arguments: str) -> Iterator[Stubs]:
    command = [sys.executable, "-m", "bench.gateway_stubs", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Stubs(int(process.stdout.readline()), process.pid)
        finally:
            process.terminate()


def upstreams(port: int) -> dict[str, str]:
    """Settings that lead a gateway to the stubs."""
    url = f"http://{HOST}:{port}"
    return {
        f"{PREFIX}MODEL_URL": url,
        f"{PREFIX}TOOL_URLS": json.dumps({tool: f"{url}/{tool}" for tool in TOOLS}),
    }


@contextmanager
def served(app: str, settings: Mapping[str, str], folder: Path) -> Iterator[Process]:
    """One app under deploy.serve; its log and its data are in the folder."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    environment |= {"GROUNDLING_DATA_DIR": str(folder), **settings}
    log = folder / f"{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.serve", app, HOST, str(port)],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            env=environment,
            start_new_session=True,  # deploy.serve ends its whole group with us
        )
        try:
            _wait_until_ready(port, process, log)
            yield Process(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            finally:
                process.kill()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"http://{HOST}:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"a process did not start; its log ends:\n{log.read_text()[-2000:]}")


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor time of a stretch of work."""

    seconds: float
    by_process: dict[str, float]
    """Seconds of one core; "load" is this process."""

    def shares(self) -> str:
        return ", ".join(f"{name} {s / self.seconds:.0%}" for name, s in self.by_process.items())


@contextmanager
def measured(processes: Mapping[str, Sequence[Process]]) -> Iterator[list[Usage]]:
    """Puts the one Usage of what is done inside into the list it yields."""
    everyone = {**processes, "load": [Process(0, os.getpid())]}

    def spent() -> dict[str, float]:
        return {name: sum(one.cpu_s() for one in group) for name, group in everyone.items()}

    found: list[Usage] = []
    since, before = time.monotonic(), spent()
    yield found
    after = spent()
    elapsed_s = time.monotonic() - since
    found.append(Usage(elapsed_s, {name: after[name] - before[name] for name in before}))
