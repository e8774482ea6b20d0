"""Texts of digits and hyphens that name something and are no subtraction: telephone numbers, books,
spans of years.

Only where nothing else is there: no space, no other sign, no word, no "=". "What is 1939-1945?" and
"1939 - 1945" ask for a difference, and so does 2009-2001: a span of years goes up.
"""

from __future__ import annotations

import re

_LONGEST = 24  # characters; no code of these kinds is longer
_TELEPHONE = re.compile(r"(?:\+?[0-9]{1,3}-)?(?:\([0-9]{3}\)-?|[0-9]{3}-)?[0-9]{3}-[0-9]{4}")
_SOCIAL_SECURITY = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")
_BOOK = re.compile(r"(?:97[89]-)?[0-9]{1,7}-[0-9]{1,7}-[0-9]{1,7}-[0-9]")
_BOOK_DIGITS = (10, 13)
_LEADING_ZERO = re.compile(r"\+?(?:[0-9]+-)*0[0-9]+(?:-[0-9]+)*")
_YEARS = re.compile(r"([12][0-9]{3})-([12][0-9]{3})")


def is_code(text: str) -> bool:
    """Whether the whole text is such a number. A group of digits like 0199 is part of a code: no
    number that is computed with begins with 0."""
    text = text.removesuffix(".")
    if len(text) > _LONGEST or "-" not in text:
        return False
    if _TELEPHONE.fullmatch(text) or _SOCIAL_SECURITY.fullmatch(text):
        return True
    if _LEADING_ZERO.fullmatch(text):
        return True
    if _BOOK.fullmatch(text) and sum(map(str.isdigit, text)) in _BOOK_DIGITS:
        return True
    years = _YEARS.fullmatch(text)
    return years is not None and years[1] < years[2]
