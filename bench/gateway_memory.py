"""Memory of a gateway over many turns: whether it grows.

Covers: resident memory, threads and file descriptors, sampled while sessions of five turns each are
begun and left. Does not cover: the database's size on disk.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.gateway_load import Load, session_of
from bench.gateway_processes import Process

TURNS_PER_SESSION = 5
CLIENTS = 16
SAMPLES = 200


@dataclass(frozen=True, slots=True)
class Sample:
    turns: int
    resident_mb: float
    threads: int
    files: int


async def memory(process: Process, turns: int, progress: Callable[[Sample], None]) -> list[Sample]:
    """A sample now and then, the first before any turn."""
    samples = [_sample(process, 0)]
    done = 0
    every = max(1, turns // SAMPLES)
    left = iter(range(turns // TURNS_PER_SESSION))

    async def client() -> None:
        nonlocal done
        load = Load([process.port])
        for _ in left:
            load.sessions = ()
            load.sessions = [session_of(await load.one())]
            for _ in range(TURNS_PER_SESSION - 1):
                await load.one()
            before, done = done, done + TURNS_PER_SESSION
            if done // every > before // every:
                samples.append(_sample(process, done))
                progress(samples[-1])
        load.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return samples


def _sample(process: Process, turns: int) -> Sample:
    return Sample(turns, process.resident_mb(), process.threads(), process.files())


def slope_mb(samples: list[Sample]) -> float:
    """MB per 10,000 turns over the last half, by least squares."""
    half = [one for one in samples if one.turns >= samples[-1].turns / 2]
    line = statistics.linear_regression(
        [one.turns for one in half], [one.resident_mb for one in half]
    )
    return line.slope * 10_000
