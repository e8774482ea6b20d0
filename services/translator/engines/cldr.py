"""The CLDR engine: names of days, months, languages, countries and currencies, through Babel.

Covers: these names between English (or a given source language) and any language Babel has data
for. Does not cover: any other word.

Reads each locale's own data with `babel.localedata`, not through `Locale`: in Babel 2.18 a name
that one locale inherits by alias stays cached in the shared root data, so that after Hawaiian has
been asked for its days, Latin answers in Hawaiian.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from babel import localedata

from services.translator.engines.interface import Kind
from services.translator.reading.languages import Language, fold, without_accents

Names = dict[tuple[str, str], str]
"""(kind, key) -> name, e.g. ("territory", "DE") -> "Allemagne"."""

CACHED_LOCALES = 64

# Everyday English names that CLDR writes otherwise, by kind and key.
OTHER_ENGLISH_NAMES: dict[str, tuple[str, str]] = {
    "usa": ("territory", "US"),
    "united states of america": ("territory", "US"),
    "america": ("territory", "US"),
    "uk": ("territory", "GB"),
    "great britain": ("territory", "GB"),
    "turkey": ("territory", "TR"),
    "czech republic": ("territory", "CZ"),
    "ivory coast": ("territory", "CI"),
    "burma": ("territory", "MM"),
    "myanmar": ("territory", "MM"),
    "holland": ("territory", "NL"),
    "hong kong": ("territory", "HK"),
    "palestine": ("territory", "PS"),
    "bosnia": ("territory", "BA"),
    "bosnia and herzegovina": ("territory", "BA"),
    "cape verde": ("territory", "CV"),
    "east timor": ("territory", "TL"),
    "swaziland": ("territory", "SZ"),
    "pound sterling": ("currency", "GBP"),
    "trinidad and tobago": ("territory", "TT"),
}


@lru_cache(maxsize=CACHED_LOCALES)
def locale_names(locale: str) -> Names:
    """All names of one locale ("fr", "pt_BR"); a regional one falls back on its language's."""
    names: Names = {}
    parent = locale.rpartition("_")[0]
    if parent:
        names.update(locale_names(parent))
    if not localedata.exists(locale):
        return names
    data: Mapping[str, Any] = localedata.load(locale, merge_inherited=False)
    for kind in ("days", "months"):
        for context in ("format", "stand-alone"):
            wide = data.get(kind, {}).get(context, {}).get("wide", {})
            if isinstance(wide, Mapping):
                names.update({(kind, str(key)): name for key, name in wide.items()})
    for kind, field in (
        ("language", "languages"),
        ("territory", "territories"),
        ("currency", "currency_names"),
    ):
        for key, name in data.get(field, {}).items():
            if isinstance(name, str) and name != key:
                names[kind, str(key)] = name
    for key, forms in data.get("currency_names_plural", {}).items():
        # "few" is what Slavic languages call several of a thing by; "other" is for fractions there.
        name = forms.get("few", forms.get("other"))
        if isinstance(name, str):
            names["currencies", str(key)] = name
    for (kind, key), name in list(names.items()):
        if kind == "currency":
            names.setdefault(("currencies", key), name)
    return names


@lru_cache(maxsize=CACHED_LOCALES)
def locale_index(locale: str) -> dict[str, list[tuple[str, str]]]:
    """Folded name -> the (kind, key) pairs it stands for, days first."""
    index: dict[str, list[tuple[str, str]]] = {}
    for place, name in locale_names(locale).items():
        for key in dict.fromkeys((fold(name), without_accents(fold(name)))):
            index.setdefault(key, []).append(place)
    if locale == "en":
        for name, place in OTHER_ENGLISH_NAMES.items():
            index.setdefault(name, []).append(place)
    return index


class Cldr:
    """Looks a name up in the source language and gives the target language's."""

    name = "cldr"
    kind = Kind.NAMES

    def pairs(self) -> Collection[tuple[str, str]]:
        """None are listed: nearly every one of CLDR's languages with every other, for names."""
        return ()

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        if source.locale == target.locale:
            return []
        return self.look_up(text, source.locale, target.locale)

    async def stop(self) -> None:
        """Nothing runs."""

    def look_up(
        self,
        text: str,
        source: str,
        target: str,
        *,
        wanted: Callable[[str], bool] = lambda kind: True,
    ) -> list[str]:
        key = fold(text).replace("&", "and")
        index = locale_index(source)
        places = index.get(key) or index.get(key.removeprefix("the ")) or []
        names = locale_names(target)
        found = [names[place] for place in places if place in names and wanted(place[0])]
        return list(dict.fromkeys(found))

    def days_and_months(self, english: str, locale: str) -> list[str]:
        return self.look_up(english, "en", locale, wanted=lambda kind: kind in ("days", "months"))
