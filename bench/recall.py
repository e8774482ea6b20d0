"""How often the fact search finds the right fact, and nothing where there is nothing to find.

What each figure covers, for each half of the questions in tests/services/retrieval/labelled:

  recall@1, recall@3  share of the answerable questions whose fact is the first result, or among
                      the first three
  nothing             share of the unanswerable questions that get no result
  p50, p99            milliseconds a query takes, in this process

tune.tsv may be looked at while phrases and thresholds are changed. heldout.tsv is for measuring
only: its questions are never printed. Does not cover: documents, or the service around the search.

  python -m bench.recall                 both halves
  python -m bench.recall --show tune     and the questions of the tuning half that fail
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.plan import ROOT
from services.retrieval.build import build_facts
from services.retrieval.facts.fact import FACTS_FILE, read_facts
from services.retrieval.facts.search import Search

LABELLED = ROOT / "tests" / "services" / "retrieval" / "labelled"
HALVES = ("tune", "heldout")
SHOWN = ("tune",)
"""Halves whose questions may be printed."""
TODAY = date(2026, 11, 22)
"""The day the questions are asked on, as in the tests: ages depend on it."""


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    expected: str
    """A pattern for the whole text of the right fact; "" where there is none."""
    why: str
    """The class of the question."""


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question
    results: Sequence[str]
    elapsed_s: float

    @property
    def place(self) -> int | None:
        """Where the right fact stands among the results, from 0; None where it does not."""
        right = re.compile(self.question.expected).fullmatch
        return next((place for place, one in enumerate(self.results) if right(one)), None)

    @property
    def right(self) -> bool:
        return self.place == 0 if self.question.expected else not self.results


def read_questions(path: Path) -> list[Question]:
    """Rows of question, expected and why, after a header."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return [Question(text, expected, why) for text, expected, why in rows]


def ask(search: Search, questions: Sequence[Question]) -> list[Asked]:
    asked = []
    for question in questions:
        start = time.perf_counter()
        results = search.search(question.text) or []
        asked.append(Asked(question, results, time.perf_counter() - start))
    return asked


def row(name: str, asked: Sequence[Asked]) -> list[str]:
    answerable = [one for one in asked if one.question.expected]
    others = [one for one in asked if not one.question.expected]
    times = sorted(one.elapsed_s * 1000 for one in asked)
    top = [one.place for one in answerable]
    return [
        name,
        str(len(answerable)),
        _share(sum(place == 0 for place in top), len(top)),
        _share(sum(place is not None and place < 3 for place in top), len(top)),
        str(len(others)),
        _share(sum(one.right for one in others), len(others)),
        f"{times[len(times) // 2]:.2f}",
        f"{times[int(len(times) * 0.99)]:.2f}",
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def show_failures(console: Console, asked: Sequence[Asked]) -> None:
    for one in asked:
        if not one.right:
            console.print(f"[{one.question.why}] {one.question.text}", markup=False)
            console.print(f"    expected  {one.question.expected or '(nothing)'}", markup=False)
            console.print(f"    found     {list(one.results[:3]) or '(nothing)'}", markup=False)
    wrong = Counter(one.question.why for one in asked if not one.right)
    every = Counter(one.question.why for one in asked)
    for why, count in sorted(every.items()):
        console.print(f"{why}: {wrong[why]} of {count} wrong", markup=False)


def load(data_dir: Path | None) -> Search:
    if data_dir is not None:
        return Search(read_facts(data_dir / FACTS_FILE), today=lambda: TODAY)
    with tempfile.TemporaryDirectory(prefix="groundling-bench-") as folder:
        build_facts(Path(folder))
        return load(Path(folder))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--show", choices=SHOWN, help="print the questions that fail")
    parser.add_argument(
        "--data-dir", type=Path, help="a folder with facts.tsv; default: build the default facts"
    )
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    console = Console(width=max(Console().width, 110))
    start = time.perf_counter()
    search = load(options.data_dir)
    console.print(
        f"{len(search.corpus.facts):,} facts, ready after {time.perf_counter() - start:.1f} s"
    )
    table = Table(
        "half", "answerable", "recall@1", "recall@3", "unanswerable", "nothing", "p50", "p99"
    )
    for half in HALVES:
        asked = ask(search, read_questions(LABELLED / f"{half}.tsv"))
        table.add_row(*row(half, asked))
        if options.show == half:
            show_failures(console, asked)
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
