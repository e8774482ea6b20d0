"""Airports with an IATA code, from airportsdata (MIT): codes, city, country, elevation.

International airports also have their time zone and place; of an airstrip nobody asks for these.
Airports that share a name are told apart by their city, then by their code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from services.retrieval.build.countries import country_names
from services.retrieval.build.geonames import show_place, show_zone
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import show_number

SOURCE = "airportsdata"
METRES_PER_FOOT = 0.3048

_INITIALS = re.compile(r"\b([A-Z]) (?=[A-Z])")
# What has no ICAO code has a stand-in that begins with an underscore.
_ICAO = re.compile(r"[A-Z0-9]{4}")
_SPACE = re.compile(r"\s+")


def airport_facts() -> Iterator[Fact]:
    from airportsdata import load  # noqa: PLC0415 (only the build needs it)

    countries = country_names()
    rows: list[dict[str, Any]] = sorted(load("IATA").values(), key=lambda row: row["iata"])
    named = [(row, _name(row["name"])) for row in rows if "under construction" not in row["name"]]
    uses = Counter(name.casefold() for _, name in named)
    taken: set[str] = set()
    for row, name in named:
        subject = f"{name} ({row['city']})" if uses[name.casefold()] > 1 and row["city"] else name
        if subject.casefold() in taken:
            subject = f"{name} ({row['iata']})"
        taken.add(subject.casefold())
        yield from _facts(subject, countries.get(row["country"], ""), row)


def _facts(subject: str, country: str, row: dict[str, Any]) -> Iterator[Fact]:
    metres = show_number(row["elevation"] * METRES_PER_FOOT)
    known = "international" in subject.casefold()
    for attribute, value, unit in (
        ("IATA code", row["iata"], ""),
        ("ICAO code", row["icao"] if _ICAO.fullmatch(row["icao"]) else "", ""),
        ("City", _SPACE.sub(" ", row["city"]).strip(), ""),
        ("Country", country, ""),
        # Many small fields stand at 0: nobody measured them.
        ("Elevation", f"{metres} m" if row["elevation"] else "", "m"),
        ("Time zone", show_zone(row["tz"]) if known else "", ""),
        ("Coordinates", show_place(row["lat"], row["lon"]) if known else "", ""),
    ):
        if value:
            prominence = 0.6 if known else 0.3
            yield Fact(subject, attribute, value, "airport", "", SOURCE, prominence, unit)


def _name(text: str) -> str:
    """`John F Kennedy International Airport` → `John F. Kennedy International Airport`."""
    plain = _SPACE.sub(" ", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).strip()
    return _INITIALS.sub(r"\1. ", plain)
