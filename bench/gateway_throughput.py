"""Turns per second: clients that each send their next turn when the last is answered.

Covers: one gateway process, two on one database (the load goes to both in turn), SQLite and
PostgreSQL; stubs without delays, so that the gateway alone bounds it. Load generator and stubs take
their share of the same machine, which is said beside the figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.gateway_load import Load
from bench.gateway_processes import Process, Usage, measured

CLIENTS = (1, 8, 32)
WARM_TURNS = 100


@dataclass(frozen=True, slots=True)
class Throughput:
    clients: int
    per_second: float
    usage: Usage


async def throughput(
    servers: Sequence[Process], stub: Process, clients: int, turns: int
) -> Throughput:
    load = Load([server.port for server in servers])
    await load.one_after_another(clients, WARM_TURNS)
    with measured({"server": servers, "stubs": [stub]}) as used:
        await load.one_after_another(clients, turns)
    load.close()
    return Throughput(clients, turns / used[0].seconds, used[0])
