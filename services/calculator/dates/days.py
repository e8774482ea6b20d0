"""Calendar arithmetic on dates of the proleptic Gregorian calendar, years 1 to 9999.

Covers: dates shifted by whole days, weeks, months and years, the time between two dates, weekdays.
Does not cover: times of day, time zones, other calendars. Today is the system's local date.

Months and years are counted by the calendar, not as fractions of 365.25 days: a month after 31
January is the last day of February.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta

from sympy import Integer

from services.calculator.decline import NoValue
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import UnitPower
from services.calculator.units.quantities import Quantity, convert, measure

_MONTHS_IN = {"month": 1, "year": 12, "decade": 120, "century": 1_200, "millennium": 12_000}
_MAX_BITS = 1_000  # no shift within the calendar needs more
_MAX_DAYS = date.max.toordinal()
_MONTHS_OF_A_YEAR = 12
_FIRST_GREGORIAN = date(1582, 10, 15)

clock: Callable[[], date] = date.today
"""Where today comes from; tests set another."""


def today() -> date:
    return clock()


def make(year: int, month: int, day: int) -> date:
    """NoValue: there is no such day."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise NoValue("no such day") from None


def shift(day: date, by: Quantity, sign: int) -> date:
    """`day` later (sign 1) or earlier (-1) by a duration.

    NoValue: the duration is no whole number of days, weeks, months or years, or no duration at all,
    or the result is outside the years 1 to 9999.
    """
    if len(by.unit) == 1 and by.unit[0].power == 1 and by.unit[0].name in _MONTHS_IN:
        return _plus_months(day, sign * _MONTHS_IN[by.unit[0].name] * _whole(by.amount))
    days = sign * _whole(convert(by, (UnitPower("day"),), _MAX_BITS).amount)
    return _plus_days(day, days)


def difference(a: date, b: date, unit: str) -> Quantity | str:
    """The time between two dates, whichever is first, in "day", "week", "month" or "year".

    Days and weeks are a quantity, exact. Months and years are counted by the calendar, with what
    remains in smaller units: "2 months and 3 days".
    """
    start, end = sorted((a, b))
    days = Integer((end - start).days)
    if unit in ("day", "week"):
        in_days = measure(days, (UnitPower("day"),))
        return convert(in_days, (UnitPower(unit),), _MAX_BITS)
    if unit not in ("month", "year"):
        raise NoValue("not a unit that dates are counted in")
    months = _whole_months(start, end)
    rest = (end - _plus_months(start, months)).days
    counts = [(months, "month"), (rest, "day")]
    if unit == "year":
        years, months = divmod(months, _MONTHS_OF_A_YEAR)
        counts = [(years, "year"), (months, "month"), (rest, "day")]
    return _listed(counts)


def weekday(day: date) -> str:
    """NoValue: before 15 October 1582, when the Gregorian calendar began.

    The names of days were then given to the dates of another calendar.
    """
    if day < _FIRST_GREGORIAN:
        raise NoValue("a day of another calendar")
    return calendar.day_name[day.weekday()]


def written(day: date) -> str:
    """As 1 June 2024."""
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def _whole(amount: Scalar) -> int:
    if isinstance(amount, Enclosure) or amount.q != 1:
        raise NoValue("not a whole number of days")
    return int(amount.p)


def _plus_days(day: date, days: int) -> date:
    if abs(days) > _MAX_DAYS:
        raise NoValue("outside the calendar")
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise NoValue("outside the calendar") from None


def _plus_months(day: date, months: int) -> date:
    """The same day of another month, or its last day where it is shorter."""
    year, month = divmod(day.year * _MONTHS_OF_A_YEAR + day.month - 1 + months, _MONTHS_OF_A_YEAR)
    if not 1 <= year <= date.max.year:
        raise NoValue("outside the calendar")
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _whole_months(start: date, end: date) -> int:
    """How many months fit between them."""
    months = (end.year - start.year) * _MONTHS_OF_A_YEAR + end.month - start.month
    return months if _plus_months(start, months) <= end else months - 1


def _listed(counts: list[tuple[int, str]]) -> str:
    """The counts that are not zero, as "1 year, 2 months and 3 days"; "0 months" for none."""
    parts = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
    if not parts:
        return f"0 {counts[0][1]}s"
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
