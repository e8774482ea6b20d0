"""The figures of bench/engine.py: what is asked for each, how it is read, and what bounds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from bench.engine_floor import Floor
from bench.engine_work import Ids, Timing, Work

VOCABULARY = (100, 30_000)
"""Prompts are random tokens: a runtime's speed does not depend on what they say."""
CANDIDATES = 16
TURNS = (1, 2, 4, 8, 16)
PREFILLS = (64, 256, 1024)
FIRST_PROMPT = 100
DECODE_TOKENS = 65
TURN_PROMPT = 64
TURN_TOKENS = 24


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    unit: str
    works: Callable[[Random], list[Work]]
    value: Callable[[Sequence[Timing]], float]
    floor: Callable[[Floor], float]
    lower_is_better: bool = False

    def ratio(self, ours: float, theirs: float) -> float:
        """How many times better ours is."""
        return theirs / ours if self.lower_is_better else ours / theirs


def prompt(random: Random, size: int) -> Ids:
    return [random.randrange(*VOCABULARY) for _ in range(size)]


def together_per_s(timings: Sequence[Timing]) -> float:
    """Tokens a second of one piece of work after another, reading prompts included."""
    return sum(one.tokens for one in timings) / sum(one.total_s for one in timings)


def decode() -> Figure:
    def per_s(timings: Sequence[Timing]) -> float:
        [one] = timings
        return (one.tokens - 1) / (one.total_s - one.first_s)

    return Figure(
        "decode, one stream",
        "tokens/s",
        lambda random: [Work([prompt(random, FIRST_PROMPT)], DECODE_TOKENS)],
        per_s,
        lambda floor: 1 / floor.step_s(1, 1),
    )


def prefill(size: int) -> Figure:
    return Figure(
        f"prefill, {size} tokens",
        "tokens/s",
        lambda random: [Work([prompt(random, size)], 1)],
        lambda timings: size / timings[0].total_s,
        lambda floor: size / floor.step_s(size, 1),
    )


def first_token() -> Figure:
    return Figure(
        f"first token after {FIRST_PROMPT}",
        "ms",
        lambda random: [Work([prompt(random, FIRST_PROMPT)], 1)],
        lambda timings: timings[0].first_s * 1000,
        lambda floor: floor.step_s(FIRST_PROMPT, 1) * 1000,
        lower_is_better=True,
    )


def candidates() -> Figure:
    def works(random: Random) -> list[Work]:
        one = [prompt(random, FIRST_PROMPT)]
        return [Work(one, TURN_TOKENS, candidates=CANDIDATES, sampled=True)]

    return Figure(
        f"{CANDIDATES} candidates at once",
        "tokens/s",
        works,
        together_per_s,
        lambda floor: floor.turns_per_s(CANDIDATES, FIRST_PROMPT, TURN_TOKENS, prompts=1),
    )


def singles() -> Figure:
    """The same candidates one by one; the context is read once, by whoever can keep it."""

    def works(random: Random) -> list[Work]:
        one = [prompt(random, FIRST_PROMPT)]
        first = Work(one, TURN_TOKENS, sampled=True)
        return [first, *[Work(one, TURN_TOKENS, sampled=True, keep=True)] * (CANDIDATES - 1)]

    return Figure(
        f"{CANDIDATES} candidates one by one",
        "tokens/s",
        works,
        together_per_s,
        lambda floor: (
            1 / (floor.step_s(1, 1) + floor.step_s(FIRST_PROMPT, 1) / CANDIDATES / TURN_TOKENS)
        ),
    )


def turns(count: int) -> Figure:
    return Figure(
        f"{count} turn{'s' if count > 1 else ''} at a time",
        "tokens/s",
        lambda random: [Work([prompt(random, TURN_PROMPT) for _ in range(count)], TURN_TOKENS)],
        together_per_s,
        lambda floor: floor.turns_per_s(count, TURN_PROMPT, TURN_TOKENS, prompts=count),
    )


def figures(quick: bool) -> list[Figure]:
    return [
        decode(),
        *(prefill(size) for size in (PREFILLS[1:2] if quick else PREFILLS)),
        first_token(),
        candidates(),
        singles(),
        *(turns(count) for count in (TURNS[::2] if quick else TURNS)),
    ]
