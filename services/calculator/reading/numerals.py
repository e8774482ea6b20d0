"""Numbers in words, and with words: twelve, two dozen, 2.5 million, one and a half, two thirds.

A numeral is read as far as it is well formed ("one hundred and two"); what follows it is the
grammar's business. Short scale only: a billion is 10^9. Does not read ordinals ("the third").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.calculator.tree import Binary, Node, Number, Operator

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = dict(zip(_ONES, range(20), strict=True))
_TEN = dict(zip(_TENS, range(20, 100, 10), strict=True))
_SCALES = {
    "thousand": 3,
    "million": 6,
    "billion": 9,
    "trillion": 12,
    "quadrillion": 15,
    "quintillion": 18,
}
_PARTS = {
    **{"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6},
    **{"seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "twelfth": 12, "fifteenth": 15},
    **{"sixteenth": 16, "twentieth": 20, "hundredth": 100, "thousandth": 1000},
    "millionth": 1_000_000,
}
_PARTS |= {f"{part}s": value for part, value in _PARTS.items() if part not in ("half", "halves")}
_WORD = re.compile(r"[ -]?([A-Za-z]+)")
_DIGITS = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?![0-9.,]*[0-9])")
_WHOLE = re.compile(r"[1-9][0-9]{0,8}(?= [A-Za-z])")


@dataclass(slots=True)
class _Words:
    """The words of a text from a place on; `next` looks, `take` moves on."""

    text: str
    position: int

    def next(self, ahead: int = 0) -> str:
        end = self.position
        word = ""
        for _ in range(ahead + 1):
            match = _WORD.match(self.text, end)
            if match is None:
                return ""
            word, end = match[1].lower(), match.end()
        return word

    def take(self) -> str:
        match = _WORD.match(self.text, self.position)
        if match is None:
            return ""
        self.position = match.end()
        return match[1].lower()


class Spelled(Number):
    """A number in more than one word: a question in itself ("two dozen"), unlike 24."""

    __slots__ = ()


def numeral_at(text: str, position: int) -> tuple[Node, int] | None:
    """The number said at `position` and where it ends: words, or digits with words.

    None: digits without a word ("12") are no numeral, nor is a lone "hundred".
    """
    digits = _DIGITS.match(text, position)
    if digits:
        words = _Words(text, digits.end())
        whole, _, fraction = digits.group().replace(",", "").partition(".")
        exponent, twelves = _multiplier(words)
        if not exponent and not twelves:
            part = None if fraction else _and_a_part(words)
            return (_with_part(whole, part, words), words.position) if part else None
        return _scaled(whole + fraction, len(fraction), exponent, twelves), words.position
    return _in_words(text, position)


def fraction_at(text: str, position: int) -> tuple[Node, int] | None:
    """A fraction in words at `position`: half, a third, two-thirds, 3 quarters."""
    words = _Words(text, position)
    digits = _WHOLE.match(text, position)
    top = 1
    if digits:
        top, words.position = int(digits.group()), digits.end()
    elif words.next() in ("a", "an", "one"):
        words.take()
    elif words.next() in ("half", "quarter") and words.next(1) not in ("of", "a", "an"):
        return None  # of nothing
    elif words.next() not in ("half", "quarter"):
        small = _below_hundred(words)
        if not small:
            return None
        top = small
    part = _PARTS.get(words.take())
    if part is None:
        return None
    return Binary(Operator.DIVIDE, Number(str(top)), Number(str(part))), words.position


def _in_words(text: str, position: int) -> tuple[Node, int] | None:
    words = _Words(text, position)
    if words.next() == "half" and words.next(1) in ("a", "an"):
        return _half_of_a_scale(words)
    value = _cardinal(words)
    if value is None:
        return None
    decimals = _decimals(words)
    exponent, twelves = _multiplier(words)
    several = len(text[position : words.position].replace("-", " ").split()) > 1
    if not (decimals or exponent or twelves):
        part = _and_a_part(words)
        if part:
            return _with_part(str(value), part, words), words.position
        node = Spelled(str(value)) if several else Number(str(value))
        return node, words.position
    return _scaled(f"{value}{decimals}", len(decimals), exponent, twelves), words.position


def _cardinal(words: _Words) -> int | None:
    """Groups below a thousand, each with a smaller scale than the one before."""
    total, limit, found = 0, 10**21, False
    while (mark := words.position) is not None:
        if found and words.next() == "and":
            words.take()
        group = _group(words)
        if group is None or (found and group == 0):
            words.position = mark
            break
        scale = 10 ** _SCALES.get(words.next(), 0)
        if scale >= limit:
            words.position = mark
            break
        if scale > 1:
            words.take()
        total, limit, found = total + group * scale, scale, True
        if scale == 1:
            break
    return total if found else None


def _group(words: _Words) -> int | None:
    """0 to 999, or twelve hundred; "a" only before a hundred, a thousand and so on."""
    if words.next() in ("a", "an"):
        if words.next(1) != "hundred" and words.next(1) not in _SCALES | {"dozen": 0}:
            return None
        words.take()
        small: int | None = 1
    else:
        small = _below_hundred(words)
    if small is None or words.next() != "hundred":
        return small
    words.take()
    mark = words.position
    if words.next() == "and":
        words.take()
    rest = _below_hundred(words)
    if not rest:
        words.position = mark
    return small * 100 + (rest or 0)


def _below_hundred(words: _Words) -> int | None:
    word = words.next()
    if word in _SMALL:
        words.take()
        return _SMALL[word]
    if word not in _TEN:
        return None
    words.take()
    ones = _SMALL.get(words.next(), 0)
    if not 1 <= ones <= 9:
        return _TEN[word]
    words.take()
    return _TEN[word] + ones


def _decimals(words: _Words) -> str:
    """The digits of "point two five"."""
    if words.next() != "point" or _SMALL.get(words.next(1), 10) > 9:
        return ""
    words.take()
    digits = ""
    while _SMALL.get(words.next(), 10) <= 9 and len(digits) < 100:
        digits += str(_SMALL[words.take()])
    return digits


def _multiplier(words: _Words) -> tuple[int, bool]:
    """(power of ten, whether dozens) of "hundred thousand", "million", "dozen"."""
    exponent = 0
    if words.next() == "hundred":
        words.take()
        exponent = 2
    if words.next() in _SCALES:
        exponent += _SCALES[words.take()]
    if words.next() == "dozen":
        words.take()
        return exponent, True
    return exponent, False


def _scaled(digits: str, decimals: int, exponent: int, twelves: bool) -> Node:
    if twelves:  # a product of a few dozens stays small enough for int()
        if len(digits) > 18:
            return Binary(
                Operator.MULTIPLY, Number(digits, decimals, exponent, decimals > 0), Number("12")
            )
        digits = str(int(digits) * 12)
    return Spelled(digits, decimals, exponent, decimals > 0)


def _and_a_part(words: _Words) -> Node | None:
    """The fraction of "two and a half", "one and three quarters"."""
    if words.next() != "and":
        return None
    start = _WORD.match(words.text, words.position)
    assert start is not None
    space = words.text[start.end() : start.end() + 1] == " "
    fraction = fraction_at(words.text, start.end() + space)
    if fraction is None or words.text[fraction[1] :].startswith(" of "):
        return None  # "3 and half of 8" is not three and a half
    words.position = fraction[1]
    return fraction[0]


def _half_of_a_scale(words: _Words) -> tuple[Node, int] | None:
    scale = words.next(2)
    if scale != "dozen" and scale not in _SCALES:
        return None
    for _ in range(3):
        words.take()
    if scale == "dozen":
        return Spelled("6"), words.position
    return Spelled("5", 1, _SCALES[scale]), words.position


def _with_part(whole: str, part: Node, words: _Words) -> Node:
    """Two and a half; two and a half dozen, two and a half million."""
    number = Binary(Operator.ADD, Number(whole), part)
    exponent, twelves = _multiplier(words)
    if not exponent and not twelves:
        return number
    return Binary(Operator.MULTIPLY, number, _scaled("1", 0, exponent, twelves))
