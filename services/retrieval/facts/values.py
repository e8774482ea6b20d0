"""How values are written: dates, years, numbers, as people write them.

Files keep dates and years in ISO form (`1986-06-03`, `-384`, years before the common era negative,
so 44 BC is -44); the facts show `3 June 1986` and `384 BC`.
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
_DATE = re.compile(r"(-?\d{1,4})-(\d{2})-(\d{2})")
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


def show_number(value: float, decimals: int = 0) -> str:
    """`33845617` → `33,845,617`; trailing zeros of the fraction are left out."""
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_value(attribute: str, text: str) -> str:
    """A file's cell as the fact shows it, by the attribute's type."""
    if attribute in ("Birth date", "Death date", "Date"):
        return show_date(text)
    if attribute == "Year" or attribute.endswith(" year"):
        return show_year(text)
    if attribute == "Completed" and text.lstrip("-").isdigit():
        return show_year(text)
    if attribute == "Height":
        return f"{show_number(float(text), 2)} m"
    return text
