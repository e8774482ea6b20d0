"""The time that a gateway adds to its upstream calls, turn by turn, and LangGraph's beside it.

    added = what the client waited, from when the turn was due
            - what the draft, the query, the slowest tool and the rewrite took in the stubs

Both HTTP hops, all six calls' overhead, checking and storing are in it. What the stubs took is what
they measured themselves, so their timers' coarseness is not the gateway's.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.gateway_load import Load, session_of
from bench.gateway_processes import (
    GATEWAY,
    LANGGRAPH,
    Process,
    Stubs,
    Usage,
    measured,
    served,
    upstreams,
)
from gateway.settings import PREFIX

CONNECTIONS = 24
SESSIONS = 100
EARLIER_TURNS = 2
"""Of each session that is continued, before the measurement; it goes on growing."""


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    added_ms: list[float]
    """In ascending order."""
    late_ms: list[float]
    """By how much the load generator itself was late; counted in added_ms."""
    usage: Usage

    @property
    def median(self) -> float:
        return statistics.median(self.added_ms)

    def quantile(self, share: float) -> float:
        return self.added_ms[min(len(self.added_ms) - 1, int(len(self.added_ms) * share))]

    @property
    def late_p99(self) -> float:
        return self.late_ms[int(len(self.late_ms) * 0.99)]

    @property
    def cpu_ms(self) -> float:
        """Processor time of the process under load, per turn."""
        return self.usage.by_process["server"] / len(self.added_ms) * 1000


@contextmanager
def gateway(stub: Stubs, folder: Path, **settings: str) -> Iterator[Process]:
    """A gateway before the stubs, with its default settings but for these."""
    named = {f"{PREFIX}{name}": value for name, value in settings.items()}
    with served(GATEWAY, {**upstreams(stub.port), **named}, folder) as process:
        yield process


@contextmanager
def langgraph(stub: Stubs, folder: Path, durability: str) -> Iterator[Process]:
    settings = {
        "LOOP_UPSTREAM_URL": f"http://127.0.0.1:{stub.port}",
        "LOOP_DATABASE": str(folder / f"{durability}.db"),
        "LOOP_DURABILITY": durability,
    }
    with served(LANGGRAPH, settings, folder) as process:
        yield process


async def begun(process: Process, sessions: int, turns: int) -> list[str]:
    """So many sessions with so many turns each."""
    fresh = Load([process.port])
    answers = await fresh.one_after_another(8, sessions)
    fresh.close()
    names = [session_of(answer) for answer in answers]
    continued = Load([process.port], sessions=names)
    await continued.one_after_another(8, sessions * (turns - 1))
    continued.close()
    return names


@dataclass(frozen=True, slots=True)
class Rate:
    per_second: float
    seconds: float


async def row(what: str, process: Process, stub: Stubs, load: Load, rate: Rate) -> Row:
    await load.warm(CONNECTIONS)
    stub.tell("take")
    with measured({"server": [process], "stubs": [stub]}) as used:
        answers = await load.scheduled(rate.per_second, rate.seconds)
    taken_s = stub.tell("take")
    load.close()
    return Row(
        what,
        sorted((answer.latency_s - taken_s[answer.turn]) * 1000 for answer in answers),
        sorted(answer.late_s * 1000 for answer in answers),
        used[0],
    )


async def plain_rows(name: str, process: Process, stub: Stubs, rate: Rate) -> list[Row]:
    """Turns of new sessions, and of continued ones."""
    port = [process.port]
    new = await row(f"{name}, new sessions", process, stub, Load(port), rate)
    load = Load(port, sessions=await begun(process, SESSIONS, EARLIER_TURNS))
    return [new, await row(f"{name}, continued sessions", process, stub, load, rate)]


async def streamed_row(name: str, process: Process, stub: Stubs, rate: Rate) -> Row:
    load = Load([process.port], stream=True)
    return await row(f"{name}, streamed", process, stub, load, rate)
