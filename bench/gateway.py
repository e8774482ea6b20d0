"""What the gateway costs: its model server and tools are stubs, everything else is real.

The stubs draft for 20 ms, write the query and the answer in 15 ms each, and the three tools answer
in 5 ms; six calls a turn. Stubs and load generator are processes beside the gateway, on the same
machine; what each takes of it is printed with the figures.

  --added     time the gateway adds per turn, at a given rate: new sessions, continued ones,
              streamed; then the same loop written with LangGraph (bench/gateway_langgraph.py)
  --turns     turns per second: one process, two processes on one database; SQLite, and PostgreSQL
              where its server is installed
  --streams   streams held open: memory, files, heartbeats, and that each ends with its turn
  --leaving   how soon the calls for a client that has left are closed
  --memory    memory over 100,000 turns; not in the default run, for it takes many minutes

Without any of them: all but --memory, in about five minutes. A quiet machine is wanted.

  python -m bench.gateway
  python -m bench.gateway --added --seconds 30
  python -m bench.gateway --memory --memory-turns 20000
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bench.engine_machine import described
from bench.gateway_added import Rate, Row, gateway, langgraph, plain_rows, streamed_row
from bench.gateway_held import hold, leave
from bench.gateway_load import Refused
from bench.gateway_memory import Sample, memory, slope_mb
from bench.gateway_postgres import postgres, programs
from bench.gateway_processes import stubs
from bench.gateway_throughput import CLIENTS, throughput

NO_DELAY = ("--base-ms=0", "--research-ms=0", "--tool-ms=0", "--forget")
PARTS = ("added", "turns", "streams", "leaving", "memory")
PACKAGES = ("uvicorn", "uvloop", "httptools", "fastapi", "pydantic", "sqlalchemy", "langgraph")
LEAVES = 10
STAGES = ("base", "tools", "rewrite")


def main() -> int:
    options = parse_arguments()
    console = Console(width=max(Console().width, 140), highlight=False)
    console.print(described()[0])
    console.print(", ".join(f"{name} {_version(name)}" for name in PACKAGES))
    parts = {"added": added, "turns": turns, "streams": streams, "leaving": leaving}
    chosen = [name for name in PARTS if getattr(options, name)] or list(parts)
    gc.disable()  # of the load generator, whose pauses would look like the gateway's
    try:
        for name in chosen:
            with tempfile.TemporaryDirectory(prefix="groundling-bench-") as folder:
                uvloop.run({**parts, "memory": growth}[name](console, options, Path(folder)))
            gc.collect()
    except (Refused, RuntimeError, TimeoutError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for part in PARTS:
        parser.add_argument(f"--{part}", action="store_true", help="this part")
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[20.0, 100.0], help="--added: turns per second"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="--added: of each row")
    parser.add_argument("--no-langgraph", action="store_true", help="--added: the gateway alone")
    parser.add_argument("--count", type=int, default=2000, help="--turns: turns of each row")
    parser.add_argument("--open", type=int, default=500, help="--streams: how many")
    parser.add_argument("--memory-turns", type=int, default=100_000, help="--memory: how many")
    return parser.parse_args()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


async def added(console: Console, options: argparse.Namespace, folder: Path) -> None:
    rates = [Rate(per_second, options.seconds) for per_second in options.rates]
    found: dict[Rate, list[Row]] = {rate: [] for rate in rates}
    with stubs() as stub:
        # Room for a backlog, which is to be measured, not refused.
        with gateway(stub, folder, MAX_CONCURRENT="10000") as process:
            for rate in rates:
                found[rate] += await plain_rows("gateway", process, stub, rate)
                found[rate].append(await streamed_row("gateway", process, stub, rate))
        for durability in () if options.no_langgraph else ("async", "exit"):
            with langgraph(stub, folder, durability) as process:
                for rate in rates:
                    name = f"LangGraph {durability}"
                    found[rate] += await plain_rows(name, process, stub, rate)
    for rate, rows in found.items():
        console.print(_added_table(rate, rows))


def _added_table(rate: Rate, rows: list[Row]) -> Table:
    table = Table(
        *(f"added, ms, at {rate.per_second:g} turns/s", "median", "p90", "p99", "ratio"),
        *("CPU ms", "load late p99", "shares of a core"),
        box=None,
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for one in rows:
        counterpart = rows[1 if "continued" in one.what else 0]
        table.add_row(
            *(one.what, f"{one.median:.2f}"),
            *(f"{one.quantile(0.9):.2f}", f"{one.quantile(0.99):.2f}"),
            f"{one.median / counterpart.median:.1f}",
            *(f"{one.cpu_ms:.2f}", f"{one.late_p99:.2f}", one.usage.shares()),
        )
    return table


async def turns(console: Console, options: argparse.Namespace, folder: Path) -> None:
    console.print("turns per second; every turn begins a session; stubs answer at once")
    databases = {"SQLite": f"sqlite+aiosqlite:///{folder / 'shared.db'}"}
    with ExitStack() as opened:
        if programs() is not None:
            databases["PostgreSQL"] = opened.enter_context(postgres())
        for database, url in databases.items():
            for processes in (1, 2):
                await _turns(console, options.count, folder, f"{database}, {processes}", url)


async def _turns(console: Console, count: int, folder: Path, what: str, url: str) -> None:
    processes = int(what.rpartition(" ")[2])
    with stubs(*NO_DELAY) as stub, ExitStack() as opened:
        servers = [
            opened.enter_context(gateway(stub, folder, DATABASE_URL=url)) for _ in range(processes)
        ]
        for clients in CLIENTS:
            found = await throughput(servers, stub, clients, count)
            console.print(
                f"  {what} process(es), {clients:2} clients: {found.per_second:6.0f}"
                f"   share of a core: {found.usage.shares()}"
            )


async def streams(console: Console, options: argparse.Namespace, folder: Path) -> None:
    settings = {"MAX_CONCURRENT": str(options.open), "HEARTBEAT_MS": "2000"}
    with stubs() as stub, gateway(stub, folder, **settings) as process:
        found = await hold(process, stub, options.open)
    console.print(
        f"{found.streams} streams held open: {found.mb_per_stream * 1000:.0f} kB each,"
        f" threads {found.threads[0]} -> {found.threads[1]},"
        f" files {' -> '.join(map(str, found.files))} (before, open, after)\n"
        f"  all open after {found.opened_s:.2f} s; heartbeats on {found.heartbeats};"
        f" ended with their turn: {found.done}, {found.ended_s:.2f} s after the model went on"
    )


async def leaving(console: Console, options: argparse.Namespace, folder: Path) -> None:
    console.print("from the client's leaving until its upstream calls are closed, ms")
    with stubs() as stub, gateway(stub, folder) as process:
        for stream in (False, True):
            for stage in STAGES:
                found = await leave(process, stub, stage, stream, LEAVES)
                console.print(
                    f"  {'streamed' if stream else 'plain':8}, during {stage:7}:"
                    f" median {statistics.median(found.noticed_ms):6.1f},"
                    f" longest of {LEAVES} {max(found.noticed_ms):6.1f}"
                )


async def growth(console: Console, options: argparse.Namespace, folder: Path) -> None:
    with stubs(*NO_DELAY) as stub, gateway(stub, folder) as process, console.status("") as status:

        def progress(sample: Sample) -> None:
            status.update(f"{sample.turns:,} turns, {sample.resident_mb:.1f} MB")

        samples = await memory(process, options.memory_turns, progress)
    console.print("memory of one gateway process, sessions of five turns")
    for part in range(0, 11):
        sample = samples[round((len(samples) - 1) * part / 10)]
        console.print(
            f"  after {sample.turns:7,} turns: {sample.resident_mb:6.1f} MB,"
            f" {sample.threads} threads, {sample.files} files"
        )
    console.print(f"  over the last half: {slope_mb(samples):+.2f} MB per 10,000 turns")


if __name__ == "__main__":
    sys.exit(main())
