"""Values that depend on the day they are asked: a person's age.

    birth date, no death date    40
    birth year only              39 or 40 if living
    dead                         84 at death (died 28 August 1963)

Facts do not say who is alive when there is only a birth year, so nobody born a hundred years ago or
more gets an age from a birth year alone. Ages count from the Gregorian dates the facts give.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.retrieval.facts.values import MONTHS

AGE = "Age"
OLDEST_ASSUMED_LIVING_YEARS = 100

_DATE = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{1,4}})( BC)?")
_YEAR = re.compile(r"(\d{1,4})( BC)?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a year of which the day is not known."""

    year: int
    """Years before the common era are counted 0, -1, …: 1 BC is 0."""
    month: int | None = None
    day: int | None = None


def parse_moment(text: str) -> Moment | None:
    if match := _DATE.fullmatch(text):
        day, month, year, era = match.groups()
        return Moment(_count(year, era), MONTHS.index(month) + 1, int(day))
    if match := _YEAR.fullmatch(text):
        return Moment(_count(*match.groups()))
    return None


def age(values: Mapping[str, str], today: date) -> str | None:
    """The age from a person's facts (attribute → value); None when the facts do not tell."""
    born = _first(values, "Birth date", "Birth year")
    if born is None:
        return None
    died = _first(values, "Death date", "Death year")
    if died is not None:
        when = values.get("Death date") or values["Death year"]
        return f"{_span(born, died)} at death (died {when})"
    now = Moment(today.year, today.month, today.day)
    if born.month is not None:
        return _span(born, now)
    if now.year - born.year >= OLDEST_ASSUMED_LIVING_YEARS:
        return None
    return f"{_span(born, now)} if living"


def _first(values: Mapping[str, str], *names: str) -> Moment | None:
    for name in names:
        if name in values and (moment := parse_moment(values[name])) is not None:
            return moment
    return None


def _span(start: Moment, end: Moment) -> str:
    """Whole years from start to end: `40`, or `39 or 40` when a day is not known."""
    years = end.year - start.year
    if start.month is None or end.month is None:
        return f"{years - 1} or {years}" if years > 0 else "0"
    before_birthday = (end.month, end.day or 1) < (start.month, start.day or 1)
    return str(years - before_birthday)


def _count(year: str, era: str | None) -> int:
    return 1 - int(year) if era else int(year)
