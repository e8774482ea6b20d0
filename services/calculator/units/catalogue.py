"""The units and currencies that are read and how each is spelled and written, from the two tables
beside this file (units.toml, currencies.toml).

Covers: prefixes, plurals, and the entry of every unit by its canonical name. Loads nothing but the
tables: how large a unit is, services.calculator.units.scales knows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent

_PREFIXES: dict[str, tuple[str, tuple[str, ...]]] = {
    "f": ("femto", ("f",)),
    "p": ("pico", ("p",)),
    "n": ("nano", ("n",)),
    "µ": ("micro", ("µ", "\N{GREEK SMALL LETTER MU}", "u")),
    "m": ("milli", ("m",)),
    "c": ("centi", ("c",)),
    "d": ("deci", ("d",)),
    "h": ("hecto", ("h",)),
    "k": ("kilo", ("k",)),
    "M": ("mega", ("M",)),
    "G": ("giga", ("G",)),
    "T": ("tera", ("T",)),
    "P": ("peta", ("P",)),
    "E": ("exa", ("E",)),
    "Ki": ("kibi", ("Ki",)),
    "Mi": ("mebi", ("Mi",)),
    "Gi": ("gibi", ("Gi",)),
    "Ti": ("tebi", ("Ti",)),
    "Pi": ("pebi", ("Pi",)),
    "Ei": ("exbi", ("Ei",)),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit, prefix included: kilometer is an entry of its own."""

    name: str
    """Canonical: Pint's name, or a currency's ISO 4217 code."""
    words: frozenset[str]
    """Names, in lower case, that are read whatever their case."""
    symbols: frozenset[str]
    """Read as they are written here."""
    singular: str
    plural: str
    symbol: str | None
    """As results are written; None: in words."""
    words_alone: bool
    """Written in words by itself, though it has a symbol for products: 5 hours, but km/h."""
    made_of: tuple[tuple[str, int], ...] = ()
    """Names and powers it multiplies out to in products."""
    spelled_out: bool = False
    """Always written as what it is made of: square feet are ft², but mph stays mph."""
    currency: bool = False


@cache
def entries() -> Mapping[str, Entry]:
    """Every unit by its canonical name."""
    tables = _read("units.toml")
    everyday: dict[str, list[str]] = tables["everyday"]
    found = {
        entry.name: entry
        for name, table in tables["unit"].items()
        for entry in _with_prefixes(name, table, everyday)
    }
    assert not everyday.keys() - found.keys(), "an everyday spelling of an unknown unit"
    currencies = (_currency(code, table) for code, table in _read("currencies.toml").items())
    return {**found, **{entry.name: entry for entry in currencies}}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _with_prefixes(
    name: str, table: dict[str, Any], everyday: Mapping[str, list[str]]
) -> Iterator[Entry]:
    yield _entry(name, table, "", ("",), everyday)
    for letter in table.get("prefixes", "").split():
        prefix, before_symbols = _PREFIXES[letter]
        yield _entry(name, table, prefix, before_symbols, everyday)


def _entry(
    base: str,
    table: dict[str, Any],
    prefix: str,
    before_symbols: tuple[str, ...],
    everyday: Mapping[str, list[str]],
) -> Entry:
    singular = prefix + base.replace("_", " ").lower()
    plural = prefix + str(table.get("plural", f"{base.replace('_', ' ').lower()}s"))
    words = {singular, plural}
    words |= {prefix + word + ending for word in table.get("words", ()) for ending in ("", "s")}
    words |= {prefix + word for word in table.get("exact", ())}
    symbols = [before + symbol for symbol in table.get("symbols", ()) for before in before_symbols]
    unread = set(table.get("unread", ()))
    made_of = tuple(table.get("made_of", {}).items())
    if made_of and prefix:  # kilowatt_hour is kilowatt times hour
        made_of = ((prefix + made_of[0][0], made_of[0][1]), *made_of[1:])
    return Entry(
        name=prefix + base,
        words=frozenset(words - unread),
        symbols=frozenset(symbols) - unread | set(everyday.get(prefix + base, ())),
        singular=_as_written(singular),
        plural=_as_written(plural),
        symbol=symbols[0] if symbols else None,
        words_alone=not symbols or (not prefix and table.get("written") == "words"),
        made_of=made_of,
        spelled_out=bool(table.get("spelled_out", False)),
    )


def _as_written(words: str) -> str:
    for name in ("celsius", "fahrenheit", "rankine"):
        words = words.replace(name, name.capitalize())
    return words


def _currency(code: str, table: dict[str, Any]) -> Entry:
    words = {word + ending for word in table.get("words", ()) for ending in ("", "s")}
    words |= set(table.get("exact", ()))
    symbol: str = table.get("symbol", code)
    codes = {code, symbol} | ({code.lower()} if table.get("lower", True) else set())
    # Signs and names of three letters ("yen") are read as they are written, like any symbol.
    names = {word for word in words if len(word) >= 4}
    return Entry(
        name=code,
        words=frozenset(names),
        symbols=frozenset(codes | (words - names)),
        singular=code,
        plural=code,
        symbol=symbol,
        words_alone=False,
        currency=True,
    )
