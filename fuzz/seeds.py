"""Where the fuzzers begin: the labelled texts, the hostile ones, and the words both are made of.

Covers: seeds, their tokens, and putting texts together from tokens. Does not cover: running.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fuzz.findings import findings
from fuzz.hostile import ATTACKS
from fuzz.invariants import MAX_CHARS

LABELLED = Path(__file__).parent.parent / "tests" / "services" / "calculator" / "labelled"
_TOKEN = re.compile(r"[^\W\d]+|\d+|\s+|.", re.DOTALL)
# Names and numbers that the labelled texts use seldom or not at all.
_MORE = (
    *("0", "1", "-1", "2", "0.1", "1e400", "1e-400", "10^12", "99999999999", "1/3", "100!"),
    *("sqrt(", "cbrt(", "root(", "exp(", "ln(", "log(", "log2(", "sin(", "cos(", "tan(", "asin("),
    *("acos(", "atan(", "sinh(", "cosh(", "tanh(", "abs(", "floor(", "ceil(", "round(", "gcd("),
    *("lcm(", "choose(", "permute(", "mean(", "median(", "min(", "max(", "sum(", "product("),
    *(")", ",", "pi", "e", "tau", "phi", "x", "x^2", "°", "%", " of ", " mod ", " choose ", "!"),
    *(
        "solve ",
        "simplify ",
        "expand ",
        "factor ",
        "derivative of ",
        "integral of ",
        " from ",
        " to ",
    ),
    *(" = ", " at x = ", "today", "3 March 2024", "2024-02-29", " days after ", "what day was "),
    *(" km", " m/s", " °C", " F", " kg", " in ", " ft ", "$", "€", " USD", " per ", " squared"),
)


@cache
def seeds() -> tuple[str, ...]:
    """Every labelled text, every hostile one that fits, every finding that was fixed."""
    texts: list[str] = []
    for name in ("questions", "declined"):
        with (LABELLED / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            texts += [row["input"] for row in rows]
    texts += [text for attack in ATTACKS.values() for text in attack.inputs]
    texts += findings()
    return tuple(dict.fromkeys(text for text in texts if len(text) <= MAX_CHARS))


@cache
def tokens() -> tuple[str, ...]:
    """The distinct words, numbers and signs of the short seeds, and a few more."""
    short = (text for text in seeds() if len(text) <= 100)
    return tuple(dict.fromkeys([*_MORE, *(one for text in short for one in split(text))]))


def split(text: str) -> list[str]:
    return _TOKEN.findall(text)


def mutated(text: str, rng: random.Random) -> str:
    """A text like this one: tokens replaced, put in, left out, repeated, or those of another."""
    parts = split(text)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(parts) + 1)
        match rng.randrange(6):
            case 0:
                parts[at : at + 1] = [rng.choice(tokens())]
            case 1:
                parts[at:at] = [rng.choice(tokens())]
            case 2:
                del parts[at : at + rng.randint(1, 3)]
            case 3:
                parts[at:at] = parts[at : at + 4] * rng.randint(1, 3)
            case 4:
                parts = joined(parts[:at], split(rng.choice(seeds())), rng)
            case _:
                parts[at:at] = ["(", *split(rng.choice(seeds())), ")"]
    return "".join(parts)[:MAX_CHARS]


def joined(head: Sequence[str], other: Sequence[str], rng: random.Random) -> list[str]:
    return [*head, *other[rng.randrange(len(other) + 1) :]]
