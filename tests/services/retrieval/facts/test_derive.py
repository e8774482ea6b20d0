"""services.retrieval.facts.derive: ages on the day."""

from __future__ import annotations

from datetime import date

import pytest

from services.retrieval.facts.derive import age, parse_moment

NADAL = {"Birth date": "3 June 1986", "Birth year": "1986"}


def test_on_the_birthday_the_new_age_counts_and_the_day_before_the_old_one() -> None:
    assert age(NADAL, date(2026, 6, 3)) == "40"
    assert age(NADAL, date(2026, 6, 2)) == "39"


def test_a_birthday_on_29_february_is_over_on_1_march() -> None:
    born = {"Birth date": "29 February 2000"}
    assert age(born, date(2027, 2, 28)) == "26"
    assert age(born, date(2027, 3, 1)) == "27"


def test_with_a_birth_year_only_both_ages_are_given_and_life_is_not_assumed() -> None:
    assert age({"Birth year": "1974"}, date(2026, 11, 22)) == "51 or 52 if living"


def test_born_a_hundred_years_ago_without_a_death_date_has_no_age() -> None:
    assert age({"Birth year": "1926"}, date(2026, 1, 1)) is None
    assert age({"Birth year": "1927"}, date(2026, 1, 1)) == "98 or 99 if living"
    assert age({"Birth year": "427 BC"}, date(2026, 1, 1)) is None


def test_the_dead_have_the_age_they_died_at() -> None:
    king = {"Birth date": "15 January 1929", "Death date": "4 April 1968"}
    assert age(king, date(2026, 1, 1)) == "39 at death (died 4 April 1968)"
    norgay = {"Birth year": "1914", "Death date": "9 May 1986"}
    assert age(norgay, date(2026, 1, 1)) == "71 or 72 at death (died 9 May 1986)"


def test_there_is_no_year_0_between_bc_and_ad() -> None:
    augustus = {"Birth date": "23 September 63 BC", "Death date": "19 August 14"}
    assert age(augustus, date(2026, 1, 1)) == "75 at death (died 19 August 14)"


@pytest.mark.parametrize("values", [{}, {"Birth date": "unknown"}, {"Death date": "4 April 1968"}])
def test_without_a_birth_there_is_no_age(values: dict[str, str]) -> None:
    assert age(values, date(2026, 1, 1)) is None


def test_a_text_that_is_no_date_is_no_moment() -> None:
    assert parse_moment("3 Juno 1986") is None
    assert parse_moment("about 1986") is None
