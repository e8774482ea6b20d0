"""Where a grounded turn's time goes, and what each process needs; drives a real gateway.

What each figure covers:

  base … total    wall time of a turn by stage, as the gateway reports it; one turn at a time
  median, longest over the turns that asked the tools
  peak memory     of a process and of what it started, each at its own peak (Linux; elsewhere
                  what is resident at the end)
  ready after     from the start of the processes until this one was ready; set-up is not in it
  --make          from `make run` in a fresh clone of what is committed until groundling is ready:
                  the first time with the environment, the packages (downloaded, unless pip has
                  them cached) and the facts; the second time with all of that in place
  --llama         after that, the stack stopped: the grounded turns' model steps by our engine and
                  by llama.cpp, in turn (bench/turn_llama.py); needs the `bench` extra

Does not cover: throughput (bench/engine.py), the quality of answers.

  make bench                          starts the stack itself, on free ports, in a folder of its own
  make bench ARGS="--url http://…"    drives a running one
  make bench ARGS=--llama             compares with llama.cpp as well
  make bench ARGS=--make              times `make run` instead; TORCH_INDEX and PYTHON are passed on
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

try:
    import psutil
except ImportError as missing:
    raise ImportError('bench needs psutil: pip install -e ".[dev]"') from missing
from rich.console import Console
from rich.table import Table

from bench.make_run import time_make_run
from deploy.data_dir import VARIABLE, data_dir_from
from gateway.schemas import ChatResponse
from groundling.client import Client, ClientError

MESSAGES = (
    "How old is Rafael Nadal?",
    "What is 135+7721?",
    "How do you say hello in French?",
    "What is the capital of Australia?",
    "What is the atomic number of gold?",
    "When was Marie Curie born?",
    "When was the Eiffel Tower built?",
    "Hello, how are you today?",
)
STAGES = ("base", "query", "tools", "rewrite", "gateway", "total")
STOP_TIMEOUT_S = 30
LLAMA_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Stack:
    url: str
    pids: dict[str, int] = field(default_factory=dict)
    """Empty when the stack's state file was not found."""
    ready_s: dict[str, float] = field(default_factory=dict)


def main() -> int:
    options = parse_arguments()
    console = Console(width=max(Console().width, 110))
    system = f"{platform.system()} {platform.machine()}"
    console.print(f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}")
    try:
        if options.make:
            first_s, second_s = time_make_run(["--scripted"] if options.scripted else [])
            console.print(f"make run until ready: {first_s:.1f} s, then {second_s:.1f} s")
            return 0
        with stack_of(options) as stack, Client(stack.url) as client:
            turns = drive(client, console, options.repeat)
            peaks_mb = {name: peak_mb(pid) for name, pid in stack.pids.items()}
        print_turns(console, turns)
        print_processes(console, stack, peaks_mb)
        if options.llama:
            from bench.turn_llama import report  # noqa: PLC0415  it loads llama.cpp

            report(console, turns, LLAMA_REPEATS)
    except (ClientError, ImportError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="a running gateway; default: start the stack on free ports")
    parser.add_argument(
        "--repeat", type=int, default=1, help="times the list is gone through (default: 1)"
    )
    parser.add_argument(
        "--scripted", action="store_true", help="start the stack with the scripted stand-in"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=data_dir_from(os.environ),
        help="where the facts are and, with --url, the running stack's process ids "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--make", action="store_true", help="time `make run` in a fresh clone, twice, instead"
    )
    parser.add_argument("--llama", action="store_true", help="compare with llama.cpp as well")
    options = parser.parse_args()
    if options.llama and options.scripted:
        parser.error("--llama compares the model's turns; the scripted stand-in is no model")
    return options


@contextmanager
def stack_of(options: argparse.Namespace) -> Iterator[Stack]:
    """The stack to drive; one started here is stopped at the end."""
    if options.url is not None:
        yield read_state(options.data_dir, options.url)
        return
    command = [sys.executable, "-m", "deploy", "--free-ports"]
    facts = {"GROUNDLING_RETRIEVAL_DATA_DIR": str(options.data_dir / "retrieval")}
    # A folder of its own: the data folder may be another stack's.
    with (
        tempfile.TemporaryDirectory(prefix="groundling-bench-") as folder,
        subprocess.Popen(
            [*command, "--scripted"] if options.scripted else command,
            env={**facts, **os.environ, VARIABLE: folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield wait_until_ready(process, Path(folder))
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=STOP_TIMEOUT_S)


def wait_until_ready(process: subprocess.Popen[str], data_dir: Path) -> Stack:
    """The stack ends by itself when it is not ready in time."""
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if line.startswith("groundling is ready"):
            return read_state(data_dir, None)
    raise RuntimeError("the stack did not start:\n" + "".join(said))


def read_state(data_dir: Path, url: str | None) -> Stack:
    """What deploy.stack wrote of the stack at `url` (None: of whichever runs)."""
    path = data_dir / "stack.json"
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        state = {}
    running = state.get("gateway", {}).get("url")
    if url is not None and url.rstrip("/") != running:
        print(f"no figures by process: {path} knows no stack at {url}", file=sys.stderr)
        return Stack(url)
    return Stack(
        running,
        {name: one["pid"] for name, one in state.items()},
        {name: one["ready_s"] for name, one in state.items()},
    )


def drive(client: Client, console: Console, repeat: int) -> list[tuple[str, ChatResponse]]:
    turns = []
    for _ in range(repeat):
        for message in MESSAGES:
            with console.status(message):
                turns.append((message, client.chat(message)))
    return turns


def stage_ms(turn: ChatResponse, stage: str) -> float:
    return float(getattr(turn.timings, f"{stage}_ms"))


def peak_mb(pid: int) -> float:
    """Peak resident memory of a process and of its children, each at its own peak."""
    process = psutil.Process(pid)
    return sum(_peak_bytes(one) for one in (process, *process.children(recursive=True))) / 1e6


def _peak_bytes(process: psutil.Process) -> int:
    """The kernel's high-water mark on Linux; elsewhere what is resident now."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return int(process.memory_info().rss)
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def print_turns(console: Console, turns: Sequence[tuple[str, ChatResponse]]) -> None:
    table = Table("message", "rounds", *(f"{stage} ms" for stage in STAGES), box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for message, turn in turns:
        times = [f"{stage_ms(turn, stage):,.1f}" for stage in STAGES]
        table.add_row(message, str(len(turn.rounds)), *times)
    grounded = [turn for _, turn in turns if turn.rounds]
    if grounded:
        table.add_section()
        summaries: list[tuple[str, Callable[[list[float]], float]]] = [
            ("median of those with rounds", statistics.median),
            ("longest of those with rounds", max),
        ]
        for title, summary in summaries:
            figures = [
                f"{summary([stage_ms(turn, stage) for turn in grounded]):,.1f}" for stage in STAGES
            ]
            table.add_row(title, "", *figures, style="bold")
    console.print(table)


def print_processes(console: Console, stack: Stack, peaks_mb: dict[str, float]) -> None:
    if not stack.pids:
        return
    table = Table("process", "peak memory MB", "ready after s", box=None)
    for name, peak in peaks_mb.items():
        table.add_row(name, f"{peak:,.0f}", f"{stack.ready_s[name]:.1f}")
    table.add_row("all", f"{sum(peaks_mb.values()):,.0f}", f"{max(stack.ready_s.values()):.1f}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
