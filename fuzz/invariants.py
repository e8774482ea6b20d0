"""What must hold for every text that the calculator is given; the fuzzers look for exceptions.

    1  calculate() returns results or raises Declined, nothing else
    2  a refusal carries no text of the input
    3  results are a few non-empty strings without control characters
    4  it takes no longer than a second of processor time, when a worker would be killed;
       questions of algebra may be cut then (SymPy takes as long as it likes), no others
    5  a result that is a number can be typed in again, and has the same value to 12 digits; so has
       each solution of an equation
    6  an amount with a unit that can be typed in again is the same amount of the same unit
    7  an expression of the unknown that is a result can be typed in again; what was simplified,
       expanded or factored has the value of what it came from

Does not cover: whether a result is right, and the service around calculate().

In the service a cut ends the process, so nothing survives it. Here it is an exception somewhere in
SymPy; fuzz/keeping.py says what becomes of what SymPy remembers.
"""

from __future__ import annotations

import re
import signal
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeVar

from services.calculator.algebra import checking
from services.calculator.calculate import calculate
from services.calculator.decline import Declined
from services.calculator.reading.parse import parse
from services.calculator.settings import Settings
from services.calculator.tree import Derivative, Integral, Node, Simplify, Solve

T = TypeVar("T")
LIMIT_S = 1.0
MAX_CHARS = Settings().max_input_chars
MOST_RESULTS = 5
_MAX_BITS = Settings().max_result_bits
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?|-?\d+/\d+")
_EXACT = re.compile(r"(?:[\d()*/^+\- .]|sqrt|pi|ln|e|abs|a?(?:sin|cos|tan)|(?:sin|cos|tan)h)+")
_SOLUTION = re.compile(r"[^\W\d] [=≈] ")
_AMOUNT = re.compile(
    r"(?P<sign>-?)(?P<money>[$€£¥]?)"
    r"(?P<number>\d+(?:\.\d+)?(?:e[+-]\d+)?)(?P<unit>(?:[ °/][^\d%]+|°)?)"
)
_OF_EXPRESSIONS = Simplify | Derivative | Integral
_TWELVE_DIGITS = Fraction(1, 10**11)


class Finding(Exception):
    """An invariant is broken. `key` is the same for texts that break it in the same way."""

    def __init__(self, key: str, text: str, detail: str = "") -> None:
        super().__init__(f"{key}: {text!r}" + (f"\n{detail}" if detail else ""))
        self.key = key
        self.text = text


class AlgebraCut(Exception):
    """A question of algebra was cut at the limit, which is no finding. `where`: in which frame."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class Cut(BaseException):
    """No Exception, so that no `except Exception` on the way takes it."""


@contextmanager
def cut_after(seconds: float) -> Iterator[None]:
    """Cut: so much processor time was used. Main thread only; long C calls are cut at their end."""

    def cut(_signal: int, _frame: object) -> None:
        raise Cut

    before = signal.signal(signal.SIGVTALRM, cut)
    # Again and again: what is raised in a callback of the garbage collector is lost.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def check(text: str, limit_s: float = LIMIT_S) -> list[str]:
    """The results for the text, [] when it is declined.

    Finding: an invariant is broken. AlgebraCut: a question of algebra was cut.
    """
    results = in_time(lambda: answer(text), text, limit_s)
    check_results(text, results)
    for check_again in (check_numbers_again, check_amounts_again, check_expressions_again):
        in_time(partial(check_again, text, results), text, limit_s)
    return results


def load() -> None:
    """Have the calculator load what it loads at the first text: no text is to be blamed for it."""
    calculate("2 km in m", _MAX_BITS)


def in_time(work: Callable[[], T], text: str, limit_s: float) -> T:
    """What `work`, which the text gave rise to, returns. Finding or AlgebraCut: it was cut."""
    try:
        with cut_after(limit_s):
            return work()
    except Cut as cut:
        where = frame(cut)
    if is_algebra(text, limit_s):
        raise AlgebraCut(where)
    raise Finding(f"slow in {where}", text)


def is_algebra(text: str, limit_s: float) -> bool:
    """Whether the text is read, within the limit, as a question that SymPy's routines answer."""
    try:
        with cut_after(limit_s):
            return isinstance(parse(text), Solve | _OF_EXPRESSIONS)
    except (Declined, Cut):
        return False


