"""Words against vectors against both: how documents are ranked, on the labelled questions.

The default facts are put as plain documents, one fact a document ("Peru / Capital / Lima" under the
title "Peru"), and the labelled questions asked of them: BM25, dense and hybrid on the same
documents, and beside them the fact search, which reads the question. Facts that are computed when
asked (ages) are no documents, so questions for them are left out.

  recall@1, recall@3  share of the answerable questions whose fact is first, or in the first three
  nothing             share of the unanswerable questions that get no result
  p50                 milliseconds a search takes, in this process

Encoding takes most of the time: about a second for 100 facts on a slow core. Not every fact is put:
--facts of the best known, and all that a question asks for. Needs the extra `dense`.

  python -m bench.ranking --facts 20000
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.recall import HALVES, LABELLED, TODAY, Asked, Question, read_questions
from services.retrieval.build import build_facts
from services.retrieval.dense.encoder import Encoder, EncoderMissing, MiniLM
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.facts.fact import FACTS_FILE, Fact, read_facts
from services.retrieval.facts.search import Search
from services.retrieval.settings import Settings

RANKINGS = ("bm25", "dense", "hybrid")
BATCH = 1_000
RESULTS = 3

SearchText = Callable[[str], Sequence[str]]


def chosen(facts: Sequence[Fact], wanted: Iterable[Fact], count: int) -> list[Fact]:
    """The facts that a question asks for, and the best known."""
    kept = {fact.text: fact for fact in wanted}
    for fact in sorted(facts, key=lambda fact: -fact.prominence):
        if len(kept) >= count:
            break
        kept.setdefault(fact.text, fact)
    return list(kept.values())


def answers(by_attribute: Mapping[str, Sequence[Fact]], question: Question) -> list[Fact]:
    """The facts that a question asks for. Most patterns name their attribute: a hundredth of the
    facts is left to match."""
    if not question.expected:
        return []
    right = re.compile(question.expected).fullmatch
    attributes = {part.strip() for part in re.split(r" / |[|()]", question.expected)}
    named = attributes & by_attribute.keys()
    return [fact for name in named for fact in by_attribute[name] if right(fact.text)]


def grouped(facts: Iterable[Fact]) -> Mapping[str, Sequence[Fact]]:
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.attribute].append(fact)
    return groups


def opened(folder: Path, ranking: str, encoder: Encoder) -> EmbeddedBackend:
    settings = Settings.model_validate({"data_dir": folder, "ranking": ranking})
    backend = EmbeddedBackend(folder, settings, None if ranking == "bm25" else encoder)
    backend.open()
    return backend


def fill(backend: EmbeddedBackend, facts: Sequence[Fact], console: Console) -> None:
    for start in range(0, len(facts), BATCH):
        batch = facts[start : start + BATCH]
        documents = [
            Document(str(number), fact.subject, None, (Section("", fact.text),))
            for number, fact in enumerate(batch, start)
        ]
        backend.put("facts-as-documents", documents)
    while missing := backend.missing():
        console.log(missing[0].part)
        time.sleep(20)


def measured(search: SearchText, questions: Sequence[Question]) -> list[str]:
    asked = []
    for question in questions:
        started = time.perf_counter()
        results = search(question.text)
        asked.append(Asked(question, results, time.perf_counter() - started))
    answerable = [one for one in asked if one.question.expected]
    others = [one for one in asked if not one.question.expected]
    first = sum(one.place == 0 for one in answerable) / len(answerable)
    three = sum(one.place is not None and one.place < 3 for one in answerable) / len(answerable)
    nothing = sum(one.right for one in others) / len(others)
    p50_ms = statistics.median(one.elapsed_s for one in asked) * 1000
    return [f"{first:.3f}", f"{three:.3f}", f"{nothing:.3f}", f"{p50_ms:.1f}"]


def main() -> int:
    summary, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m bench.ranking",
        description=summary,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--facts", type=int, default=20_000, help="default: %(default)s")
    options = parser.parse_args()
    console = Console()
    try:
        encoder = MiniLM()
    except EncoderMissing as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_facts(folder)
        facts = read_facts(folder / FACTS_FILE)
        halves = {half: read_questions(LABELLED / f"{half}.tsv") for half in HALVES}
        by_attribute = grouped(facts)
        right = {
            question: answers(by_attribute, question)
            for questions in halves.values()
            for question in questions
        }
        halves = {
            half: [one for one in questions if right[one] or not one.expected]
            for half, questions in halves.items()
        }
        wanted = (fact for found in right.values() for fact in found)
        documents = chosen(facts, wanted, options.facts)
        asked = sum(map(len, halves.values()))
        title = f"{len(documents):,} facts as documents, {asked} labelled questions"
        table = Table("ranking", "half", "recall@1", "recall@3", "nothing", "p50 ms", title=title)
        fact_search = Search(documents, today=lambda: TODAY)
        for ranking in RANKINGS:
            # One after the other in one folder: vectors are made once, and put is then no change.
            backend = opened(folder / "documents", ranking, encoder)
            fill(backend, documents, console)
            for half, questions in halves.items():
                table.add_row(ranking, half, *measured(_texts(backend), questions))
            backend.close()
        for half, questions in halves.items():
            figures = measured(lambda text: fact_search.search(text) or [], questions)
            table.add_row("fact search", half, *figures)
        console.print(table)
    return 0


def _texts(backend: EmbeddedBackend) -> SearchText:
    return lambda text: [hit.text for hit in backend.search(text, None, RESULTS)]


if __name__ == "__main__":
    sys.exit(main())
