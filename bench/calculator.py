"""The calculator on the labelled questions, beside mathjs and qalc on the same inputs, in one run.

What each figure covers:

  right        share of a class's questions whose answer is the labelled one, compared by value
               (bench/calculator_compare.py): all three are judged alike
  p50, p99     of one answer in a warm process, without HTTP (bench/calculator_engines.py says from
               where to where). Every text counts, declined ones too
  refused      share of the texts that have no answer which are declined (or end in an error)
  client       of one request over HTTP to the running service, one at a time, as a client sees it
  inside       the same requests by the service's own log: the worker's time is in it
  requests/s   over several connections at once, plain arithmetic and all questions in turn; the
               client shares the machine's cores with the service

The questions are tests/services/calculator/labelled/*.tsv, as people write them. mathjs and qalc
have notations of their own and read fewer sentences; their shares by class say which inputs all
three can be compared on, and nothing about what they can compute. qalc answers almost any text.

Does not cover: how results are written (the labelled tests do), memory, other machines' networks.

Needs: pip install -e ".[calculator]"; node and npm for mathjs; qalc (Debian: apt-get install qalc).
What is missing is left out and named.

  python -m bench.calculator                       installs mathjs into a temporary folder
  python -m bench.calculator --mathjs FOLDER       one that holds node_modules/mathjs
  python -m bench.calculator --mathjs none         without it
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.calculator_compare import right
from bench.calculator_engines import Engine, engines, install_mathjs
from bench.calculator_service import Service, Timed, one_by_one, per_second, service

LABELLED = Path(__file__).parent.parent / "tests" / "services" / "calculator" / "labelled"
PLAIN = "arithmetic"
CONNECTIONS = (1, 4, 16)
Rows = list[dict[str, str]]


@dataclass(slots=True)
class Score:
    right: int = 0
    answered: int = 0
    asked: int = 0
    ms: list[float] = field(default_factory=list)


def main() -> int:
    options = parse_arguments()
    console = Console(width=max(Console().width, 150), highlight=False)
    system = f"{platform.system()} {platform.machine()}"
    console.print(f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}")
    questions, declined = read("questions"), read("declined")
    with mathjs_folder(console, options.mathjs) as folder, engines(folder) as found:
        scores = {
            engine.name: score(console, engine, questions, options.repeat) for engine in found
        }
        refused = {engine.name: refusals(console, engine, declined) for engine in found}
    console.print(by_class(scores))
    for name, share in refused.items():
        console.print(f"{name} refused {share:.0%} of {len(declined)} texts without an answer")
    with console.status("starting the service"), service() as started:
        measure_service(console, started, questions, options)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mathjs", metavar="FOLDER", help="(default: installed for this run)")
    parser.add_argument(
        "--repeat", type=int, default=5, help="passes over the questions (default: %(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=5, help="of load, each (default: %(default)s)"
    )
    return parser.parse_args()


def read(name: str) -> Rows:
    with (LABELLED / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@contextmanager
def mathjs_folder(console: Console, given: str | None) -> Iterator[Path | None]:
    if given is not None:
        yield None if given == "none" else Path(given)
        return
    if not (shutil.which("node") and shutil.which("npm")):
        console.print("mathjs is left out: node and npm are not installed")
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="groundling-bench-") as folder:
        try:
            with console.status("installing mathjs"):
                install_mathjs(Path(folder))
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            console.print("mathjs is left out: npm could not install it")
            yield None
            return
        yield Path(folder)


def score(console: Console, engine: Engine, questions: Rows, repeat: int) -> dict[str, Score]:
    """By class. The first pass judges and warms up, the others are timed."""
    scores: dict[str, Score] = {}
    passes = 1 + (1 if engine.name.startswith("qalc") else repeat)  # it waits, so it is slow
    for number in range(passes):
        with console.status(f"{engine.name}: pass {number + 1} of {passes}"):
            for row in questions:
                one = scores.setdefault(row["class"], Score())
                answer = engine.answer(row["input"])
                if number:
                    one.ms.append(answer.seconds * 1000)
                    continue
                one.asked += 1
                one.answered += bool(answer.results)
                one.right += right(answer.results, json.loads(row["results"]))
    return scores


def refusals(console: Console, engine: Engine, declined: Rows) -> float:
    with console.status(f"{engine.name}: texts without an answer"):
        return statistics.fmean(not engine.answer(row["input"]).results for row in declined)


def measure_service(
    console: Console, started: Service, questions: Rows, options: argparse.Namespace
) -> None:
    timed: dict[str, Timed] = {}
    for kind in classes(questions):
        texts = [row["input"] for row in questions if row["class"] == kind]
        with console.status(f"requests: {kind}"):
            asyncio.run(one_by_one(started, texts))
            timed[kind] = asyncio.run(one_by_one(started, texts * options.repeat))
    console.print(over_http(timed))
    sets = {
        "plain arithmetic": [row["input"] for row in questions if row["class"] == PLAIN],
        "all questions": [row["input"] for row in questions],
    }
    for name, texts in sets.items():
        rates = []
        for connections in CONNECTIONS:
            with console.status(f"{name}: {connections} connections"):
                rate = asyncio.run(per_second(started, texts, connections, options.seconds))
            rates.append(f"{rate:,.0f}/s over {connections}")
        console.print(f"{name}: {', '.join(rates)} connections")


def classes(questions: Rows) -> list[str]:
    return list(dict.fromkeys(row["class"] for row in questions))


def by_class(scores: dict[str, dict[str, Score]]) -> Table:
    table = Table(title="by class of question", title_justify="left", box=None)
    table.add_column("class", no_wrap=True)
    table.add_column("asked", justify="right")
    for name in scores:
        for heading in (f"{name}\nright", "\nanswered", "\np50 ms", "\np99 ms"):
            table.add_column(heading, justify="right", no_wrap=True)
    kinds = list(next(iter(scores.values())))
    for kind in [*kinds, "all"]:
        cells: list[str] = []
        for of_engine in scores.values():
            one = total(of_engine) if kind == "all" else of_engine[kind]
            asked = str(one.asked)
            cells += [f"{one.right / one.asked:.0%}", f"{one.answered / one.asked:.0%}"]
            cells += [f"{percentile(one.ms, 50):.3f}", f"{percentile(one.ms, 99):.3f}"]
        table.add_row(kind, asked, *cells)
    return table


def over_http(timed: dict[str, Timed]) -> Table:
    table = Table(title="over HTTP, one request at a time", title_justify="left", box=None)
    table.add_column("class")
    for heading in ("requests", "client p50 ms", "p99 ms", "inside p50 ms", "p99 ms"):
        table.add_column(heading, justify="right")
    for kind, one in timed.items():
        figures = [
            f"{percentile(series, percent):.2f}"
            for series in (one.client_ms, one.inside_ms)
            for percent in (50, 99)
        ]
        table.add_row(kind, str(len(one.client_ms)), *figures)
    return table


def total(scores: dict[str, Score]) -> Score:
    every = list(scores.values())
    return Score(
        right=sum(one.right for one in every),
        answered=sum(one.answered for one in every),
        asked=sum(one.asked for one in every),
        ms=[ms for one in every for ms in one.ms],
    )


def percentile(series: Sequence[float], percent: int) -> float:
    return statistics.quantiles(series, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    sys.exit(main())
