"""The translator: sentences per second, time per request, memory per pair.

What each figure covers:

  ours          sentences/s of our Apertium engine, whose processes stay running, in this process
  one process   the same sentences through `apertium MODE` started for each request, as a script
                would do it; over a third language once for each mode (of the first route: ours
                tries a second one for a sentence that the first declines)
  ours / one    the median over --repeat rounds; both are measured one after the other in each round
  same          share of the sentences we answered for which both give the same words
  declined      sentences we give no translation for: they hold words that Apertium does not know
  first         seconds until the first sentence of a pair: its processes read their data
  own MB        memory of a pair's processes, pages that several map shared out (Linux's PSS); the
                sum of their RSS counts them once for each
  p50, p99      of POST /v1/query on the service, one client on one connection, by kind of request;
                `first` is the first request of that kind in a fresh service
  idle          memory when the pairs have been idle long enough to be stopped (here after a few
                seconds; the default is 5 minutes)

Does not cover: quality (evaluation/translation), neural models, other engines than Apertium alone.

Needs: Apertium with the pairs, FreeDict (services/translator/system_packages.txt), and
pip install -e ".[translator,bench]".

  python -m bench.translator                            minutes
  python -m bench.translator --pairs en-es --rounds 5
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import statistics
import sys
from collections.abc import Sequence
from functools import partial

from rich.console import Console
from rich.table import Table

from bench.translator_engines import (
    Pair,
    Sentences,
    memory,
    one_process_per_request,
    per_second,
    same,
    streams_per_second,
)
from bench.translator_service import own_mb, service, timed, wait_until_idle
from evaluation.translation.sets import FOLDER, TextSet
from services.translator.reading.languages import build_language_table
from services.translator.settings import Settings

PAIRS = ("en-es", "es-en", "en-ca", "es-ca", "es-fr", "en-fr", "en-it", "en-pt")
COMPARED = 12
"""Sentences that one process per request is given in a round: it is slow."""
IDLE_S = 3.0


def main() -> int:
    options = parse_arguments()
    console = Console(width=max(Console().width, 120))
    system = f"{platform.system()} {platform.machine()}"
    console.print(f"{system}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if shutil.which("apertium") is None:
        console.print("not installed: apertium (services/translator/system_packages.txt)")
        return 1
    pairs: list[Pair] = [(pair.split("-")[0], pair.split("-")[1]) for pair in options.pairs]
    asyncio.run(sentences(console, pairs, options))
    requests(console, options)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", nargs="+", default=list(PAIRS), metavar="PAIR")
    parser.add_argument("--repeat", type=int, default=3, help="rounds (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=2, help="of our engine, a round (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=10, help="times the requests are sent (default: %(default)s)"
    )
    return parser.parse_args()


async def sentences(console: Console, pairs: Sequence[Pair], options: argparse.Namespace) -> None:
    # One pair may need three modes; all pairs at once need room for every mode.
    measured = Sentences(Settings(apertium_max_pairs=32, apertium_timeout_s=30))
    found = headed("pair", "modes", "ours/s", "one process/s", "ours / one", "same", "declined")
    for heading in ("first s", "processes", "RSS MB", "own MB"):
        found.add_column(heading, justify="right")
    routes: dict[Pair, list[str]] = {}
    for pair in pairs:
        with console.status("-".join(pair)):
            modes, first_s = await measured.start(pair)
            held = memory(os.getpid())
            routes[pair] = modes
            ours, theirs = await rounds(measured, pair, modes, options)
            alike, declined = await compared(measured, pair, modes)
        ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
        found.add_row(
            "-".join(pair),
            " ".join(modes),
            f"{statistics.median(ours):,.0f}",
            f"{statistics.median(theirs):.2f}",
            f"{ratio:,.0f}",
            alike,
            f"{declined:.0%}",
            f"{first_s:.2f}",
            str(held.processes),
            f"{held.shared_mb:,.0f}",
            f"{held.own_mb:,.0f}",
        )
    console.print(found)
    await several_streams(console, measured, routes, options)
    await measured.engine.stop()


async def rounds(
    measured: Sentences, pair: Pair, modes: Sequence[str], options: argparse.Namespace
) -> tuple[list[float], list[float]]:
    """Sentences/s of ours and of one process per request, round by round."""
    texts = measured.of(pair)
    ours, theirs = [], []
    for number in range(options.repeat):
        some = [texts[(number * COMPARED + place) % len(texts)] for place in range(COMPARED)]
        ours.append(await per_second(partial(measured.ours, pair), texts, options.seconds))
        theirs.append(await per_second(partial(one_process_per_request, modes), some, 0))
    return ours, theirs


async def compared(measured: Sentences, pair: Pair, modes: Sequence[str]) -> tuple[str, float]:
    """How many of some answers have the same words as Apertium's own; the share declined of all."""
    texts = measured.of(pair)
    ours = [await measured.ours(pair, text) for text in texts]
    answered = [(text, own) for text, own in zip(texts, ours, strict=True) if own][:COMPARED]
    alike = [same(own, await one_process_per_request(modes, text)) for text, own in answered]
    return f"{sum(alike)}/{len(alike)}", ours.count("") / len(ours)


