"""The BM25 index beside rank_bm25, bm25s and tantivy: the same words in, the ten best out.

What each figure covers:

  build     from lists of words in memory until the index is on the disk, without making the lists
            (rank_bm25 has no files: until it is in memory). Ours: sealed, merged into one segment
  q/s       one process, and two that share the files, each going through the same queries, one
            call a query, for --seconds; the best of --repeat
  p50, p99  of one process's queries, as the caller sees them, in the same run
  memory    peak resident of the building process, with the lists of words it needs at once (ours
            and tantivy take 20,000 documents at a time), and of one searching process, where mapped
            pages count as far as they were touched
  disk      the index's files (rank_bm25: its pickle)

and, up to 100,000 documents, whether our ten best are rank_bm25's, by id and by score.

Does not cover: analysis of text, HTTP, quality. bm25s and tantivy score in float32 and tantivy
rounds lengths, so their rankings differ; the queries cost them the same work. The corpus is
synthetic and seeded (bench/retrieval_corpus.py says what it looks like).

Needs: pip install -e ".[retrieval,bench]". An engine built once is measured with all its variants.

  python -m bench.retrieval                             1,000 to 100,000 documents, minutes
  python -m bench.retrieval --sizes 1000000             needs about 6 GB and half an hour
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.retrieval_engines import ENGINES, LARGEST, NEEDS, SAME_FILES

LIMIT_S = 3600
Figures = dict[str, float]


def main() -> int:
    options = parse_arguments()
    console = Console(width=max(Console().width, 130))
    system = f"{platform.system()} {platform.machine()}"
    console.print(f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}")
    lacking = {
        NEEDS[one] for one in options.engines if one in NEEDS and find_spec(NEEDS[one]) is None
    }
    if lacking:
        console.print(f'not installed: {", ".join(sorted(lacking))}; pip install -e ".[bench]"')
        options.engines = [one for one in options.engines if NEEDS.get(one) not in lacking]
    for size in options.sizes:
        with tempfile.TemporaryDirectory(prefix="groundling-bench-", dir=options.folder) as folder:
            measure(console, Path(folder), size, options)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="documents"
    )
    parser.add_argument(
        "--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES), metavar="ENGINE"
    )
    parser.add_argument("--queries", type=int, default=1000, help="(default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=5, help="of searching, a run (default: %(default)s)"
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs; the best counts (default: %(default)s)"
    )
    parser.add_argument(
        "--check", type=int, default=50, help="queries compared with rank_bm25 (default: 50)"
    )
    parser.add_argument("--folder", type=Path, help="where indexes are built (default: temporary)")
    return parser.parse_args()


def measure(console: Console, folder: Path, size: int, options: argparse.Namespace) -> None:
    with console.status(f"making {size:,} documents"):
        run("corpus", folder, size, options.queries)
    engines = [one for one in options.engines if size <= LARGEST.get(one, size)]
    rows: dict[str, Figures] = {}
    for engine in engines:
        with console.status(f"{engine}, {size:,} documents: building"):
            shared = SAME_FILES.get(engine)
            built = rows.get(shared or "") or run("build", folder, engine)
        rows[engine] = dict(built)
    for _ in range(options.repeat):  # round by round: what else the machine does hits all alike
        for engine in engines:
            with console.status(f"{engine}, {size:,} documents: searching"):
                keep_best(rows[engine], search(folder, engine, options.seconds))
    console.print(table(size, rows))
    if {"groundling", "rank_bm25"} <= set(engines):
        with console.status("comparing with rank_bm25"):
            found = run("check", folder, options.check)
        console.print(
            f"the ten best are rank_bm25's in {found['same']} of {found['queries']} queries; "
            f"largest difference of a score: {found['difference']:.1g}\n"
        )


def search(folder: Path, engine: str, seconds: float) -> Figures:
    one = workers(folder, engine, seconds, 1)[0]
    both = workers(folder, engine, seconds, 2)
    return {**one, "per_s_2": sum(figures["per_s"] for figures in both)}


def keep_best(row: Figures, run_: Figures) -> None:
    """p50 and p99 are of the run with the best throughput."""
    if run_["per_s"] >= row.get("per_s", 0):
        row |= {**run_, "per_s_2": max(run_["per_s_2"], row.get("per_s_2", 0))}
    row["per_s_2"] = max(run_["per_s_2"], row["per_s_2"])


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "bench.retrieval_worker", *map(str, arguments)]


def run(*arguments: object) -> dict[str, Any]:
    done = subprocess.run(
        command(*arguments), stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_S
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def workers(folder: Path, engine: str, seconds: float, count: int) -> list[Figures]:
    """Processes that begin to search at the same moment."""
    processes = [
        subprocess.Popen(
            command("search", folder, engine, seconds),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    try:
        for process in processes:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError(f"{engine} could not be opened")
        for process in processes:
            if process.stdin is not None:
                process.stdin.write("go\n")
                process.stdin.flush()
        said = [process.communicate(timeout=LIMIT_S)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [json.loads(one.splitlines()[-1]) for one in said]


def table(size: int, rows: dict[str, Figures]) -> Table:
    """The ratio is of queries/s to ours: how many times as many we answer."""
    found = Table(title=f"{size:,} documents", title_justify="left", box=None)
    found.add_column("engine")
    for heading in (
        *("build s", "q/s, 1 process", "2 processes", "p50 ms", "p99 ms"),
        *("build MB", "search MB", "disk MB", "ours / its q/s", "its / our build"),
    ):
        found.add_column(heading, justify="right")
    ours = rows.get("groundling")
    for engine, row in rows.items():
        ratios = ["", ""]
        if ours is not None and row is not ours:
            ratios = [
                f"{ours['per_s'] / row['per_s']:,.1f}",
                f"{row['build_s'] / ours['build_s']:.1f}",
            ]
        found.add_row(
            engine,
            f"{row['build_s']:.2f}",
            f"{row['per_s']:,.1f}",
            f"{row['per_s_2']:,.1f}",
            f"{row['p50_ms']:.3f}",
            f"{row['p99_ms']:.3f}",
            f"{row['build_peak_mb']:,.0f}",
            f"{row['peak_mb']:,.0f}",
            f"{row['bytes'] / 1e6:,.1f}",
            *ratios,
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
