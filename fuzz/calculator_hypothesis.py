"""Property-based fuzzing of the calculator with hypothesis, in process, for as long as is asked.

  python -m fuzz.calculator_hypothesis --seconds 600
  python -m fuzz.calculator_hypothesis --seconds 600 --keep FOLDER

Texts are expressions and questions built from the parts that people use (numbers, operators,
functions, units, dates, frames), labelled texts with words changed, and plain noise. Without --keep
the first finding ends the run, reduced by hypothesis to a short text. Needs the `dev` extra.
Does not cover: coverage guidance (fuzz/calculator.py).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fuzz.invariants import LIMIT_S, MAX_CHARS, load
from fuzz.keeping import Keeper
from fuzz.seeds import mutated, seeds, tokens
from services.calculator.tree import Function

Text = st.SearchStrategy[str]
EXAMPLES = 500
UNITS = [
    *("km", "m", "cm", "miles", "ft", "in", "kg", "lb", "g", "s", "minutes", "hours", "days"),
    *("°C", "F", "K", "m/s", "mph", "L", "gallons", "J", "kWh", "%", "$", "€"),
]
FUNCTIONS = [function.value for function in Function]
PHRASES = (
    "{0} of {1}",
    "{0}% of {1}",
    "the sum of {0} and {1}",
    "average of {0}, {1} and {2}",
    "{0} choose {1}",
    "{0} mod {1}",
    "round {0} to {1} decimal places",
    "{0} to {1} decimal places",
    "{0} as a fraction",
    "{0} as a percentage",
    "what percent of {0} is {1}",
    "percentage change from {0} to {1}",
    "ratio of {0} to {1}",
    "log base {0} of {1}",
    "{0}th root of {1}",
    "{0} days after 3 March 2024",
    "{0} weeks before {1} May {2}",
    "days between {0} March {1} and 2024-05-0{2}",
    "increase {0} by {1}%",
    "{0} squared plus {1} cubed",
)
ALGEBRA = (
    "solve {0} = {1}",
    "simplify {0}",
    "expand ({0})*({1})",
    "factor {0}",
    "derivative of {0}",
    "derivative of {0} at x = {1}",
    "second derivative of {0}",
    "integral of {0}",
    "integrate {0} from {1} to {2}",
)
FRAMES = (
    "{}",
    "{}",
    "{} = ?",
    "What is {}?",
    "Calculate {}",
    "how much is {}",
    "please {}",
    "({})",
)


def numbers() -> Text:
    return st.one_of(
        st.integers(0, 30).map(str),
        st.integers(-(10**6), 10**30).map(str),
        st.decimals(-1000, 1000, allow_nan=False, places=3).map(str),
        st.integers(0, 10**12).map("{:,}".format),
        st.builds("{}e{}".format, st.integers(0, 99), st.integers(-400, 400)),
        st.sampled_from(["pi", "e", "tau", "1/3", "½", "10%", "two dozen", "2.5 million", "1 1/2"]),
        st.sampled_from(["twelve", "one hundred and twenty", "speed of light", "a third", "x"]),
    )


OPERATORS = ["+", "-", "*", "/", "^", " mod ", "//", " times ", " over ", " plus ", " - "]


def arithmetic(leaves: Text) -> Text:
    """Mostly well-formed: nothing but operators, brackets and functions."""

    def larger(smaller: Text) -> Text:
        return st.one_of(
            st.builds("{}{}{}".format, smaller, st.sampled_from(OPERATORS), smaller),
            st.builds("({}){}({})".format, smaller, st.sampled_from(OPERATORS), smaller),
            st.builds("{}({})".format, st.sampled_from(FUNCTIONS), smaller),
            st.builds("{}({}, {})".format, st.sampled_from(FUNCTIONS), smaller, smaller),
            st.builds("-({})".format, smaller),
            st.builds("({})^{}".format, smaller, st.integers(-3, 5)),
        )

    return st.recursive(leaves, larger, max_leaves=6)


def expressions(leaves: Text) -> Text:
    """As people write: units, phrases within phrases, words left out; often declined."""

    def larger(smaller: Text) -> Text:
        return st.one_of(
            arithmetic(smaller),
            st.builds("{}{}".format, smaller, smaller),
            st.builds("{} {}".format, st.sampled_from(FUNCTIONS), smaller),
            st.builds("{} {}".format, smaller, st.sampled_from(UNITS)),
            st.builds("{} in {}".format, smaller, st.sampled_from(UNITS)),
            st.builds("{}!".format, smaller),
            st.builds("|{}|".format, smaller),
            st.builds(str.format, st.sampled_from(PHRASES), smaller, smaller, smaller),
        )

    return st.recursive(leaves, larger, max_leaves=8)


def in_x() -> Text:
    terms = st.sampled_from(["x", "x^2", "2x", "x^3", "sin(x)", "ln(x)", "e^x", "sqrt(x)", "1/x"])
    return arithmetic(st.one_of(terms, terms, st.integers(-9, 9).map(str)))


def chosen(many: Sequence[str]) -> Text:
    """st.sampled_from writes out all of them in its repr."""
    return st.integers(0, len(many) - 1).map(lambda index: many[index])


def noise() -> Text:
    words = st.lists(chosen(tokens()), max_size=12).map("".join)
    return st.one_of(words, st.text(max_size=60), st.text("0123456789+-*/^().,% xe", max_size=60))


def texts() -> Text:
    value = st.one_of(arithmetic(st.integers(0, 30).map(str)), expressions(numbers()))
    x = in_x()
    changed = st.builds(mutated, st.sampled_from(seeds()), st.integers(0, 2**32).map(random.Random))
    asked = st.one_of(
        value,
        value,
        st.builds(str.format, st.sampled_from(PHRASES), value, value, value),
        st.builds(str.format, st.sampled_from(ALGEBRA), x, x, numbers()),
        st.builds("{} = {}".format, x, x),
        changed,
        noise(),
    )
    return st.builds(str.format, st.sampled_from(FRAMES), asked).map(lambda text: text[:MAX_CHARS])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600, help="(default: %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write findings, go on")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message="Generating overly large repr")
    keeper = Keeper(options.keep)
    load()
    end = time.monotonic() + options.seconds

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(texts())
    def holds(text: str) -> None:
        if time.monotonic() < end:  # else: the rest of these examples costs nothing
            keeper.take(text, LIMIT_S)

    try:
        while time.monotonic() < end:
            holds()
    finally:
        print(keeper)
    return 1 if len(keeper) else 0


if __name__ == "__main__":
    sys.exit(main())
