"""Whether a shown value is well formed for its attribute: dates, years, codes, numbers with units.

Says what is wrong with one value. What two facts say together is lint.py's.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from services.retrieval.facts.derive import parse_moment
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import DATES, MEASURES, MOMENTS, is_year

# Values that go out of date: without the year they are of, they mislead.
STALE = frozenset(
    """Population|Head of state|Head of government|GDP|GDP (PPP)|GDP per capita|GDP growth
    |Inflation rate|Unemployment rate|Youth unemployment rate|Public debt|Exports|Imports
    |Life expectancy|Median age|Birth rate|Death rate|Fertility rate|Infant mortality
    |Population growth|Net migration rate|Internet users|Mobile phones|Airports|Labor force
    |World Heritage Sites|Military spending|CO2 emissions|Main exports|Main imports
    |Export partners|Import partners""".replace("\n    ", "").split("|")
)
# How a few units are written inside values that are not followed by them.
_SIGNS = {"US$": "$", "people": "", "Pauling": "(Pauling)", "u": ""}
_YEAR_AT_END = re.compile(r"\((?:PPP, |GeoNames |[A-Z][a-z]+ )?(\d{4})\)$")
_UNGROUPED = re.compile(r"(?<![\d.,^-])\d{5,}(?![\d-])")
_BAD_GROUPS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})*,\d{1,2}(?!\d)|(?<![\d.,])0\d{0,2},\d{3}")
_GROUPED = r"\d{1,3}(?:,\d{3})*(?:\.\d+)?"

_PATTERNS = {
    "Calling code": r"\+\d[\d -]*(?: \([a-z ]+\))?(?:, \+\d[\d -]*(?: \([a-z ]+\))?)*",
    "Chemical formula": r"(?:[A-Z][a-z]?\d*)+",
    "Chemical symbol": r"[A-Z][a-z]?",
    "Country code": r"[A-Z]{2}",
    "Country code (3 letters)": r"[A-Z]{3}",
    "Currency code": r"[A-Z]{3}",
    "Driving side": r"left|right",
    "FIPS code": r"\d{5}",
    "IATA code": r"[A-Z0-9]{3}",
    "ICAO code": r"[A-Z0-9]{3,4}",
    "ISO 639-3 code": r"[a-z]{3}",
    "ISO code": r"[A-Z]{2}-[A-Z0-9]{1,3}",
    "Internet domain": r"\.[a-z]{2,}(?:[,;/ ].*)?",
    "Language code": r"[a-z]{2}",
    "Population": rf"{_GROUPED}(?: million)?(?: \((?:GeoNames |[A-Z][a-z]+ )?\d{{4}}\))?",
    "Time zone": r"UTC(?:[+-]\d{1,2}(?::\d\d)?)?(?:, UTC(?:[+-]\d{1,2}(?::\d\d)?)? in summer)?"
    r" \([\w+/-]+\)",
}
_COMPILED = {attribute: re.compile(pattern) for attribute, pattern in _PATTERNS.items()}
_PLACE = re.compile(r"(\d{1,2})°([0-5]\d)' [NS], (\d{1,3})°([0-5]\d)' [EW]")
_CAS = re.compile(r"(\d{2,7})-(\d\d)-(\d)")
_MEASURE = re.compile(rf"-?{_GROUPED}(?: (?:million|billion))? (\S+)(?: .*)?")


def problem(fact: Fact) -> str | None:
    """What is wrong with the fact's value, as the rest of a sentence; None when nothing is."""
    value = fact.value
    if value != " ".join(value.split()):
        return f"has doubled or outer space: {value!r}"
    if not value.isprintable():
        return f"holds a character that cannot be shown: {value!r}"
    pattern = _COMPILED.get(fact.attribute)
    if pattern is not None and not pattern.fullmatch(value):
        return f"is malformed: {value!r}"
    check = _CHECKS.get(fact.attribute)
    if check is not None and not check(value):
        return f"is malformed: {value!r}"
    if not _is_moment(fact.attribute, value):
        return f"is no {'year' if is_year(fact.attribute) else 'date'}: {value!r}"
    return _measure_problem(fact) or _year_problem(fact)


def _is_moment(attribute: str, value: str) -> bool:
    moment = parse_moment(value)
    if is_year(attribute):
        return moment is not None and moment.month is None
    if attribute in DATES:
        return moment is not None and moment.month is not None
    return attribute not in MOMENTS or moment is not None


def _measure_problem(fact: Fact) -> str | None:
    unit = MEASURES.get(fact.attribute)
    if unit is not None:
        match = _MEASURE.fullmatch(fact.value)
        if match is None or match.group(1) != unit:
            return f"is not a number of {unit}: {fact.value!r}"
    if fact.unit:
        if _SIGNS.get(fact.unit, fact.unit) not in fact.value:
            return f"does not show its unit, {fact.unit}: {fact.value!r}"
        if _UNGROUPED.search(fact.value) or _BAD_GROUPS.search(fact.value):
            return f"has a number without commas between thousands: {fact.value!r}"
    return None


def _year_problem(fact: Fact) -> str | None:
    shown = _YEAR_AT_END.search(fact.value)
    if fact.valid_on and not re.fullmatch(r"\d{4}(?:-\d\d(?:-\d\d)?)?", fact.valid_on):
        return f"has a valid_on that is neither year nor date: {fact.valid_on!r}"
    if fact.valid_on and (shown is None or shown.group(1) != fact.valid_on[:4]):
        return f"does not show the year it is of, {fact.valid_on[:4]}: {fact.value!r}"
    if fact.attribute in STALE and not fact.valid_on:
        return f"goes out of date and carries no year: {fact.value!r}"
    return None


def _is_place(value: str) -> bool:
    match = _PLACE.fullmatch(value)
    return match is not None and int(match.group(1)) <= 90 and int(match.group(3)) <= 180


def _is_cas(value: str) -> bool:
    """The last digit checks the others."""
    match = _CAS.fullmatch(value)
    if match is None:
        return False
    digits = [int(digit) for digit in (match.group(1) + match.group(2))[::-1]]
    return sum(place * digit for place, digit in enumerate(digits, start=1)) % 10 == int(
        match.group(3)
    )


def _is_atomic_number(value: str) -> bool:
    return value.isdigit() and 1 <= int(value) <= 118


_CHECKS: dict[str, Callable[[str], bool]] = {
    "Atomic number": _is_atomic_number,
    "CAS number": _is_cas,
    "Coordinates": _is_place,
}
