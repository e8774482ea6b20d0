"""What is wrong with a list of facts: duplicates, contradictions, malformed values.

Facts come with where they stand, so that each finding names file, line and column. Reading files is
the caller's (build/lint.py); what a single value must look like is lint_values.py's.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from services.retrieval.analysis.words import fold
from services.retrieval.facts.derive import Moment, number_in, parse_moment
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.lint_values import problem

LONGEST_LIFE_YEARS = 123
# Places by the thousand: Oyama and Ōyama are two towns.
NAMESAKES = frozenset({"airport", "city", "county", "region"})
# The capital of a country with fewer may be too small to be listed.
FEWEST_CITIES = 5
# A city and its country are counted in different years.
COUNTED_APART = 1.25
ATTRIBUTES_FILE = Path(__file__).parent / "attributes.toml"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    path: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A fact and where it stands."""

    fact: Fact
    path: str
    line: int
    column: str
    written: bool = True
    """False for what follows from a cell, as the year from a date."""

    def finding(self, message: str) -> Finding:
        return Finding(self.path, self.line, self.column, message)


Subjects = dict[tuple[str, str], dict[str, Placed]]
"""(kind, subject) → attribute → fact."""


def lint(facts: Sequence[Placed], attributes: Collection[str]) -> list[Finding]:
    """`attributes`: the names that attributes.toml knows."""
    findings = [*_single(facts, attributes), *_twice(facts)]
    subjects: Subjects = defaultdict(dict)
    for placed in facts:
        subjects[placed.fact.kind, placed.fact.subject].setdefault(placed.fact.attribute, placed)
    findings += _spelled_two_ways(subjects)
    for own in subjects.values():
        findings += _order(own)
        findings += _sizes(own)
    findings += _capitals(subjects)
    return sorted(set(findings))


def known_attributes(path: Path = ATTRIBUTES_FILE) -> frozenset[str]:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["attribute"]
    return frozenset(table["name"] for table in tables)


def _single(facts: Iterable[Placed], attributes: Collection[str]) -> Iterator[Finding]:
    for placed in facts:
        fact = placed.fact
        if fact.attribute not in attributes:
            yield placed.finding(f"attribute {fact.attribute!r} is not in attributes.toml")
        if not fact.source.strip():
            yield placed.finding("the source is missing")
        if wrong := problem(fact):
            yield placed.finding(f"{fact.subject}: the value {wrong}")


def _twice(facts: Iterable[Placed]) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str], Placed] = {}
    for placed in facts:
        fact = placed.fact
        first = seen.setdefault((fact.subject.casefold(), fact.attribute, fact.kind), placed)
        if first is placed:
            continue
        where = f"{first.path}:{first.line}"
        if first.fact.value == fact.value:
            if first.written and placed.written:
                yield placed.finding(f"{fact.subject}: stands twice, first in {where}")
        else:
            yield placed.finding(
                f"{fact.subject}: {fact.value!r} contradicts {first.fact.value!r} in {where}"
            )


def _spelled_two_ways(subjects: Subjects) -> Iterator[Finding]:
    """Two subjects of a kind with the same words; people of one birthday, one name in the other."""
    by_words: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    by_birth: dict[str, list[str]] = defaultdict(list)
    for (kind, subject), own in subjects.items():
        if kind not in NAMESAKES:
            by_words[kind, tuple(_words(subject))].append(subject)
        if "Birth date" in own:
            by_birth[own["Birth date"].fact.value].append(subject)
    for (kind, _), names in by_words.items():
        for first, other in pairwise(sorted(names)):
            yield _any(subjects[kind, other]).finding(f"{other} is {first}, spelled another way?")
    for names in by_birth.values():
        for name in names:
            words = set(_words(name))
            for other in names:
                if len(words) > 1 and words < set(_words(other)):
                    yield _any(subjects["person", other]).finding(
                        f"{other} is {name}, spelled another way?"
                    )


def _order(own: dict[str, Placed]) -> Iterator[Finding]:
    """Birth before death, start before end, dates in their years."""
    for before, after in (("Birth", "Death"), ("Start", "End")):
        first, last = _moment(own, before), _moment(own, after)
        if first is None or last is None:
            continue
        placed = own.get(f"{after} date") or own[f"{after} year"]
        if _comparable(last) < _comparable(first)[: len(_comparable(last))]:
            yield placed.finding(
                f"{placed.fact.subject}: {after.lower()} comes before {before.lower()}"
            )
        if before == "Birth" and last.year - first.year > LONGEST_LIFE_YEARS:
            yield placed.finding(f"{placed.fact.subject}: a life of {last.year - first.year} years")
    for date, year in (
        ("Birth date", "Birth year"),
        ("Death date", "Death year"),
        ("Date", "Year"),
        ("Start date", "Start year"),
        ("End date", "End year"),
    ):
        if date in own and year in own and not _same_year(own[date], own[year]):
            placed = own[date]
            yield placed.finding(
                f"{placed.fact.subject}: {placed.fact.value} is not in the year "
                f"{own[year].fact.value} of {own[year].path}:{own[year].line}"
            )


def _sizes(own: dict[str, Placed]) -> Iterator[Finding]:
    land, area = _number(own.get("Land area")), _number(own.get("Area"))
    # The World Factbook rounds the two differently.
    if land is not None and area is not None and land > 1.001 * area + 1:
        placed = own["Land area"]
        yield placed.finding(f"{placed.fact.subject}: the land area is more than the area")


def _capitals(subjects: Subjects) -> Iterator[Finding]:
    """A capital is a city of its country and has no more people than it."""
    listed = Counter(
        own["Country"].fact.value
        for (kind, _), own in subjects.items()
        if kind == "city" and "Country" in own
    )
    for (kind, country), own in subjects.items():
        capital = own.get("Capital")
        if kind != "country" or capital is None or listed[country] < FEWEST_CITIES:
            continue
        name = capital.fact.value
        cities = [
            found
            for spelling in (name, name.replace("St. ", "Saint "))
            for subject in (spelling, f"{spelling}, {country}", f"{spelling} (city)")
            if (found := subjects.get(("city", subject))) and "Country" in found
        ]
        home = [city for city in cities if city["Country"].fact.value == country]
        if cities and not home:
            elsewhere = cities[0]["Country"].fact.value
            yield capital.finding(f"{country}: the capital {name} is a city of {elsewhere}")
        people = _number(own.get("Population"))
        for city in home:
            in_city = _number(city.get("Population"))
            if people is not None and in_city is not None and in_city > COUNTED_APART * people:
                yield capital.finding(f"{country}: has fewer people than its capital {name}")


def _words(subject: str) -> list[str]:
    return re.findall(r"\w+", fold(subject).replace(".", ". "))


def _any(own: dict[str, Placed]) -> Placed:
    return next(iter(own.values()))


def _moment(own: dict[str, Placed], which: str) -> Moment | None:
    placed = own.get(f"{which} date") or own.get(f"{which} year")
    return parse_moment(placed.fact.value) if placed else None


def _comparable(moment: Moment) -> tuple[int, ...]:
    if moment.month is None or moment.day is None:
        return (moment.year,)
    return (moment.year, moment.month, moment.day)


def _same_year(date: Placed, year: Placed) -> bool:
    first, second = parse_moment(date.fact.value), parse_moment(year.fact.value)
    return first is None or second is None or first.year == second.year


def _number(placed: Placed | None) -> float | None:
    return number_in(placed.fact.value) if placed else None
