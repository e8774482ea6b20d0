"""The calculator beside the notes of GSM8K: every expression of its solutions, computed again.

FILE is tab-separated with the columns `expression` and `value` (what stands before and after the
sign of equality in GSM8K's calculation notes, training split). A row agrees when the value

    equals the note                                            "exactly"
    is within half a unit of the note's last decimal place     "rounded", for notes with decimals
    is not whole and within less than 1 of a whole note        "rounded": the authors of the data
                                                               round such values up and down alike

A row that does not agree must be listed, with the reason, in the exceptions: a file of row numbers
(1 is the first below the heading) and reasons, without text of the data. The reasons are checked:

    lone number   the expression is one number, so there is nothing to compute: declined by design
    wrong note    the value differs, and Python's fractions compute the same value

Exit status 1 when a row neither agrees nor is listed, or when a listed one does not fit its reason.
Does not cover: the service around the calculator, word problems.

  python -m evaluation.gsm8k FILE [--exceptions TSV]
"""

from __future__ import annotations

import argparse
import ast
import csv
import operator
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rich.console import Console

from services.calculator.calculate import calculate
from services.calculator.decline import Declined
from services.calculator.settings import Settings

EXCEPTIONS = Path(__file__).with_name("gsm8k_exceptions.tsv")
LONE_NUMBER = "lone number"
WRONG_NOTE = "wrong note"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    expression: str
    note: str


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: str
    """exactly, rounded, disagrees or declined."""
    results: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return self.verdict in ("exactly", "rounded")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--exceptions", type=Path, default=EXCEPTIONS, metavar="TSV")
    options = parser.parse_args()
    rows = read_rows(options.file)
    listed = read_exceptions(options.exceptions)
    console = Console(highlight=False, soft_wrap=True)
    outcomes = {row.number: judge(row) for row in rows}
    counted = Counter(outcome.verdict for outcome in outcomes.values())
    console.print(
        f"{len(rows):,} rows: {counted['exactly'] + counted['rounded']:,} agree"
        f" ({counted['exactly']:,} exactly, {counted['rounded']:,} rounded),"
        f" {counted['disagrees']:,} disagree, {counted['declined']:,} declined"
    )
    console.print(f"{len(listed):,} exceptions listed: {summed(listed)}")
    found = faults(rows, outcomes, listed)
    for fault in found[:_SHOWN]:
        console.print(fault, markup=False)
    console.print(f"{len(found):,} rows neither agree nor fit their listed reason")
    return 1 if found else 0


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Row(n, row["expression"], row["value"]) for n, row in enumerate(read, 1)]


def read_exceptions(path: Path) -> dict[int, str]:
    with path.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {int(row["row"]): row["reason"] for row in read}


def judge(row: Row) -> Outcome:
    try:
        results = calculate(row.expression, Settings().max_result_bits)
    except Declined:
        return Outcome("declined")
    return Outcome(compare(exact(results), row.note), tuple(results))


def exact(results: list[str]) -> Fraction | None:
    """The value of the best result; None when it is no number (a quantity, a date)."""
    try:
        return Fraction(results[0])
    except (ValueError, IndexError):
        return None


def compare(value: Fraction | None, note: str) -> str:
    noted = Fraction(note)
    if value is None:
        return "disagrees"
    if value == noted:
        return "exactly"
    decimals = len(note.partition(".")[2])
    if decimals:
        within = abs(value - noted) <= Fraction(1, 2 * 10**decimals)
    else:
        within = value.denominator != 1 and abs(value - noted) < 1
    return "rounded" if within else "disagrees"


def faults(rows: list[Row], outcomes: dict[int, Outcome], listed: dict[int, str]) -> list[str]:
    found = [f"row {number}: not in the file" for number in listed.keys() - outcomes.keys()]
    for row in rows:
        outcome, reason = outcomes[row.number], listed.get(row.number)
        if reason is None and not outcome.agrees:
            said = ", ".join(outcome.results) or "nothing"
            found.append(f"row {row.number}: {row.expression} noted {row.note}, computed {said}")
        elif reason is not None and not fits(row, outcome, reason):
            found.append(f"row {row.number}: listed as {reason!r}, which it is not")
    return found


def fits(row: Row, outcome: Outcome, reason: str) -> bool:
    if reason == LONE_NUMBER:
        return outcome.verdict == "declined" and _NUMBER.fullmatch(row.expression) is not None
    if reason == WRONG_NOTE:
        return outcome.verdict == "disagrees" and exact([*outcome.results]) == by_python(
            row.expression
        )
    return False


_OPERATORS: dict[type[ast.AST], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda left, right: Fraction(left // right),
}


def by_python(expression: str) -> Fraction | None:
    """The value by Python's fractions, read by Python's parser; None when it has none there."""

    def value(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(value=int() | float()):
                return Fraction(ast.get_source_segment(expression, node) or "")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return value(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](value(left), value(right))
        raise ValueError("not plain arithmetic")

    try:
        return value(ast.parse(expression, mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError):
        return None


def summed(listed: dict[int, str]) -> str:
    counted = Counter(listed.values())
    return ", ".join(f"{count:,} {reason}" for reason, count in counted.most_common()) or "none"


if __name__ == "__main__":
    sys.exit(main())