def answer(text: str) -> list[str]:
    try:
        results = calculate(text, _MAX_BITS)
    except Declined as declined:
        if len(text) > 3 and text in str(declined):
            raise Finding("refusal with text", text, str(declined)) from declined
        return []
    except Exception as error:
        where = frame(error)
        raise Finding(f"{type(error).__name__} in {where}", text, str(error)[:200]) from error
    if not results:
        raise Finding("no results and no refusal", text)
    return results


def frame(error: BaseException) -> str:
    """The innermost frame in our own code."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if "/services/calculator/" in one.filename]
    last = (ours or list(frames))[-1]
    return f"{Path(last.filename).name}:{last.name}"


def check_results(text: str, results: list[str]) -> None:
    if not isinstance(results, list) or len(results) > MOST_RESULTS:
        raise Finding("not a short list", text, repr(results)[:200])
    for result in results:
        if not isinstance(result, str) or not result.strip():
            raise Finding("an empty result", text, repr(results))
        if any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in result):
            raise Finding("a control character", text, repr(results))


def check_numbers_again(text: str, results: list[str]) -> None:
    """An exact form must have the value of the decimal below it; a decimal must stay itself."""
    for column in columns(results):
        if not column or _NUMBER.fullmatch(column[-1]) is None:
            continue
        value = Fraction(column[-1])
        for result in filter(_EXACT.fullmatch, column):
            again = answer(f"({result}) + 0")
            if not again or _NUMBER.fullmatch(again[-1]) is None:
                raise Finding("not read again", text, f"{result} gave {again}")
            if abs(Fraction(again[-1]) - value) > abs(value) * _TWELVE_DIGITS:
                raise Finding("another value when typed in again", text, f"{result} gave {again}")


def columns(results: list[str]) -> list[list[str]]:
    """The results, or for each solution its exact form and its decimals: x = 1/3 or x = 2."""
    if not all(map(_SOLUTION.match, results)):
        return [results]
    lines = [[_SOLUTION.sub("", part) for part in line.split(" or ")] for line in results]
    return [list(column) for column in zip(*lines, strict=True)]


def check_amounts_again(text: str, results: list[str]) -> None:
    """Not all that is written is read: 5/s, m³/(kg·s²). What is read must not be another."""
    for result in results:
        if (amount := amount_in(result)) is None:
            continue
        again = answer(f"{result} * 1")
        if again and amount_in(again[0]) != amount:
            raise Finding("another amount when typed in again", text, f"{result} gave {again}")


def amount_in(result: str) -> tuple[str, Fraction, str] | None:
    """Sign of the currency, amount and unit; None: not a number with either."""
    found = _AMOUNT.fullmatch(result) if _EXACT.fullmatch(result) is None else None
    if found is None or not (found["money"] or found["unit"]):
        return None
    number = Fraction(found["sign"] + found["number"])
    return found["money"], number, found["unit"].rstrip("s") if number == 1 else found["unit"]


def check_expressions_again(text: str, results: list[str]) -> None:
    if not results or not isinstance(question := parse(text), _OF_EXPRESSIONS):
        return
    for expression in (result.removesuffix(" + C") for result in results):
        if _EXACT.fullmatch(expression) is not None:
            continue  # without the unknown
        try:
            again = parse(f"simplify {expression} + 0")
        except Declined as declined:
            raise Finding("not read again", text, f"{expression}: {declined}") from declined
        if isinstance(question, Simplify) and isinstance(again, Simplify):
            check_agreement(text, question.node, again.node)


def check_agreement(text: str, asked: Node, given: Node) -> None:
    f, g = checking.of_tree(asked, _MAX_BITS), checking.of_tree(given, _MAX_BITS)
    try:
        checking.require_agreement(f, g, _MAX_BITS)
    except Declined as declined:
        detail = str(declined)
        raise Finding("another expression when typed in again", text, detail) from declined
