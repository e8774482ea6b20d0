"""Chemical elements: symbol, number, weight, melting and boiling point from mendeleev (MIT).

Discoverers and years are in facts/elements.tsv: mendeleev's hold several misprints.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import show_number

SOURCE = "mendeleev"
ZERO_CELSIUS_K = 273.15
# The form that is meant when a point is given without naming the allotrope.
USUAL_ALLOTROPES = {15: "white", 16: "monoclinic", 34: "gray", 50: "white"}


def element_facts() -> Iterator[Fact]:
    from mendeleev.fetch import fetch_table  # noqa: PLC0415 (heavy, and only the build needs it)

    points = _points(fetch_table("phasetransitions").to_dict("records"))
    for row in fetch_table("elements").to_dict("records"):
        number = int(row["atomic_number"])
        # The lighter, the better known, on the whole; no element is obscure.
        prominence = 0.95 - 0.3 * number / 118
        melting_k, boiling_k, sublimes = points.get(number, (math.nan, math.nan, False))
        for attribute, value in (
            ("Chemical symbol", row["symbol"]),
            ("Atomic number", str(number)),
            ("Atomic weight", _weight(row)),
            ("Melting point", "" if sublimes else _celsius(melting_k)),
            ("Boiling point", _celsius(boiling_k) + (" (sublimes)" if sublimes else "")),
        ):
            if value and not value.startswith(" "):
                yield Fact(row["name"], attribute, value, "element", "", SOURCE, prominence)


def _points(rows: list[dict[str, Any]]) -> dict[int, tuple[float, float, bool]]:
    """Atomic number → (melting point in K, boiling point in K, whether it sublimes)."""
    points: dict[int, tuple[float, float, bool]] = {}
    for row in rows:
        number = int(row["atomic_number"])
        usual = USUAL_ALLOTROPES.get(number)
        if usual is None or row["allotrope"] == usual:
            points[number] = (
                float(row["melting_point"]),
                float(row["boiling_point"]),
                row["is_sublimation_point"] == 1,
            )
    return points


def _weight(row: dict[str, Any]) -> str:
    weight = float(row["atomic_weight"])
    # An element without stable isotopes has no standard weight: the mass number stands in brackets.
    if row["is_radioactive"] and weight.is_integer():
        return f"[{weight:.0f}]"
    return show_number(weight, 3)


def _celsius(kelvin: float) -> str:
    return "" if math.isnan(kelvin) else f"{show_number(kelvin - ZERO_CELSIUS_K, 2)} °C"
