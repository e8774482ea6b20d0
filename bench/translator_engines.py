"""Sentences through Apertium, two ways: our engine, and one `apertium` process per request.

Covers: the same sentences over the same modes, one after another or several streams at once, and
what our processes hold of the memory. Does not cover: HTTP (translator_service.py), the quality of
what comes out (evaluation/translation).
"""

from __future__ import annotations

import asyncio
import re
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import psutil

from evaluation.translation.sets import FOLDER, TextSet
from services.translator.engines.apertium.engine import ApertiumEngine
from services.translator.quality import read_quality
from services.translator.reading.languages import Language, build_language_table
from services.translator.settings import Settings

Pair = tuple[str, str]
_MARKS = re.compile(r"[*#@]")


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the processes of one pair, in MB. `shared_mb` counts a page once for each process,
    `own_mb` (PSS) shares it out among those that map it."""

    processes: int
    shared_mb: float
    own_mb: float


class Sentences:
    """The sentences of each pair, and the engine that is measured."""

    def __init__(self, settings: Settings) -> None:
        self._languages = build_language_table()
        self._texts = TextSet(FOLDER / "sentences.tsv", self._languages)
        self.engine = ApertiumEngine(settings, self._languages, read_quality())

    def of(self, pair: Pair) -> list[str]:
        return [item.text for item in self._texts.items(*pair)]

    def language(self, code: str) -> Language:
        language = self._languages.by_code(code)
        if language is None:
            raise ValueError(f"{code!r} is not a language code")
        return language

    async def ours(self, pair: Pair, text: str) -> str:
        """Our engine's answer; "" where it declines."""
        found = await self.engine.translate(text, *map(self.language, pair))
        return found[0] if found else ""

    async def start(self, pair: Pair) -> tuple[list[str], float]:
        """The modes of the pair's first route, in its order, and the seconds that the first
        sentence took. They run from now on, and nothing else."""
        for text in self.of(pair):
            await self.engine.stop()
            start = time.perf_counter()
            answer = await self.ours(pair, text)
            first_s = time.perf_counter() - start
            modes = self.engine.running()
            if answer and self._chain(modes) == list(pairwise(self._through(modes, pair))):
                return modes, first_s
        raise RuntimeError(f"no sentence was translated from {pair[0]} to {pair[1]} on one route")

    def _chain(self, modes: Sequence[str]) -> list[Pair]:
        """Each mode as a pair of codes: "eng-spa" as ("en", "es")."""
        codes = [[part.split("_")[0] for part in mode.split("-")[:2]] for mode in modes]
        return [(self.language(start).code, self.language(end).code) for start, end in codes]

    def _through(self, modes: Sequence[str], pair: Pair) -> list[str]:
        """The languages that a single route over these modes would go through."""
        return [pair[0], *(start for start, _ in self._chain(modes)[1:]), pair[1]]


async def one_process_per_request(modes: Sequence[str], text: str) -> str:
    """As a shell script would do it: `apertium MODE`, for each mode of the route."""
    for mode in modes:
        process = await asyncio.create_subprocess_exec(
            "apertium", mode, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        said, _ = await process.communicate(text.encode())
        text = said.decode().strip()
    return text


def same(ours: str, theirs: str) -> bool:
    """Whether the words are the same, unknown words' marks and punctuation aside."""
    return re.findall(r"\w+", ours.casefold()) == re.findall(
        r"\w+", _MARKS.sub("", theirs).casefold()
    )


async def per_second(
    ask: Callable[[str], Awaitable[object]], texts: Sequence[str], at_least_s: float
) -> float:
    """Sentences per second of one stream, in whole rounds of the list."""
    start, done = time.perf_counter(), 0
    while done == 0 or time.perf_counter() - start < at_least_s:
        for text in texts:
            await ask(text)
        done += len(texts)
    return done / (time.perf_counter() - start)


async def streams_per_second(
    asks: Sequence[Callable[[str], Awaitable[object]]],
    texts: Sequence[Sequence[str]],
    at_least_s: float,
) -> float:
    """Sentences per second of several streams at once, until the time is up."""
    end = time.perf_counter() + at_least_s
    done = 0

    async def stream(ask: Callable[[str], Awaitable[object]], own: Sequence[str]) -> None:
        nonlocal done
        place = 0
        while time.perf_counter() < end:
            await ask(own[place % len(own)])
            place += 1
            done += 1

    start = time.perf_counter()
    await asyncio.gather(*(stream(ask, own) for ask, own in zip(asks, texts, strict=True)))
    return done / (time.perf_counter() - start)


def memory(parent: int) -> Memory:
    """Of every process that `parent` started."""
    figures = [one.memory_full_info() for one in psutil.Process(parent).children(recursive=True)]
    own = [getattr(one, "pss", one.rss) for one in figures]
    return Memory(len(figures), sum(one.rss for one in figures) / 1e6, sum(own) / 1e6)
