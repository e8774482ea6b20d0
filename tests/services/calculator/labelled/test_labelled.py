"""The labelled questions are answered as labelled, the labelled refusals are declined.

Both run in this process, through calculate() with the service's bound of bits and no rates file.
README.md says how the labels were made. Dates from today are computed here, day by day. Does not
cover: the service around calculate(), and how long an answer takes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.calculator.calculate import calculate
from services.calculator.decline import Declined
from services.calculator.settings import Settings

HERE = Path(__file__).parent
MAX_BITS = Settings().max_result_bits
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (HERE / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


QUESTIONS = rows("questions")
DECLINED = rows("declined")


def classes(labelled: list[Row]) -> list[str]:
    return list(dict.fromkeys(row["class"] for row in labelled))


def answer(text: str) -> list[str] | str:
    """The results, or the name of the refusal or of the error."""
    try:
        return calculate(text, MAX_BITS)
    except Declined as declined:
        return f"declined, {type(declined).__name__}"
    except Exception as error:
        return f"raised {type(error).__name__}"


@pytest.mark.parametrize("name", classes(QUESTIONS))
def test_every_question_of_a_class_has_its_labelled_results(name: str) -> None:
    asked = [row for row in QUESTIONS if row["class"] == name]
    wrong = [
        f"{row['input']!r}: {given}, not {row['results']} ({row['why']})"
        for row in asked
        if (given := answer(row["input"])) != json.loads(row["results"])
    ]
    assert not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", classes(DECLINED))
def test_every_text_of_a_class_is_declined(name: str) -> None:
    asked = [row for row in DECLINED if row["class"] == name]
    wrong = [
        f"{row['input']!r}: {given} ({row['why']})"
        for row in asked
        if not (given := str(answer(row["input"]))).startswith("declined")
    ]
    assert not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(wrong)


def in_words(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


FROM_TODAY: list[tuple[str, Callable[[date], str]]] = [
    ("today + 30 days", lambda today: in_words(today + timedelta(30))),
    ("30 days after today", lambda today: in_words(today + timedelta(30))),
    ("2 weeks before today", lambda today: in_words(today - timedelta(14))),
    ("days until 25 December 2199", lambda today: f"{(date(2199, 12, 25) - today).days} days"),
    (
        "How many days until December 25, 2199?",
        lambda today: f"{(date(2199, 12, 25) - today).days} days",
    ),
    ("days since 1 January 2000", lambda today: f"{(today - date(2000, 1, 1)).days} days"),
    (
        "how many days have passed since 20 July 1969",
        lambda today: f"{(today - date(1969, 7, 20)).days} days",
    ),
    ("what day is today", lambda today: f"{today:%A}"),
]


@pytest.mark.parametrize(("text", "expected"), FROM_TODAY, ids=[text for text, _ in FROM_TODAY])
def test_dates_from_today_are_those_of_the_clock(
    text: str, expected: Callable[[date], str]
) -> None:
    before = date.today()
    given = answer(text)
    assert given in ([expected(before)], [expected(date.today())])  # midnight may have passed


def test_there_are_enough_rows_and_each_is_whole() -> None:
    assert len(QUESTIONS) >= 300
    assert len(DECLINED) >= 150
    for row in QUESTIONS:
        results = json.loads(row["results"])
        assert results, row
        assert all(isinstance(one, str) and one for one in results), row
    for row in [*QUESTIONS, *DECLINED]:
        assert row["input"].strip() == row["input"] != ""
        assert all(row.values()), row


def test_no_text_is_labelled_twice() -> None:
    texts = [row["input"] for row in [*QUESTIONS, *DECLINED]]
    assert len(texts) == len(set(texts))


def test_the_failures_that_the_paper_shows_are_among_the_questions() -> None:
    texts = {row["input"] for row in QUESTIONS}
    assert {"184624 − 18371", "2 lbs plus 3 kgs", "1736271 + 284617183"} <= texts  # noqa: RUF001
