"""services.retrieval.facts.derive: ages, spans and densities on the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from services.retrieval.facts.derive import (
    DERIVED,
    age,
    derived_facts,
    number_in,
    parse_moment,
    population_density,
    ratio,
    time_since,
    time_since_death,
)
from services.retrieval.facts.fact import Fact

NADAL = {"Birth date": "3 June 1986", "Birth year": "1986"}
TODAY = date(2026, 11, 22)


def test_on_the_birthday_the_new_age_counts_and_the_day_before_the_old_one() -> None:
    assert age(NADAL, date(2026, 6, 3)) == "40"
    assert age(NADAL, date(2026, 6, 2)) == "39"


def test_a_birthday_on_29_february_is_over_on_1_march() -> None:
    born = {"Birth date": "29 February 2000"}
    assert age(born, date(2027, 2, 28)) == "26"
    assert age(born, date(2027, 3, 1)) == "27"


def test_with_a_birth_year_only_both_ages_are_given_and_life_is_not_assumed() -> None:
    assert age({"Birth year": "1974"}, date(2026, 11, 22)) == "51 or 52 if living"


def test_born_sixty_years_ago_with_no_more_known_than_the_year_has_no_age() -> None:
    assert age({"Birth year": "1966"}, date(2026, 1, 1)) is None
    assert age({"Birth year": "1967"}, date(2026, 1, 1)) == "58 or 59 if living"
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


def test_time_since_an_event_counts_whole_years_to_the_day() -> None:
    wall = {"Date": "9 November 1989", "Year": "1989"}
    assert time_since(wall, date(2026, 11, 9)) == "37 years (9 November 1989)"
    assert time_since(wall, date(2026, 11, 8)) == "36 years (9 November 1989)"
    assert time_since(wall, date(1990, 11, 9)) == "1 year (9 November 1989)"


def test_time_since_a_year_gives_both_spans_and_says_what_happened() -> None:
    assert time_since({"Completed": "1889"}, TODAY) == "136 or 137 years (completed 1889)"
    war = {"Start date": "28 July 1914", "End date": "11 November 1918"}
    assert time_since(war, TODAY) == "108 years (ended 11 November 1918)"
    peru = {"Independence": "28 July 1821 (from Spain)"}
    assert time_since(peru, TODAY) == "205 years (independent 28 July 1821)"


def test_what_has_not_happened_yet_has_no_time_since() -> None:
    assert time_since({"Date": "9 November 2030"}, TODAY) is None
    assert time_since({"Year": "2030"}, TODAY) is None
    assert time_since({"Completed": "under construction"}, TODAY) is None


def test_time_since_death_needs_a_death() -> None:
    king = {"Birth date": "15 January 1929", "Death date": "4 April 1968"}
    assert time_since_death(king, TODAY) == "58 years (died 4 April 1968)"
    assert time_since_death(NADAL, TODAY) is None


def test_a_density_carries_the_year_of_its_population() -> None:
    peru = {"Population": "32,768,614 (2025)", "Area": "1,285,216 km²"}
    assert population_density(peru, TODAY) == "25.5 people per km² (2025)"
    monaco = {"Population": "39,050", "Area": "2 km²"}
    assert population_density(monaco, TODAY) == "19,525 people per km²"
    assert population_density({"Population": "3", "Area": "0 km²"}, TODAY) is None


def test_a_ratio_shows_both_values_and_needs_two_numbers() -> None:
    assert (
        ratio("17,098,242 km²", "1,285,216 km²") == "13.3 times (17,098,242 km² to 1,285,216 km²)"
    )
    assert ratio("2 km²", "4 km²") == "0.5 times (2 km² to 4 km²)"
    assert ratio("Lima", "4 km²") is None
    assert ratio("4 km²", "0 km²") is None


def test_numbers_are_read_with_their_power_of_ten() -> None:
    assert number_in("$289.222 billion (2024)") == 289_222_000_000
    assert number_in("1,285,216 km²") == 1_285_216
    assert number_in("about 12") is None


def test_only_what_the_facts_bear_out_is_derived(make_fact: Callable[..., Fact]) -> None:
    facts = [
        make_fact("Peru", "Population", "32,768,614 (2025)", "country"),
        make_fact("Peru", "Area", "1,285,216 km²", "country"),
        make_fact("Lima", "Population", "7,737,002", "city"),
        make_fact("Plato", "Birth year", "427 BC", "person"),
    ]
    derived = {(fact.subject, fact.attribute): fact for fact in derived_facts(facts)}
    assert set(derived) == {("Peru", "Population density"), ("Plato", "Age")}
    assert derived["Plato", "Age"].kind == "person"
    assert {fact.value for fact in derived.values()} == {""}


def test_every_derived_attribute_gives_none_for_a_subject_without_facts() -> None:
    assert [derived.value({}, TODAY) for derived in DERIVED.values()] == [None] * len(DERIVED)
