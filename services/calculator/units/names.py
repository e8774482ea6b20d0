"""Spellings of units: which words and symbols name which unit.

Names of four letters and more are read in any case; shorter ones and symbols as written, since mW
is not MW, with the exceptions that people type (units.toml, [everyday]). C, F, c and f are
temperatures: the farad and the coulomb are read by name, or with a prefix.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from services.calculator.units.catalogue import entries

_SHORTEST_IN_ANY_CASE = 4  # letters


@cache
def spellings() -> Mapping[str, str]:
    """Every accepted spelling and the canonical name it stands for; names are in lower case."""
    table: dict[str, str] = {}
    for entry in entries().values():
        for spelling in sorted(entry.words | entry.symbols):
            known = table.setdefault(spelling, entry.name)
            assert known == entry.name, f"{spelling!r} is both {known} and {entry.name}"
    return MappingProxyType(table)


def find_unit(words: str) -> str | None:
    """The canonical name of one spelling, in any spacing; None: not a unit."""
    spelling = " ".join(words.split())
    name = spellings().get(spelling)
    if name is None and len(spelling) >= _SHORTEST_IN_ANY_CASE:
        lower = spelling.lower()
        name = spellings().get(lower)
        # Symbols stay as written however long they are: MBIT is no mbit.
        if name is not None and lower not in entries()[name].words:
            name = None
    return name


def is_currency(name: str) -> bool:
    return name in entries() and entries()[name].currency
