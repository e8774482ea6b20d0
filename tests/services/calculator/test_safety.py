"""Hostile inputs hold up nobody: the real service, on a socket, with its default settings.

Each test sends one kind of attack (fuzz/hostile.py), three inputs at a time and over again, while
another client asks for plain sums, one after the other, and times each. Half of them at least must
be answered within 50 ms, all of them rightly. The slowest are printed (pytest -s), not judged: on a
busy machine they say how busy it is. Does not cover: many plain clients at once (bench/).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus

import httpx
import pytest

from fuzz.hostile import ATTACKS, Attack
from services.calculator.settings import PREFIX

pytestmark = pytest.mark.anyio

ATTACKERS = 3
PLAIN_REQUESTS = 200
MEDIAN_LIMIT_S = 0.050
REFUSALS = {
    HTTPStatus.OK,  # declined, or answered where that is as good
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.GATEWAY_TIMEOUT,
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The service in a process of its own, ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ("services.calculator.app:build", "127.0.0.1", str(port))
    server = subprocess.Popen(
        [sys.executable, "-m", "deploy.serve", *arguments],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={key: value for key, value in os.environ.items() if not key.startswith(PREFIX)},
        start_new_session=True,  # deploy.serve ends its whole group with us
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_until_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, "the service ended"
        try:
            if httpx.get(f"{address}/readyz", timeout=5).status_code == HTTPStatus.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the service was not ready within 60 s")


Answered = list[tuple[str, httpx.Response]]


async def attack(
    client: httpx.AsyncClient, inputs: Iterator[str], answered: Answered, enough: asyncio.Event
) -> None:
    for text in inputs:
        if enough.is_set():
            return
        answered.append((text, await client.post("/v1/query", json={"input": text})))


async def plain_sums(client: httpx.AsyncClient, attacked: Callable[[], bool]) -> list[float]:
    """Seconds of each plain request: PLAIN_REQUESTS at least, and until `attacked`."""
    taken: list[float] = []
    while len(taken) < PLAIN_REQUESTS or not attacked():
        n = len(taken)
        begun = time.perf_counter()
        answer = await client.post("/v1/query", json={"input": f"{n} + 7721"})
        taken.append(time.perf_counter() - begun)
        assert answer.json()["results"] == [str(n + 7721)]
    return taken


def shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:40]}… ({len(text)} characters)"


def wrong(hostile: Attack, text: str, answer: httpx.Response) -> str | None:
    if answer.status_code not in REFUSALS:
        return f"{shown(text)}: {answer.status_code}"
    if answer.status_code == HTTPStatus.OK and hostile.declined and answer.json()["results"]:
        return f"{shown(text)}: answered {shown(str(answer.json()['results']))}"
    return None


@pytest.mark.parametrize("kind", ATTACKS)
async def test_plain_sums_are_answered_within_50_ms_under_attack(url: str, kind: str) -> None:
    hostile = ATTACKS[kind]
    answered: Answered = []
    enough = asyncio.Event()
    inputs = itertools.cycle(hostile.inputs)
    async with (
        httpx.AsyncClient(base_url=url, timeout=60) as attacker,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        async with asyncio.TaskGroup() as group:
            for _ in range(ATTACKERS):
                group.create_task(attack(attacker, inputs, answered, enough))
            taken = await plain_sums(client, lambda: len(answered) >= len(hostile.inputs))
            enough.set()
        health = await client.get("/readyz")
    report(kind, taken, answered)
    assert health.status_code == HTTPStatus.OK
    faults = {fault for text, answer in answered if (fault := wrong(hostile, text, answer))}
    assert not faults, "\n".join(sorted(faults))
    assert statistics.median(taken) <= MEDIAN_LIMIT_S


def report(kind: str, taken: list[float], answered: Answered) -> None:
    cut = sum(answer.status_code == HTTPStatus.GATEWAY_TIMEOUT for _, answer in answered)
    p99 = statistics.quantiles(taken, n=100)[98]
    print(
        f"{kind}: {len(taken)} plain sums, median {statistics.median(taken) * 1000:.1f} ms,"
        f" p99 {p99 * 1000:.1f} ms, under {len(answered)} hostile inputs, {cut} cut at the deadline"
    )
