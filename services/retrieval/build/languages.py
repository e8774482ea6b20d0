"""Languages: codes (pycountry, ISO 639), own names and scripts (Babel, CLDR).

Of the 7,900 languages with a code only the 600 that CLDR names in English are taken: names of the
others are everyday words too often (Day, Even, Male). Families are in facts/tables/languages.tsv.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services.retrieval.build.cldr import own_data
from services.retrieval.facts.fact import Fact

SCRIPTS = {"Hans": "Chinese characters", "Jpan": "kanji, hiragana and katakana", "Kore": "Hangul"}
COUNTRIES = Path(__file__).parent.parent / "facts" / "tables" / "countries.tsv"


def language_facts() -> Iterator[Fact]:
    import pycountry  # noqa: PLC0415 (only the build needs it)
    from babel.core import get_global  # noqa: PLC0415

    scripts = own_data("en", "scripts")
    likely: Mapping[str, str] = get_global("likely_subtags")
    official = _official_in()
    for code, name in sorted(own_data("en", "languages").items()):
        found: Any = (
            pycountry.languages.get(**{f"alpha_{len(code)}": code}) if len(code) < 4 else None
        )
        if found is None:
            continue
        countries = official.get(name, [])
        script = _script(scripts, likely.get(code, ""))
        for attribute, value, source in (
            ("Language code", getattr(found, "alpha_2", ""), "pycountry"),
            ("ISO 639-3 code", found.alpha_3, "pycountry"),
            ("Native name", _own_name(code, name), "babel"),
            ("Writing system", script, "babel"),
            ("Official in", ", ".join(sorted(countries)), "groundling"),
        ):
            if value:
                prominence = 0.75 if countries else 0.5 if len(code) == 2 else 0.3
                yield Fact(f"{name} language", attribute, value, "language", "", source, prominence)


def _own_name(code: str, english: str) -> str:
    name = own_data(code, "languages").get(code, "")
    return name if name != english else ""


def _script(english: Mapping[str, str], likely: str) -> str:
    code = next((part for part in likely.split("_") if len(part) == 4), "")
    return SCRIPTS.get(code) or english.get(code, "")


def _official_in() -> dict[str, list[str]]:
    """Language → the countries whose row in our own file names it."""
    header, *rows = COUNTRIES.read_text(encoding="utf-8").splitlines()
    place = header.split("\t").index("Official language")
    countries: dict[str, list[str]] = defaultdict(list)
    for row in (line.split("\t") for line in rows):
        for language in row[place].split(", "):
            countries[language].append(row[0])
    return countries
