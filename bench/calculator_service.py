"""The calculator service under load: started here with its default settings, asked over HTTP.

Covers: starting and stopping it, one request after the other with the time as the client and as
the service sees it, and requests per second over several connections. The client speaks HTTP/1.1
itself, over kept connections, since a client library takes longer than the service.
Does not cover: what is answered.
"""

from __future__ import annotations

import asyncio
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
from pathlib import Path
from urllib.request import urlopen

from services.calculator.settings import PREFIX

START_LIMIT_S = 60
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Service:
    port: int
    log: Path


@dataclass(frozen=True, slots=True)
class Timed:
    client_ms: list[float]
    inside_ms: list[float]
    """From the service's request log: from its first byte of the request to its last of the answer,
    the way to the worker and back included."""


@contextmanager
def service() -> Iterator[Service]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        arguments = ("services.calculator.app:build", HOST, str(port))
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.serve", *arguments],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={key: value for key, value in os.environ.items() if not key.startswith(PREFIX)},
            start_new_session=True,  # deploy.serve ends its whole group with us
        )
        try:
            wait_until_ready(port, process)
            yield Service(port, Path(log.name))
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"http://{HOST}:{port}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the calculator service did not start")


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: str) -> int:
    """Send one text, read the whole answer; the status."""
    body = json.dumps({"input": text}).encode()
    head = f"POST /v1/query HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
    answered = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in answered.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return int(answered.split(b" ", 2)[1])


async def one_by_one(service: Service, texts: Sequence[str]) -> Timed:
    before = len(logged_ms(service.log))
    client_ms = []
    reader, writer = await asyncio.open_connection(HOST, service.port)
    for text in texts:
        begun = time.perf_counter()
        await ask(reader, writer, text)
        client_ms.append((time.perf_counter() - begun) * 1000)
    writer.close()
    async with asyncio.timeout(10):
        while len(inside_ms := logged_ms(service.log)[before:]) < len(texts):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # nothing signals that a line has been written
    return Timed(client_ms, inside_ms)


def logged_ms(log: Path) -> list[float]:
    lines = (json.loads(line) for line in log.read_text().splitlines() if '"/v1/query"' in line)
    return [line["elapsed_ms"] for line in lines if line.get("event") == "request"]


async def per_second(
    service: Service, texts: Sequence[str], connections: int, seconds: float
) -> float:
    """Requests answered with 200 in a second, over so many connections at once."""
    end = time.perf_counter() + seconds

    async def client(offset: int) -> int:
        reader, writer = await asyncio.open_connection(HOST, service.port)
        answered = 0
        while time.perf_counter() < end:
            text = texts[(offset + answered) % len(texts)]
            if await ask(reader, writer, text) != 200:
                raise RuntimeError("the service refused a request")
            answered += 1
        writer.close()
        return answered

    begun = time.perf_counter()
    offsets = range(0, len(texts) * connections, len(texts))
    counts = await asyncio.gather(*(client(offset // connections) for offset in offsets))
    return sum(counts) / (time.perf_counter() - begun)
