"""Facts that follow from our own: a compound's molar mass, a person's Nobel Prizes.

They are computed at the build so that a table states each thing once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from services.retrieval.facts.fact import Fact
from services.retrieval.facts.values import show_number

PROMINENCE = 0.5

_ATOM = re.compile(r"([A-Z][a-z]?)(\d*)")
_PRIZE = re.compile(r"(\d{4}) Nobel (?:(Peace) Prize|Prize in (.+))")
# Deuterium has a symbol of its own in formulas.
_DEUTERIUM_U = 2.014


def molar_masses(facts: Iterable[Fact]) -> Iterator[Fact]:
    from mendeleev.fetch import fetch_table  # noqa: PLC0415 (heavy, and only the build needs it)

    rows = fetch_table("elements")[["symbol", "atomic_weight"]].to_dict("records")
    weights = {row["symbol"]: float(row["atomic_weight"]) for row in rows} | {"D": _DEUTERIUM_U}
    for fact in facts:
        if fact.attribute == "Chemical formula":
            mass = sum(
                weights[symbol] * int(count or 1) for symbol, count in _ATOM.findall(fact.value)
            )
            value = f"{show_number(mass, 2)} g/mol"
            yield Fact(
                fact.subject,
                "Molar mass",
                value,
                fact.kind,
                "",
                "mendeleev",
                fact.prominence,
                "g/mol",
            )


def nobel_prizes(facts: Iterable[Fact], people: frozenset[str]) -> Iterator[Fact]:
    """Each laureate's prizes; of the peace prize only people's, for organizations have it too."""
    prizes: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        match = _PRIZE.fullmatch(fact.subject) if fact.attribute == "Winner" else None
        if match is None:
            continue
        year, peace, field = match.groups()
        for winner in fact.value.split(", "):
            if not peace or winner in people:
                prizes[winner].append(f"{peace or field} ({year})")
    for winner, won in prizes.items():
        yield Fact(winner, "Nobel Prize", ", ".join(won), "person", "", "groundling", PROMINENCE)
