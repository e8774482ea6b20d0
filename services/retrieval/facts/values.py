"""How values are written: dates, years, numbers and units, as people write them.

Files keep dates and years in ISO form (`1986-06-03`, `-384`, years before the common era negative,
so 44 BC is -44) and measures as plain numbers; the facts show `3 June 1986`, `384 BC`, `330 m`.
Which attribute is of which type stands here, once, for the build and for the lint.
"""

from __future__ import annotations

import re

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DATES = frozenset({"Birth date", "Death date", "Date", "Start date", "End date"})
# A day where it is known, else a year.
MOMENTS = frozenset({"Completed", "First ascent", "Founded", "Admitted"})
MEASURES = {
    "Area": "km²",
    "Diameter": "km",
    "Elevation": "m",
    "Height": "m",
    "Land area": "km²",
    "Length": "km",
    "Maximum depth": "m",
    "Melting point": "°C",
    "Boiling point": "°C",
}
"""Attributes that our own files give as a number in this unit."""
QUANTITIES = frozenset(
    {
        "Day length",
        "Distance from Earth",
        "Distance from the Sun",
        "Gestation period",
        "Gravity",
        "Mass",
        "Orbital period",
        "Value",
    }
)
"""Attributes that our own files give with a unit of the row's own."""
COUNTS = frozenset({"Population"})
DATED = frozenset({"Population"})
"""Attributes of our own files whose value is shown with its row's `valid_on`."""

_DATE = re.compile(r"(-?\d{1,4})-(\d{2})-(\d{2})")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUANTITY = re.compile(
    "(?:about )?-?[\\d,.]+(?: \N{MULTIPLICATION SIGN} 10\\^-?\\d+)?"
    r"(?: (?:thousand|million|billion|trillion))? ?"
    r"(?P<unit>[^\d\s(][^\d(]*?(?:³/\(kg·s²\)|/\([^)]*\))?)(?: \(.*\))?"
)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def show_year(text: str) -> str:
    """`1986` → `1986`, `-384` → `384 BC`."""
    year = int(text)
    if year == 0:
        raise ValueError("there is no year 0")
    return f"{-year} BC" if year < 0 else str(year)


def show_date(text: str) -> str:
    """`1986-06-03` → `3 June 1986`, `-44-03-15` → `15 March 44 BC`."""
    year, month, day = split_date(text)
    return f"{day} {MONTHS[month - 1]} {show_year(str(year))}"


def split_date(text: str) -> tuple[int, int, int]:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a date of the form YYYY-MM-DD: {text!r}")
    year, month, day = (int(part) for part in match.groups())
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]):
        raise ValueError(f"no such day: {text!r}")
    return year, month, day


def show_moment(text: str) -> str:
    """A date or a year."""
    return show_date(text) if _DATE.fullmatch(text) else show_year(text)


def show_number(value: float, decimals: int = 0) -> str:
    """`33845617` → `33,845,617`; trailing zeros of the fraction are left out."""
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_value(attribute: str, text: str, valid_on: str = "") -> str:
    """A file's cell as the fact shows it, by the attribute's type; raises ValueError."""
    if attribute in DATES:
        return show_date(text)
    if is_year(attribute):
        return show_year(text)
    if attribute in MOMENTS:
        return show_moment(text)
    if (attribute in COUNTS or attribute in MEASURES) and _NUMBER.fullmatch(text):
        shown = show_number(float(text), 2)
        shown += f" {MEASURES[attribute]}" if attribute in MEASURES else ""
        return f"{shown} ({valid_on[:4]})" if attribute in DATED and valid_on else shown
    return text


def is_year(attribute: str) -> bool:
    return attribute == "Year" or attribute.endswith(" year")


def unit_of(attribute: str, value: str) -> str:
    """The unit of a shown value: `about 22 months` → `months`; "" where it has none."""
    if attribute in COUNTS:
        return "people"
    if attribute in MEASURES:
        return MEASURES[attribute]
    match = _QUANTITY.fullmatch(value) if attribute in QUANTITIES else None
    return match.group("unit").strip() if match else ""
