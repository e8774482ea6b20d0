"""How good the translations are, per engine and pair, and of the translator as a whole.

    python -m evaluation.translation                      every engine installed here, every pair
    python -m evaluation.translation --write              and writes services/translator/quality.tsv
    python -m evaluation.translation --engine apertium --pair en-es

Prints for each engine and pair: the share of the sentences that it translated, chrF and BLEU of all
sentences (a declined one counts as an empty translation) and of those it translated; the share of
the everyday phrases that it answered, that it answered first of all with an accepted translation
(of all, and of those answered), and that had one among its first five. Then the same for what a
user gets from all engines together, with the source language said and not said.

Does not cover: engines that need a server or models that are not here, speed (bench/translator.py).
The everyday phrases were confirmed by FreeDict and Apertium among others, which helps these two:
compare engines by the sentences. The service's own phrase list has none of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from evaluation.translation.asking import Asker, Row
from evaluation.translation.figures import record
from evaluation.translation.installed import installed_engines
from evaluation.translation.measures import signatures
from evaluation.translation.sets import FOLDER, TextSet
from services.chassis import load_settings
from services.translator.detect import Detector
from services.translator.engines.interface import Engine, Kind
from services.translator.quality import QUALITY_FILE, read_quality
from services.translator.reading.languages import ENGLISH_CODE, build_language_table
from services.translator.settings import PREFIX, Settings
from services.translator.translate import Translator


def main() -> int:
    options = parse_arguments()
    console = Console(width=max(Console().width, 120))
    rows = asyncio.run(measure(console, options))
    if options.write:
        record(QUALITY_FILE, rows)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write the figures to quality.tsv")
    parser.add_argument("--engine", help="this engine only (`all`: the translator as a whole)")
    parser.add_argument("--pair", help="this pair only, such as en-es")
    return parser.parse_args()


async def measure(console: Console, options: argparse.Namespace) -> list[Row]:
    """Measure and print; the rows of single engines."""
    languages = build_language_table()
    settings = load_settings(Settings, PREFIX, os.environ)
    engines = installed_engines(settings, languages)
    asker = Asker(
        TextSet(FOLDER / "sentences.tsv", languages),
        TextSet(FOLDER / "everyday.tsv", languages),
        languages,
    )
    rows: list[Row] = []
    for engine in engines:
        # The phrase list holds none of the everyday phrases, and names are no sentences.
        if engine.kind in (Kind.NAMES, Kind.PHRASES) or options.engine not in (None, engine.name):
            continue
        mine = [
            await asker.engine(engine, *pair) for pair in chosen(asker.pairs(engine), options.pair)
        ]
        await engine.stop()
        console.print(table(engine.name, mine))
        rows += mine
    if options.engine in (None, "all"):
        await whole(console, options, asker, engines, settings)
    console.print(signatures())
    return rows


async def whole(
    console: Console,
    options: argparse.Namespace,
    asker: Asker,
    engines: Sequence[Engine],
    settings: Settings,
) -> None:
    languages = build_language_table()
    codes = {code for engine in engines for pair in engine.pairs() for code in pair}
    detector = None if settings.detector == "off" else Detector(settings.detector, codes)
    translator = Translator(engines, read_quality(), detector, languages)
    pairs = chosen(
        sorted({pair for engine in engines for pair in asker.pairs(engine)}), options.pair
    )
    try:
        said = [await asker.translator(translator, *pair) for pair in pairs]
        console.print(table("what a user gets, source language said", said))
        guessed = [
            await asker.translator(translator, *pair, source_said=False)
            for pair in pairs
            if ENGLISH_CODE in pair
        ]
        console.print(table("what a user gets, source language not said", guessed))
    finally:
        await translator.stop()


def chosen(pairs: Sequence[tuple[str, str]], only: str | None) -> list[tuple[str, str]]:
    return [pair for pair in pairs if only is None or "-".join(pair) == only]


def table(title: str, rows: Sequence[Row]) -> Table:
    found = Table(title=title, title_justify="left", box=None)
    found.add_column("pair")
    for heading in (
        *("sentences", "answered", "chrF", "BLEU", "chrF answered", "BLEU answered"),
        *("phrases", "answered", "exact", "exact answered", "listed", "failures"),
    ):
        found.add_column(heading, justify="right")
    for row in rows:
        sentences, phrases = row.sentences, row.phrases
        found.add_row(
            f"{row.source}-{row.target}",
            str(sentences.asked),
            share(sentences.answered, sentences.asked),
            f"{sentences.chrf:.1f}",
            f"{sentences.bleu:.1f}",
            f"{sentences.chrf_answered:.1f}",
            f"{sentences.bleu_answered:.1f}",
            str(phrases.asked),
            share(phrases.answered, phrases.asked),
            f"{phrases.exact:.0%}",
            f"{phrases.exact_answered:.0%}",
            share(phrases.listed, phrases.asked),
            str(row.failures or ""),
        )
    return found


def share(part: int, whole_: int) -> str:
    return f"{part / whole_:.0%}" if whole_ else ""


if __name__ == "__main__":
    sys.exit(main())
