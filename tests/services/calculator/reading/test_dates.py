"""Dates, the time between them and their weekdays; what could be one of two dates is declined."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.calculator.decline import NotACalculation
from services.calculator.reading.parse import parse


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("days between 3 March 2024 and 1 May 2024", "days(2024-3-3, 2024-5-1)"),
        ("how many days are between 3 March 2024 and 1 May 2024", "days(2024-3-3, 2024-5-1)"),
        ("number of days between 2024-03-03 and 2024-05-01", "days(2024-3-3, 2024-5-1)"),
        ("how many days from 3 March 2024 to 1 May 2024", "days(2024-3-3, 2024-5-1)"),
        ("How many weeks between 2024-01-01 and 2024-03-01?", "weeks(2024-1-1, 2024-3-1)"),
        ("months between 3 March 2024 and 1 May 2024", "months(2024-3-3, 2024-5-1)"),
        ("days until 25 December 2026", "days(today, 2026-12-25)"),
        ("how many days since 25 December 2020?", "days(today, 2020-12-25)"),
        ("what day was 14 July 1789", "weekday(1789-7-14)"),
        ("What day of the week is July 4, 2026?", "weekday(2026-7-4)"),
        ("What day of the week did 14 July 1789 fall on?", "weekday(1789-7-14)"),
        ("on what day of the week was July 4th, 1776", "weekday(1776-7-4)"),
        ("day of the week of 4 Jul 1776", "weekday(1776-7-4)"),
        ("what day is 90 days after 3 March 2024", "weekday((2024-3-3 + [90 day]))"),
        ("3 March 2024 + 90 days", "(2024-3-3 + [90 day])"),
        ("3rd of March 2024 + 1 day", "(2024-3-3 + [1 day])"),
        ("the 3rd of March 2024 + 1 day", "(2024-3-3 + [1 day])"),
        ("March 3, 2024 - 1 week", "(2024-3-3 - [1 week])"),
        ("3 Mar 2024 + 1 month", "(2024-3-3 + [1 month])"),
        ("2024-03-03 + 1 day", "(2024-3-3 + [1 day])"),
        ("90 days after 3 March 2024", "(2024-3-3 + [90 day])"),
        ("2 weeks before 2024-05-01", "(2024-5-1 - [2 week])"),
        ("2024-05-01 - 2024-03-03", "(2024-5-1 - 2024-3-3)"),
        ("today + 30 days", "(today + [30 day])"),
        ("30 days from today", "(today + [30 day])"),
        ("What date is 30 days after 1 January 2024?", "(2024-1-1 + [30 day])"),
        ("3 weeks ago", "(today - [3 week])"),
        ("what date was 3 weeks ago", "(today - [3 week])"),
        ("what date is tomorrow", "(today + [1 day])"),
        ("what is the date today?", "today"),
        ("what is today's date", "today"),
        ("tomorrow - today", "((today + [1 day]) - today)"),
        ("tomorrow + 1 week", "((today + [1 day]) + [1 week])"),
        ("days between today and 25 December 2026", "days(today, 2026-12-25)"),
        ("2024 - 01 - 15", "((2024 - 01) - 15)"),
        ("2024-13-45", "((2024 - 13) - 45)"),
        ("2024-13-30 * 2", "((2024 - 13) - (30 * 2))"),
        ("5200-80-80*3", "((5200 - 80) - (80 * 3))"),
        ("100/5/2", "((100 / 5) / 2)"),
    ],
)
def test_dates_are_read(read: Callable[[str], str], text: str, tree: str) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "31 June 2024",
        "29 February 2023 + 1 day",
        "2023-02-29",
        "2024-06-31 - 2024-01-01",
        "3th of March 2024 + 1 day",
        "03/04/2024",
        "12/25/2024",
        "1+12/25/2024",
        "2024/03/04",
        "May 2024",
        "days between 03/04/2024 and 05/06/2024",
    ],
)
def test_a_date_that_is_none_or_could_be_two_is_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "3 March 2024",
        "2024-01-15",
        "today",
        "tomorrow",
        "what is yesterday",
        "what date is 5",
        "What day is it?",
        "days between 3 and 4",
        "what day was 5",
        "days until 7",
        "km between 3 March 2024 and 1 May 2024",
        "5 minutes ago",
        "30 days from 5",
        "between 3 March 2024 and 1 May 2024",
    ],
)
def test_what_asks_nothing_of_a_date_is_declined(text: str) -> None:
    with pytest.raises(NotACalculation):
        parse(text)
