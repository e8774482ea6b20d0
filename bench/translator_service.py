"""The translator service, started here and asked over HTTP, one request after another.

Covers: time as the client sees it, requests declined, and the memory of the service and of the
processes that it started, while they are used and after they were idle. The client is the standard
library's, over one kept connection. Does not cover: what is answered.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from services.translator.settings import PREFIX

START_LIMIT_S = 60
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Timed:
    first_ms: float
    """The first request of all: engines start when they are first asked."""
    rest_ms: list[float]
    declined: int
    failed: int


@contextmanager
def service(idle_s: float) -> Iterator[tuple[int, int]]:
    """The port, and the process's id; pairs are stopped after `idle_s`."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "deploy.serve",
                "services.translator.app:build",
                HOST,
                str(port),
            ],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**environment, f"{PREFIX}APERTIUM_IDLE_S": str(idle_s)},
            start_new_session=True,  # deploy.serve ends its whole group with us
        )
        try:
            _wait_until_ready(port, process)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the translator service did not start")


def timed(port: int, inputs: Sequence[str], rounds: int) -> Timed:
    """Ask for every input, `rounds` times over."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    took: list[float] = []
    declined = failed = 0
    for text in list(inputs) * rounds:
        body = json.dumps({"input": text})
        start = time.perf_counter()
        connection.request("POST", "/v1/query", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        took.append((time.perf_counter() - start) * 1000)
        failed += response.status != http.HTTPStatus.OK
        declined += answer.get("status") == "unparsed"
    connection.close()
    return Timed(took[0], took[1:], declined, failed)


def own_mb(pid: int) -> float:
    """PSS of one process alone (elsewhere than on Linux: RSS)."""
    figures = psutil.Process(pid).memory_full_info()
    return float(getattr(figures, "pss", figures.rss)) / 1e6


def wait_until_idle(pid: int, limit_s: float) -> float | None:
    """Seconds until no process started by the service is left; None: some are, after the limit."""
    start = time.monotonic()
    while time.monotonic() - start < limit_s:
        if not psutil.Process(pid).children(recursive=True):
            return time.monotonic() - start
        time.sleep(0.1)
    return None
