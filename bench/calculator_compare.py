"""Whether an answer is the labelled one: by value, tolerant of notation.

Numbers agree within one part in 10^10, whatever their form (0.5, 1/2, 5e-1); units by their
meaning as written (miles, mi), not by conversion; dates by their day; solutions as a set; the rest
without its spaces and multiplication signs. One agreeing line among an engine's lines is enough.
Does not cover: the order of results and how they are written; tests/services/calculator/labelled
holds ours to both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

TOLERANCE = Fraction(1, 10**10)
UNITS = {
    "mi": "miles mile",
    "m": "meters meter metres metre",
    "km": "kilometers kilometer kilometres",
    "cm": "centimeters centimeter",
    "ft": "feet foot",
    "in": "inches inch",
    "lb": "pounds pound lbs lbm",
    "oz": "ounces ounce",
    "kg": "kilograms kilogram kgs",
    "g": "grams gram",
    "mg": "milligrams milligram",
    "l": "L liters liter litres litre",
    "ml": "mL milliliters milliliter",
    "s": "seconds second sec secs",
    "min": "minutes minute",
    "h": "hours hour hr",
    "d": "days day",
    "week": "weeks",
    "month": "months",
    "year": "years yr",
    "acre": "acres",
    "degC": "°C celsius",
    "degF": "°F fahrenheit",
    "K": "kelvin",
    "°": "deg degrees degree",
    "rad": "radians radian",
    "J": "joules joule",
    "W": "watts watt",
    "mi/h": "mph",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
}
_UNIT_OF = {word: unit for unit, words in UNITS.items() for word in words.split()}
_NUMBER = re.compile(
    r"(?P<before>[$€£¥]?|[A-Z]{3} )"
    r"(?P<number>[+-]?[$€£¥]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:/\d+)?)"
    r"(?P<unit>.*)",
)
_SIGNS = str.maketrans({"−": "-", "×": "*", "·": "*", "⋅": "*", "≈": "=", '"': None})  # noqa: RUF001

Value = tuple[str, Fraction | str | frozenset[Fraction]]


def right(results: Iterable[str], labels: Iterable[str]) -> bool:
    wanted = [value(label) for label in labels]
    return any(agree(value(result), one) for result in results for one in wanted)


def agree(one: Value, other: Value) -> bool:
    if one[0] != other[0]:
        return False
    match one[1], other[1]:
        case Fraction() as left, Fraction() as right_:
            return near(left, right_)
        case frozenset() as left, frozenset() as right_:
            pairs = zip(sorted(left), sorted(right_), strict=False)
            return len(left) == len(right_) and all(near(*pair) for pair in pairs)
    return one[1] == other[1]


def near(left: Fraction, right_: Fraction) -> bool:
    return abs(left - right_) <= TOLERANCE * max(abs(left), abs(right_))


def value(text: str) -> Value:
    """What kind of thing the text is, unit included, and its value."""
    plain = text.strip().translate(_SIGNS)
    if (day := date(plain)) is not None:
        return ("date", day)
    parts = [part.strip() for part in re.split(r"\bor\b|\|\|", plain)]
    roots = [value(part.partition("=")[2]) for part in parts if re.match(r"[a-z] ?=", part)]
    if roots and len(roots) == len(parts):
        return ("solutions", frozenset(one for _, one in roots if isinstance(one, Fraction)))
    if (found := _NUMBER.fullmatch(plain)) is not None:
        digits = re.sub("[$€£¥]", "", found["number"])
        sign = found["before"].strip() or "".join(re.findall("[$€£¥]", found["number"]))
        try:
            return ("number " + unit(sign + found["unit"]), fraction(digits))
        except (ValueError, ZeroDivisionError):
            pass
    return ("text", re.sub(r"[\s*]", "", plain))


def fraction(digits: str) -> Fraction:
    if len(digits.lower().partition("e")[2]) > 5:
        raise ValueError("an exponent too large to compare")
    return Fraction(digits)


def unit(written: str) -> str:
    words = re.split(r"([*/^ ]+)", written.strip().replace("²", "^2").replace("³", "^3"))
    return "".join(_UNIT_OF.get(word, word.strip(" *")) for word in words)


def date(text: str) -> str | None:
    for form in ("%d %B %Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            pass
    return None
