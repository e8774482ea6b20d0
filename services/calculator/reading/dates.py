"""Reads dates as people write them: 3 March 2024, March 3rd, 2024, 2024-03-03, tomorrow.

The grammar says which forms there are. 2024-13-45 is no date, and so the sum that it looks like.
"""

from __future__ import annotations

import re
from datetime import date

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.reading import ordinals
from services.calculator.tree import Binary, Day, Measured, Node, Number, Operator, Today, UnitPower

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_PARTS = re.compile(r"([0-9]+)(?:st|nd|rd|th)?|([a-z]{3})[a-z]*", re.I | re.A)
_RELATIVE = {"tomorrow": Operator.ADD, "yesterday": Operator.SUBTRACT}


def day(text: str) -> Node:
    """NotACalculation: the words name no day of the calendar (31 June 2024)."""
    if text[4:5] == "-":
        year, month, number = text.split("-")
        if _exists(int(year), int(month), int(number)):
            return Day(int(year), int(month), int(number))
        first = Binary(Operator.SUBTRACT, Number(year), Number(month))
        return Binary(Operator.SUBTRACT, first, Number(number))
    numbers: list[int] = []
    named = 0
    for part in _PARTS.finditer(text):
        if part[1]:
            if not part[0].isdecimal():
                ordinals.value(part[0])  # 3th is no ordinal
            numbers.append(int(part[1]))
        elif part[2].lower() in _MONTHS:
            named = _MONTHS.index(part[2].lower()) + 1
    dayed, year_number = numbers
    if not _exists(year_number, named, dayed):
        raise NotACalculation("no such day")
    return Day(year_number, named, dayed)


def relative_day(word: str) -> Node:
    operator = _RELATIVE.get(word.lower())
    if operator is None:
        return Today()
    return Binary(operator, Today(), Measured(tree.ONE, (UnitPower("day"),)))


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


def _exists(year: int, month: int, number: int) -> bool:
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True
