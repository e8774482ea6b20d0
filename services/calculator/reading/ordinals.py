"""Reads ordinals (4th, fourth) and raised digits (²) where a degree or an exponent stands."""

# ruff: noqa: RUF001 - the raised signs are the subject here

from __future__ import annotations

import re

from services.calculator import tree
from services.calculator.decline import NotACalculation
from services.calculator.tree import Node, Number

_WORDS = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
_ORDINAL = re.compile(rf"([0-9]{{1,4}})(st|nd|rd|th)|({'|'.join(_WORDS)})", re.I | re.A)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def value(words: str) -> int:
    """The first ordinal in `words`: "4th root of" is 4. NotACalculation: none, or 4nd."""
    found = _ORDINAL.search(words)
    if found is None:
        raise NotACalculation("no ordinal")
    if found[3]:
        return _WORDS.index(found[3].lower())
    number = int(found[1])
    teens = number // 10 % 10 == 1
    if found[2].lower() != ("th" if teens else _ENDINGS.get(number % 10, "th")):
        raise NotACalculation("no ordinal")
    return number


def number(words: str) -> Number:
    return Number(str(value(words)))


def exponent(words: str) -> Node:
    """Of ⁻² or of "to the third power"."""
    digits = words.translate(_RAISED)
    if not digits.lstrip("-").isdecimal():
        return number(words)
    positive = Number(digits.lstrip("-"))
    return tree.negate(positive) if digits.startswith("-") else positive


def power(sign: str) -> int:
    """The power of a unit, from "^-2", "**2" or "²"."""
    return int(sign.translate(_RAISED).lstrip("^* "))
