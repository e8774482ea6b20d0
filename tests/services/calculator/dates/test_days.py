"""The calendar against datetime and days that are known from history."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational

from services.calculator.dates import days
from services.calculator.decline import NoValue
from services.calculator.numbers.enclose import enclose
from services.calculator.tree import UnitPower
from services.calculator.units.quantities import Quantity, measure


def lasting(amount: int | str, unit: str) -> Quantity:
    return measure(Rational(amount), (UnitPower(unit),))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(1789, 7, 14), "Tuesday"),
        (date(1969, 7, 20), "Sunday"),
        (date(2000, 2, 29), "Tuesday"),
        (date(2001, 9, 11), "Tuesday"),
        (date(2026, 7, 4), "Saturday"),
    ],
)
def test_weekdays_are_those_of_history(day: date, name: str) -> None:
    assert days.weekday(day) == name


def test_a_day_before_the_gregorian_calendar_has_no_weekday_here() -> None:
    assert days.weekday(date(1582, 10, 15)) == "Friday"
    with pytest.raises(NoValue):
        days.weekday(date(1582, 10, 14))


@pytest.mark.parametrize(
    ("start", "by", "sign", "end"),
    [
        (date(2024, 3, 3), lasting(90, "day"), 1, date(2024, 6, 1)),
        (date(2024, 5, 1), lasting(2, "week"), -1, date(2024, 4, 17)),
        (date(2024, 1, 31), lasting(1, "month"), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), lasting(1, "month"), 1, date(2023, 2, 28)),
        (date(2024, 3, 31), lasting(1, "month"), -1, date(2024, 2, 29)),
        (date(2024, 2, 29), lasting(1, "year"), 1, date(2025, 2, 28)),
        (date(2024, 12, 15), lasting(13, "month"), 1, date(2026, 1, 15)),
        (date(2024, 1, 1), lasting(2, "century"), -1, date(1824, 1, 1)),
        (date(2024, 1, 1), lasting(48, "hour"), 1, date(2024, 1, 3)),
        (date(2024, 1, 1), lasting("1.5", "week"), 1, None),
        (date(2024, 1, 1), lasting("0.5", "month"), 1, None),
        (date(2024, 1, 1), lasting("1.5", "hour"), 1, None),
        (date(2024, 1, 1), lasting(5, "kilometer"), 1, None),
        (date(2024, 1, 1), lasting(8_000, "year"), 1, None),
        (date(2024, 1, 1), lasting(2_024, "year"), -1, None),
        (date(2024, 1, 1), measure(Integer(10) ** 300, (UnitPower("day"),)), 1, None),
        (date(2024, 1, 1), measure(Integer(10) ** 300, (UnitPower("year"),)), 1, None),
        (date(2024, 1, 1), measure(enclose(Integer(2)), (UnitPower("day"),)), 1, None),
        (date(2024, 1, 1), measure(Integer(4), (UnitPower("day", 2),)), 1, None),
    ],
)
def test_a_date_is_shifted_by_whole_days_or_has_no_value(
    start: date, by: Quantity, sign: int, end: date | None
) -> None:
    if end is None:
        with pytest.raises(NoValue):
            days.shift(start, by, sign)
    else:
        assert days.shift(start, by, sign) == end


@pytest.mark.parametrize(
    ("a", "b", "unit", "text"),
    [
        (date(2024, 1, 15), date(2024, 6, 15), "month", "5 months"),
        (date(2024, 3, 3), date(2024, 5, 6), "month", "2 months and 3 days"),
        (date(2024, 5, 6), date(2024, 3, 3), "month", "2 months and 3 days"),
        (date(2024, 1, 31), date(2024, 2, 29), "month", "1 month"),
        (date(2023, 1, 31), date(2023, 3, 1), "month", "1 month and 1 day"),
        (date(2024, 1, 1), date(2024, 1, 11), "month", "10 days"),
        (date(2024, 1, 1), date(2024, 1, 1), "month", "0 months"),
        (date(1789, 7, 14), date(1889, 7, 14), "year", "100 years"),
        (date(2000, 2, 29), date(2001, 2, 28), "year", "1 year"),
        (date(2020, 1, 1), date(2022, 4, 4), "year", "2 years, 3 months and 3 days"),
        (date(2020, 1, 1), date(2021, 1, 2), "year", "1 year and 1 day"),
        (date(2020, 1, 1), date(2020, 1, 1), "year", "0 years"),
    ],
)
def test_months_and_years_are_counted_by_the_calendar(
    a: date, b: date, unit: str, text: str
) -> None:
    assert days.difference(a, b, unit) == text


def test_days_and_weeks_are_exact() -> None:
    assert days.difference(date(2024, 3, 3), date(2024, 5, 1), "day") == lasting(59, "day")
    assert days.difference(date(2024, 5, 1), date(2024, 3, 3), "day") == lasting(59, "day")
    assert days.difference(date(2024, 1, 1), date(2024, 1, 15), "week") == lasting(2, "week")
    assert days.difference(date(2024, 1, 1), date(2024, 1, 2), "week") == lasting("1/7", "week")
    with pytest.raises(NoValue):
        days.difference(date(2024, 1, 1), date(2024, 1, 2), "kilometer")


@given(st.dates(), st.integers(-5_000_000, 5_000_000))
def test_shifting_by_days_is_datetimes(day: date, count: int) -> None:
    by = lasting(abs(count), "day")
    try:
        expected = day + timedelta(days=count)
    except OverflowError:
        with pytest.raises(NoValue):
            days.shift(day, by, 1 if count > 0 else -1)
        return
    shifted = days.shift(day, by, 1 if count > 0 else -1)
    assert shifted == expected
    assert days.difference(day, shifted, "day") == by


@given(st.dates(), st.dates())
def test_the_months_counted_lead_from_one_date_to_the_other(a: date, b: date) -> None:
    text = days.difference(a, b, "month")
    assert isinstance(text, str)
    counted = {unit: int(n) for n, unit in re.findall(r"(\d+) (month|day)", text)}
    later = days.shift(min(a, b), lasting(counted.get("month", 0), "month"), 1)
    assert days.shift(later, lasting(counted.get("day", 0), "day"), 1) == max(a, b)
    assert 0 <= counted.get("day", 0) <= 31


def test_days_that_do_not_exist_have_no_value() -> None:
    assert days.make(2024, 2, 29) == date(2024, 2, 29)
    for year, month, day in (
        (2023, 2, 29),
        (2024, 13, 1),
        (0, 1, 1),
        (10_000, 1, 1),
        (10**30, 1, 1),
    ):
        with pytest.raises(NoValue):
            days.make(year, month, day)


def test_a_date_is_written_with_its_month_in_words() -> None:
    assert days.written(date(2024, 6, 1)) == "1 June 2024"
    assert days.written(date(476, 9, 4)) == "4 September 476"


def test_today_is_the_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "clock", lambda: date(2026, 11, 20))
    assert days.today() == date(2026, 11, 20)