async def several_streams(
    console: Console,
    measured: Sentences,
    routes: dict[Pair, list[str]],
    options: argparse.Namespace,
) -> None:
    """One stream for each pair, all at once."""
    texts = [measured.of(pair) for pair in routes]
    asks = [partial(measured.ours, pair) for pair in routes]
    theirs = [partial(one_process_per_request, modes) for modes in routes.values()]
    await streams_per_second(asks, texts, 1)  # starts what is not running
    held = memory(os.getpid())
    ours, one = [], []
    for _ in range(options.repeat):
        ours.append(await streams_per_second(asks, texts, options.seconds))
        one.append(await streams_per_second(theirs, texts, options.seconds * 3))
    ratio = statistics.median(own / other for own, other in zip(ours, one, strict=True))
    console.print(
        f"{len(routes)} streams at once, one a pair: ours {statistics.median(ours):,.0f}/s, one "
        f"process per request {statistics.median(one):.2f}/s, ours / one {ratio:,.0f}; "
        f"{held.processes} processes of ours, {held.own_mb:,.0f} MB\n"
    )


def requests(console: Console, options: argparse.Namespace) -> None:
    """Time over HTTP by kind, each kind in a fresh service, and memory before and after idling."""
    found = headed("request", "asked", "p50 ms", "p99 ms", "first ms", "declined", "failed")
    for heading in ("service MB", "processes", "their MB", "idle after s", "service MB idle"):
        found.add_column(heading, justify="right")
    for kind, inputs in kinds().items():
        with console.status(kind), service(IDLE_S) as (port, pid):
            took = timed(port, inputs, options.rounds)
            used_mb, held = own_mb(pid), memory(pid)
            idle_s = wait_until_idle(pid, IDLE_S * 5)
            found.add_row(
                kind,
                str(len(inputs) * options.rounds),
                f"{statistics.median(took.rest_ms):.2f}",
                f"{statistics.quantiles(took.rest_ms, n=100)[98]:.2f}",
                f"{took.first_ms:.0f}",
                f"{took.declined / (len(inputs) * options.rounds):.0%}",
                str(took.failed),
                f"{used_mb:,.0f}",
                str(held.processes),
                f"{held.own_mb:,.0f}",
                "not idle" if idle_s is None else f"{idle_s:.1f}",
                f"{own_mb(pid):,.0f}",
            )
    console.print(found)


def kinds() -> dict[str, list[str]]:
    """Requests by the engine that is to answer them, 20 each."""
    languages = build_language_table()
    texts = TextSet(FOLDER / "sentences.tsv", languages)
    words = TextSet(FOLDER / "everyday.tsv", languages).items("en", "de")
    months = ("January", "March", "May", "July", "August")
    phrases = ("thank you", "good morning", "good night", "see you later", "I love you")
    english = [item.text for item in texts.items("en", "es")][:20]
    return {
        "phrase": [
            f"{phrase} in {language}"
            for phrase in phrases
            for language in ("Spanish", "German", "Italian", "Polish")
        ],
        "name": [
            f"{month} in {language}"
            for month in months
            for language in ("Welsh", "Greek", "Turkish", "Finnish")
        ],
        "word": [f"{item.text} in German" for item in words if " " not in item.text][:20],
        "word, language not said": [
            f"what does {item.references[0]} mean?" for item in words if " " not in item.text
        ][:20],
        "sentence, en-es": [f"Translate “{text}” into Spanish." for text in english],
        "sentence, en-fr over a third": [f"Translate “{text}” into French." for text in english],
        "no request": [f"How old was {month} in French Open history?" for month in months] * 4,
    }


def headed(first: str, second: str, *rest: str) -> Table:
    found = Table(box=None)
    for heading in (first, second):
        found.add_column(heading)
    for heading in rest:
        found.add_column(heading, justify="right")
    return found


if __name__ == "__main__":
    sys.exit(main())
