"""What can be translated now, with which engines, and which packages would add to it.

Covers: the languages as `GET /languages` gives them; the Debian packages of installable.tsv, less
those whose engine does the pair already. Does not cover: Argos packages, of which there is no list
on this machine: /readyz says where they go.

installable.tsv has a package a line: its name, its engine and the pairs it brings, by this
service's codes: "en>gl gl>en".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.translator.api.bodies import ListedLanguage
from services.translator.reading.languages import LanguageTable

INSTALLABLE = Path(__file__).with_name("installable.tsv")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the system's package manager, and what it would add."""

    name: str
    engine: str
    pairs: tuple[Pair, ...]


def read_packages(path: Path = INSTALLABLE) -> list[Package]:
    packages = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        name, engine, pairs = line.split("\t")
        split = (pair.partition(">") for pair in pairs.split())
        packages.append(Package(name, engine, tuple((start, end) for start, _, end in split)))
    return packages


def list_languages(
    pairs: Mapping[Pair, Sequence[str]], packages: Sequence[Package], languages: LanguageTable
) -> list[ListedLanguage]:
    """Every language that is translated from or into, or would be with a package; by code."""
    engines: dict[str, dict[str, list[str]]] = {}
    for (source, target), names in sorted(pairs.items()):
        engines.setdefault(source, {})[target] = list(names)
    missing: dict[str, dict[str, list[str]]] = {}
    for package in packages:
        for source, target in package.pairs:
            if package.engine not in pairs.get((source, target), ()):
                names_of = missing.setdefault(source, {})
                names_of.setdefault(target, []).append(package.name)
    codes = {code for pair in pairs for code in pair}
    codes |= {code for package in packages for pair in package.pairs for code in pair}
    return [
        ListedLanguage(
            code=code,
            name=named.name,
            targets=list(engines.get(code, {})),
            engines=engines.get(code, {}),
            installable={
                target: f"apt-get install {' '.join(names)}"
                for target, names in sorted(missing.get(code, {}).items())
            },
        )
        for code in sorted(codes)
        if (named := languages.by_code(code)) is not None
    ]
