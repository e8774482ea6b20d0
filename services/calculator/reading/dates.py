"""Reads dates as people write them: 3 March 2024, March 3rd, 2024, 2024-03-03, tomorrow.

The grammar says which forms there are.
"""

from __future__ import annotations

import re
from datetime import date

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading import ordinals
from services.calculator.tree import Binary, Day, Measured, Node, Operator, Today, UnitPower

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTHS_OF_A_YEAR, _MOST_DAYS = 12, 31
_PARTS = re.compile(r"([0-9]+)(?:st|nd|rd|th)?|([a-z]{3})[a-z]*", re.I | re.A)
_RELATIVE = {"tomorrow": Operator.ADD, "yesterday": Operator.SUBTRACT}


class Relative(Binary):
    """Tomorrow or yesterday: a lone date still, unlike today + 1 day."""

    __slots__ = ()


class TodaysDate(Today):
    """Asked for by its name ("today's date"), where "today" alone asks for nothing."""

    __slots__ = ()


def is_meant(text: str) -> bool:
    """Whether the words, in one of the grammar's forms, are meant as a day, even one that there
    never was (2023-02-29); 2024-13-45 is a subtraction."""
    if text[4:5] != "-":
        return True
    _, month, number = _written_in_digits(text)
    return 1 <= month <= _MONTHS_OF_A_YEAR and 1 <= number <= _MOST_DAYS


def day(text: str) -> Day:
    """NotACalculation: the words name no day of the calendar (31 June 2024)."""
    year, month, number = _written_in_digits(text) if text[4:5] == "-" else _named(text)
    try:
        date(year, month, number)
    except ValueError:
        raise NotACalculation("no such day") from None
    return Day(year, month, number)


def _written_in_digits(text: str) -> tuple[int, int, int]:
    year, month, number = text.split("-")
    return int(year), int(month), int(number)


def _named(text: str) -> tuple[int, int, int]:
    numbers: list[int] = []
    month = 0
    for part in _PARTS.finditer(text):
        if part[1]:
            if not part[0].isdecimal():
                ordinals.value(part[0])  # 3th is no ordinal
            numbers.append(int(part[1]))
        elif part[2].lower() in _MONTHS:
            month = _MONTHS.index(part[2].lower()) + 1
    number, year = numbers
    return year, month, number


def relative_day(word: str) -> Node:
    operator = _RELATIVE.get(word.lower())
    if operator is None:
        return TodaysDate() if "date" in word.lower() else Today()
    return Relative(operator, Today(), Measured(tree.ONE, (UnitPower("day"),)))


def is_date(node: Node) -> bool:
    """A date, or a date and what is added to it or taken from it."""
    while isinstance(node, Binary) and node.operator in (Operator.ADD, Operator.SUBTRACT):
        node = node.left
    return isinstance(node, Day | Today)


def is_whole_days(node: Node) -> bool:
    """An amount of days or longer."""
    if not isinstance(node, Measured) or len(node.unit) != 1:
        return False
    return node.unit[0].name in ("day", "week", "fortnight", "month", "year", "decade", "century")
