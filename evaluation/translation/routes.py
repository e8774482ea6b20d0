"""Which way from one language to another is the best: every route over Apertium's pairs, measured.

    python -m evaluation.translation.routes [--pair es-fr] [--hops 3] [--write]

Translates the sentences and everyday phrases along each route, from mode to mode, and prints the
figures of each (chrF, BLEU and exact matches of all, a declined text counting as an empty
translation), the best first; and what is reached when a text that the best route declines goes to
the next best, and so on. With --write, the three best routes of each pair go to quality.tsv, as
engines with names such as "apertium:es-ca-fr". Does not cover: which route the service takes
(services/translator/engines/apertium/routes.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from rich.console import Console
from rich.table import Table

from evaluation.translation.asking import Row
from evaluation.translation.figures import record
from evaluation.translation.measures import (
    PhraseFigures,
    SentenceFigures,
    judge_phrases,
    judge_sentences,
)
from evaluation.translation.sets import FOLDER, TextSet
from services.chassis import load_settings
from services.translator.engines.apertium.engine import ApertiumEngine
from services.translator.engines.interface import EngineError
from services.translator.quality import QUALITY_FILE
from services.translator.reading.languages import LanguageTable, build_language_table
from services.translator.settings import PREFIX, Settings

Route = tuple[str, ...]
"""The languages gone through, first and last included."""
Answers = list[list[str]]
RECORDED = 3
"""Routes of a pair that --write records."""


def routes(hops: Collection[tuple[str, str]], start: str, end: str, most: int) -> Iterator[Route]:
    """Every way over these hops, at most `most`, that goes through no language twice."""

    def further(route: Route) -> Iterator[Route]:
        if route[-1] == end:
            yield route
        elif len(route) <= most:
            for one, other in sorted(hops):
                if one == route[-1] and other not in route:
                    yield from further((*route, other))

    yield from further((start,))


def in_turn(answers: Sequence[Answers]) -> Answers:
    """For each text the first answer there is, asked in this order."""
    return [next((found for found in text if found), []) for text in zip(*answers, strict=True)]


class Walker:
    """Translates along routes with one engine that knows direct pairs only."""

    def __init__(self, settings: Settings, languages: LanguageTable) -> None:
        self._languages = languages
        self.engine = ApertiumEngine(
            settings.model_copy(update={"apertium_over_third": False, "apertium_max_pairs": 32}),
            languages,
        )

    async def answers(self, route: Route, texts: Sequence[str]) -> Answers:
        return [await self._walk(route, text) for text in texts]

    async def _walk(self, route: Route, text: str) -> list[str]:
        for start, end in pairwise(route):
            source, target = self._languages.by_code(start), self._languages.by_code(end)
            assert source is not None, "a language of an installed pair"
            assert target is not None, "a language of an installed pair"
            try:
                found = await self.engine.translate(text, source, target)
            except EngineError:
                return []
            if not found:
                return []
            text = found[0]
        return [text]


async def measure(console: Console, options: argparse.Namespace) -> list[Row]:
    """Measure and print every pair; the rows to record."""
    languages = build_language_table()
    walker = Walker(load_settings(Settings, PREFIX, os.environ), languages)
    sentences = TextSet(FOLDER / "sentences.tsv", languages)
    everyday = TextSet(FOLDER / "everyday.tsv", languages)
    rows: list[Row] = []
    hops = [pair for pair in walker.engine.pairs() if set(pair) <= set(sentences.codes)]
    for start in sentences.codes:
        for end in sentences.codes:
            ways = list(routes(hops, start, end, options.hops)) if start != end else []
            if not ways or options.pair not in (None, f"{start}-{end}"):
                continue
            texts, phrases = sentences.items(start, end), everyday.items(start, end)
            said = [await walker.answers(way, [one.text for one in texts]) for way in ways]
            found = [await walker.answers(way, [one.text for one in phrases]) for way in ways]
            judged = [judge_sentences(texts, one) for one in said]
            order = sorted(range(len(ways)), key=lambda place: -judged[place].chrf)
            table = headed(f"{start}-{end}")
            for rank, place in enumerate(order):
                exact = judge_phrases(phrases, found[place], end)
                add(table, " ".join(ways[place]), judged[place], exact)
                if rank < RECORDED:
                    name = f"{walker.engine.name}:{'-'.join(ways[place])}"
                    rows.append(Row(name, start, end, judged[place], exact, 0))
            both = judge_sentences(texts, in_turn([said[place] for place in order]))
            exact = judge_phrases(phrases, in_turn([found[place] for place in order]), end)
            add(table, "the best, then the next", both, exact)
            console.print(table)
    await walker.engine.stop()
    return rows


def headed(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("route", min_width=24)
    for heading in ("answered", "chrF", "BLEU", "exact"):
        table.add_column(heading, justify="right")
    return table


def add(table: Table, name: str, sentences: SentenceFigures, phrases: PhraseFigures) -> None:
    table.add_row(
        name,
        f"{sentences.answered / sentences.asked:.0%}",
        f"{sentences.chrf:.1f}",
        f"{sentences.bleu:.1f}",
        f"{phrases.exact:.0%}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pair", help="this pair only, such as es-fr")
    parser.add_argument("--hops", type=int, default=3, help="modes, at most (default: 3)")
    parser.add_argument("--write", action="store_true", help="write figures to quality.tsv")
    options = parser.parse_args()
    rows = asyncio.run(measure(Console(), options))
    if options.write:
        record(QUALITY_FILE, rows)


if __name__ == "__main__":
    main()
