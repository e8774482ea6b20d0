"""Chemical elements, from mendeleev (MIT).

Discoverers and years are in facts/tables/elements.tsv: mendeleev's hold several misprints. Elements
past rutherfordium have been made by the atom: figures given for them are predictions, and left out.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from services.retrieval.build.factbook import short_list
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import show_number

SOURCE = "mendeleev"
ZERO_CELSIUS_K = 273.15
LAST_MEASURED = 104
# The form that is meant when a point is given without naming the allotrope.
USUAL_ALLOTROPES = {15: "white", 16: "monoclinic", 34: "gray", 50: "white"}
CATEGORIES = {
    "Nonmetals": "nonmetal",
    "Noble gases": "noble gas",
    "Alkali metals": "alkali metal",
    "Alkaline earth metals": "alkaline earth metal",
    "Metalloids": "metalloid",
    "Halogens": "halogen",
    "Poor metals": "post-transition metal",
    "Transition metals": "transition metal",
    "Lanthanides": "lanthanide",
    "Actinides": "actinide",
}
LATTICES = {
    "HEX": "hexagonal",
    "FCC": "face-centered cubic",
    "BCC": "body-centered cubic",
    "ORC": "orthorhombic",
    "RHL": "rhombohedral",
    "TET": "tetragonal",
    "DIA": "diamond cubic",
    "CUB": "cubic",
    "MCL": "monoclinic",
    "SC": "simple cubic",
}
MAX_TEXT = 160

Row = dict[str, Any]

_BARE_ORBITAL = re.compile(r"(\d[spdf])(?= |$)")
_SENTENCE_END = re.compile(r"(?<=[.;]) +(?=[A-Z])")


def element_facts() -> Iterator[Fact]:
    from mendeleev.fetch import fetch_table  # noqa: PLC0415 (heavy, and only the build needs it)

    points = _points(fetch_table("phasetransitions").to_dict("records"))
    states = _oxidation_states(fetch_table("oxidationstates").to_dict("records"))
    energies = _ionization_energies(fetch_table("ionizationenergies").to_dict("records"))
    series = {row["id"]: row["name"] for row in fetch_table("series").to_dict("records")}
    for row in fetch_table("elements").to_dict("records"):
        number = int(row["atomic_number"])
        # The lighter, the better known, on the whole; no element is obscure.
        prominence = 0.95 - 0.3 * number / 118
        melting_k, boiling_k, sublimes = points.get(number, (math.nan, math.nan, False))
        boiling = _celsius(boiling_k)
        always = (
            ("Chemical symbol", row["symbol"], ""),
            ("Atomic number", str(number), ""),
            ("Atomic weight", _weight(row), "u"),
            ("Melting point", "" if sublimes else _celsius(melting_k), "°C"),
            ("Boiling point", f"{boiling} (sublimes)" if boiling and sublimes else boiling, "°C"),
            ("Group", _whole(row["group_id"]), ""),
            ("Period", str(row["period"]), ""),
            ("Block", row["block"], ""),
            ("Category", CATEGORIES[series[row["series_id"]]], ""),
            ("Electron configuration", _configuration(row["electronic_configuration"]), ""),
            ("Name origin", _first_sentences(row["name_origin"]), ""),
            ("CAS number", row["cas"] if isinstance(row["cas"], str) else "", ""),
        )
        measured = (
            ("Density", _density(row["density"]), "g/L" if _is_gas(row["density"]) else "g/cm³"),
            ("Electronegativity", _figure(row["en_pauling"], 2, "(Pauling)"), "Pauling"),
            ("Oxidation states", states.get(number, ""), ""),
            ("Atomic radius", _figure(row["atomic_radius"], 0, "pm"), "pm"),
            ("Ionization energy", energies.get(number, ""), "eV"),
            ("Thermal conductivity", _conductivity(row), "W/(m·K)"),
            ("Specific heat", _figure(row["specific_heat_capacity"], 3, "J/(g·K)"), "J/(g·K)"),
            ("Crystal structure", LATTICES.get(row["lattice_structure"], ""), ""),
            ("Crust abundance", _abundance(row["abundance_crust"]), "mg/kg"),
            ("Uses", _first_sentences(row["uses"]), ""),
        )
        known = always if number > LAST_MEASURED else (*always, *measured)
        for attribute, value, unit in known:
            if value:
                yield Fact(row["name"], attribute, value, "element", "", SOURCE, prominence, unit)


def _points(rows: list[Row]) -> dict[int, tuple[float, float, bool]]:
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


def _oxidation_states(rows: list[Row]) -> dict[int, str]:
    """Atomic number → its usual oxidation states: `+2, +3`."""
    states: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row["category"] == "main":
            states[int(row["atomic_number"])].append(int(row["oxidation_state"]))
    return {
        number: ", ".join(f"{state:+d}" if state else "0" for state in sorted(own))
        for number, own in states.items()
    }


def _ionization_energies(rows: list[Row]) -> dict[int, str]:
    """Atomic number → the energy that takes the first electron away."""
    return {
        int(row["atomic_number"]): _figure(row["ionization_energy"], 3, "eV")
        for row in rows
        if row["ion_charge"] == 0
    }


def _weight(row: Row) -> str:
    weight = float(row["atomic_weight"])
    # An element without stable isotopes has no standard weight: the mass number stands in brackets.
    if row["is_radioactive"] and weight.is_integer():
        return f"[{weight:.0f}]"
    return show_number(weight, 3)


def _celsius(kelvin: float) -> str:
    return "" if math.isnan(kelvin) else f"{show_number(kelvin - ZERO_CELSIUS_K, 2)} °C"


def _whole(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.0f}"


def _figure(number: float, decimals: int, unit: str) -> str:
    return "" if math.isnan(number) else f"{show_number(number, decimals)} {unit}"


def _is_gas(density: float) -> bool:
    return density < 0.01


def _density(grams_per_cm3: float) -> str:
    """Of a gas in g/L, as people give it; mendeleev's are at about 25 °C."""
    if _is_gas(grams_per_cm3):
        return f"{show_number(1000 * grams_per_cm3, 3)} g/L (25 °C)"
    return _figure(grams_per_cm3, 3, "g/cm³")


def _conductivity(row: Row) -> str:
    # Carbon's differs a thousandfold between its forms.
    return "" if row["symbol"] == "C" else _figure(row["thermal_conductivity"], 4, "W/(m·K)")


def _abundance(mg_per_kg: float) -> str:
    return "" if math.isnan(mg_per_kg) else f"{_significant(mg_per_kg)} mg/kg"


def _significant(number: float) -> str:
    decimals = max(0, 3 - math.ceil(math.log10(number))) if number else 0
    # Not in powers of ten: the rarest would be a row of zeros.
    return show_number(number, decimals) if decimals <= 6 else f"{number:.0e}"


def _configuration(text: str) -> str:
    """`[Xe] 4f14 5d10 6s` → `[Xe] 4f14 5d10 6s1`."""
    return _BARE_ORBITAL.sub(r"\g<1>1", text)


def _first_sentences(text: object) -> str:
    if not isinstance(text, str):
        return ""
    kept = ""
    for sentence in _SENTENCE_END.split(" ".join(text.split())):
        if kept and len(kept) + len(sentence) > MAX_TEXT:
            break
        kept = f"{kept} {sentence}".strip()
    return short_list(kept, MAX_TEXT).rstrip(".")
