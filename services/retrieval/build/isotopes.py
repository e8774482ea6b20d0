"""Isotopes found in nature or lasting an hour and more, from mendeleev (MIT)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import show_number

SOURCE = "mendeleev"
PROMINENCE = 0.4
# mendeleev's unit → how it is written; shorter ones are left out.
UNITS = {
    "hour": "hours",
    "day": "days",
    "year": "years",
    "kyear": "thousand years",
    "Myear": "million years",
    "Gyear": "billion years",
    "Tyear": "trillion years",
}


def isotope_facts() -> Iterator[Fact]:
    from mendeleev.fetch import fetch_table  # noqa: PLC0415 (heavy, and only the build needs it)

    elements: dict[int, str] = {
        row["atomic_number"]: row["name"] for row in fetch_table("elements").to_dict("records")
    }
    for row in fetch_table("isotopes").to_dict("records"):
        half_life, abundance = _half_life(row), _abundance(row["abundance"])
        if not half_life and not abundance:
            continue
        element = elements[row["atomic_number"]]
        subject = f"{element}-{row['mass_number']}"
        for attribute, value, unit in (
            ("Element", element, ""),
            ("Half-life", half_life, half_life.partition(" ")[2]),
            ("Natural abundance", abundance, "%"),
            ("Type", "radioactive" if row["is_radioactive"] else "stable", ""),
        ):
            if value:
                yield Fact(subject, attribute, value, "isotope", "", SOURCE, PROMINENCE, unit)


def _half_life(row: dict[str, Any]) -> str:
    unit = UNITS.get(row["half_life_unit"])
    if unit is None or not row["is_radioactive"] or math.isnan(row["half_life"]):
        return ""
    length = float(row["half_life"])
    if unit == "thousand years":
        return f"{show_number(1000 * length)} years"
    return f"{show_number(length, 3)} {unit}"


def _abundance(percent: float) -> str:
    return "" if math.isnan(percent) else f"{show_number(percent, 4)}%"
