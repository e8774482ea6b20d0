"""Texts of digits and hyphens that name something and are no subtraction: telephone numbers, books,
spans of years, dates as 25-12-2024, a shop called 7-Eleven.

Only where nothing else is there: no space, no other sign, no "=". "What is 1939-1945?" and
"1939 - 1945" ask for a difference, and so does 2009-2001: a span of years goes up. The model asks
in bare sums, so a text that either may be is a sum: 444-6188, 20-3-9283, 2000-10-5.
"""

from __future__ import annotations

import re

from services.calculator.reading import numerals

_LONGEST = 24  # characters; no code of these kinds is longer
_SHAPES = [
    re.compile(shape, re.IGNORECASE | re.ASCII)
    for shape in (
        r"(?:\+?[0-9]{1,3}-)?(?:\([0-9]{3}\)-?|[0-9]{3}-)[0-9]{3}-[0-9]{4}",  # telephone
        r"[0-3][0-9]-[0-3][0-9]-[12][0-9]{3}",  # 25-12-2024
        r"[0-9]{3}-[0-9]{2}-[0-9]{4}",  # social security
        r"\+?(?:[0-9]+-)*0[0-9]+(?:-[0-9]+)*",  # no number that is computed with begins with 0
    )
]
_BOOK = re.compile(r"(?:97[89]-)?[0-9]{1,7}-[0-9]{1,7}-[0-9]{1,7}-[0-9]")
_BOOK_DIGITS = (10, 13)
_YEARS = re.compile(r"([12][0-9]{3})-([12][0-9]{3})")


def is_code(text: str) -> bool:
    """Whether the whole text is such a name."""
    text = text.removesuffix(".")
    if len(text) > _LONGEST or "-" not in text:
        return False
    if any(shape.fullmatch(text) for shape in _SHAPES):
        return True
    return any(check(text) for check in (_is_book, _is_span, _is_pair_of_words))


def _is_book(text: str) -> bool:
    return bool(_BOOK.fullmatch(text)) and sum(map(str.isdigit, text)) in _BOOK_DIGITS


def _is_span(text: str) -> bool:
    """1939-1945"""
    years = _YEARS.fullmatch(text)
    return years is not None and years[1] < years[2]


def _is_pair_of_words(text: str) -> bool:
    """7-eleven, fifty-fifty; not twenty-two, which is a number, or two-thirds."""
    left, _, right = text.rpartition("-")
    return _is_number(right) and (left.isdecimal() or _is_number(left)) and not _is_number(text)


def _is_number(words: str) -> bool:
    found = numerals.numeral_at(words, 0)
    return found is not None and found[1] == len(words)
