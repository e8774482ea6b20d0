"""Values that are worked out when they are asked for, from a subject's other facts and the day.

    Age                 40 · 39 or 40 if living · 84 at death (died 28 August 1963)
    Time since          37 years (9 November 1989) · 136 or 137 years (completed 1889)
    Time since death    58 years (died 4 April 1968)
    Population density  25.5 people per km² (2025)

DERIVED names them, one function each; a new one needs nothing but an entry there (and its phrases
in attributes.toml). `ratio` is of two subjects (compare.py), and so no fact of either.

Facts do not say who is alive when there is only a birth year: who was born sixty years ago or more
gets no age from one, for of those many have died. Spans count from the Gregorian dates the facts
give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import MONTHS, show_number

AGE = "Age"
OLDEST_ASSUMED_LIVING_YEARS = 60

FactValues = Mapping[str, str]
"""attribute → value, of one subject."""

_DATE = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{1,4}})( BC)?")
_YEAR = re.compile(r"(\d{1,4})( BC)?")
_NUMBER = re.compile(r"\$?(-?[\d,]+(?:\.\d+)?)(?: (million|billion|trillion))?")
_POWERS = {"million": 1e6, "billion": 1e9, "trillion": 1e12}
_VALID_ON = re.compile(r"\(((?:[A-Za-z]+ )?\d{4})\)$")
# What "how long ago" counts from, the first that is known, with the word that names it.
_SINCE = (
    ("Date", ""),
    ("End date", "ended "),
    ("End year", "ended "),
    ("Completed", "completed "),
    ("Founded", "founded "),
    ("Independence", "independent "),
    ("Admitted", "admitted "),
    ("First ascent", "first climbed "),
    ("Discovery year", "discovered "),
    ("Year", ""),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a year of which the day is not known."""

    year: int
    """Years before the common era are counted 0, -1, …: 1 BC is 0."""
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    needs: tuple[tuple[str, ...], ...]
    """Of each group at least one attribute must be known."""
    value: Callable[[FactValues, date], str | None]
    """None where the facts do not tell after all."""


def parse_moment(text: str) -> Moment | None:
    if match := _DATE.fullmatch(text):
        day, month, year, era = match.groups()
        return Moment(_count(year, era), MONTHS.index(month) + 1, int(day))
    if match := _YEAR.fullmatch(text):
        return Moment(_count(*match.groups()))
    return None


def age(values: FactValues, today: date) -> str | None:
    """The age from a person's facts; None when the facts do not tell."""
    born = _first(values, "Birth date", "Birth year")
    if born is None:
        return None
    died = _first(values, "Death date", "Death year")
    if died is not None:
        when = values.get("Death date") or values["Death year"]
        return f"{_span(born, died)} at death (died {when})"
    now = _moment(today)
    if born.month is not None:
        return _span(born, now)
    if now.year - born.year >= OLDEST_ASSUMED_LIVING_YEARS:
        return None
    return f"{_span(born, now)} if living"


def time_since(values: FactValues, today: date) -> str | None:
    """How long ago it was: of a span of time, its end; of a country, its independence."""
    for attribute, word in _SINCE:
        text = values.get(attribute, "").partition(" (")[0]
        then = parse_moment(text)
        if then is not None:
            return _ago(then, f"{word}{text}", today)
    return None


def time_since_death(values: FactValues, today: date) -> str | None:
    died = _first(values, "Death date", "Death year")
    if died is None:
        return None
    return _ago(died, f"died {values.get('Death date') or values['Death year']}", today)


def population_density(values: FactValues, today: date) -> str | None:
    people, area_km2 = number_in(values.get("Population", "")), number_in(values.get("Area", ""))
    if people is None or not area_km2:
        return None
    density = people / area_km2
    year = _VALID_ON.search(values["Population"])
    shown = f"{show_number(density, 1 if density < 1000 else 0)} people per km²"
    return f"{shown} ({year.group(1)})" if year else shown


def ratio(first: str, second: str) -> str | None:
    """How many times the second value the first is: `13.3 times (17,098,242 km² to 1,285,216 km²)`;
    None where either is no number. The two must be values of one attribute, so of one unit."""
    above, below = number_in(first), number_in(second)
    if above is None or not below or above / below < 0:
        return None
    times = above / below
    decimals = 0 if times >= 100 else 1 if times >= 2 else 2 if times >= 1 else 3
    return f"{show_number(times, decimals)} times ({first} to {second})"


def number_in(value: str) -> float | None:
    """The number a value begins with: `$289.222 billion (2024)` → 289222000000.0."""
    match = _NUMBER.match(value)
    if match is None:
        return None
    return float(match.group(1).replace(",", "")) * _POWERS.get(match.group(2), 1)


DERIVED: Mapping[str, Derived] = {
    AGE: Derived((("Birth date", "Birth year"),), age),
    "Time since death": Derived((("Death date", "Death year"),), time_since_death),
    "Time since": Derived((tuple(name for name, _ in _SINCE),), time_since),
    "Population density": Derived((("Population",), ("Area",)), population_density),
}


def derived_facts(facts: Iterable[Fact]) -> Iterator[Fact]:
    """A fact without a value for each thing that can be worked out of a subject: it is found and
    ranked as any other, and its value worked out when it is shown."""
    wanted = {name for one in DERIVED.values() for group in one.needs for name in group}
    known: dict[tuple[str, str], dict[str, Fact]] = {}
    for fact in facts:
        if fact.attribute in wanted:
            known.setdefault((fact.subject, fact.kind), {}).setdefault(fact.attribute, fact)
    for attribute, derived in DERIVED.items():
        for own in known.values():
            bases = [next((own[n] for n in group if n in own), None) for group in derived.needs]
            base = bases[0]
            if base is not None and all(bases):
                yield Fact(base.subject, attribute, "", base.kind, "", base.source, base.prominence)


def _ago(then: Moment, shown: str, today: date) -> str | None:
    now = _moment(today)
    if (now.year, now.month or 0, now.day or 0) < (then.year, then.month or 0, then.day or 0):
        return None
    years = _span(then, now)
    return f"{years} {'year' if years == '1' else 'years'} ({shown})"


def _moment(day: date) -> Moment:
    return Moment(day.year, day.month, day.day)


def _first(values: FactValues, *names: str) -> Moment | None:
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
