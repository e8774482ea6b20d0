"""What training examples are about: facts, phrases and wordings, each split into seen and unseen.

Facts come from the file the retrieval tool builds (`facts.tsv`), phrases from the translator's
list, wordings from this folder. A subject or wording is unseen when its hash says so, so the split
does not move when a file grows. Reads tables; draws nothing.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNSEEN_SHARE = 0.12
"""Share of subjects, and of wordings, that no training example uses."""

LANGUAGES = {
    "fra": "French",
    "spa": "Spanish",
    "deu": "German",
    "ita": "Italian",
    "por": "Portuguese",
    "nld": "Dutch",
    "cat": "Catalan",
    "swe": "Swedish",
    "pol": "Polish",
    "ind": "Indonesian",
}


@dataclass(frozen=True, slots=True)
class Fact:
    subject: str
    attribute: str
    value: str
    kind: str

    @property
    def text(self) -> str:
        return f"{self.subject} / {self.attribute} / {self.value}"


def is_unseen(text: str) -> bool:
    """Stable across runs and machines: decided by the text alone."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < UNSEEN_SHARE


def read_facts(path: Path) -> list[Fact]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Fact(row["subject"], row["attribute"], row["value"], row["kind"]) for row in rows]


def read_phrases(path: Path) -> list[tuple[str, str, str]]:
    """(English phrase, language name, translation)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (row["english"], language, row[code])
        for row in rows
        for code, language in LANGUAGES.items()
        if row.get(code)
    ]


def read_wordings(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def is_split(items: Sequence[str]) -> bool:
    """Whether both parts have something; only then is the held-out part truly unseen."""
    return len({is_unseen(item) for item in items}) == 2


def part_of(items: Sequence[str], unseen: bool) -> list[str]:
    """The training or the held-out part of a list of wordings; never empty."""
    part = [item for item in items if is_unseen(item) == unseen]
    return part or list(items)


class Knowledge:
    """Facts by kind and attribute, subjects split into seen and unseen."""

    def __init__(self, facts: Sequence[Fact], unseen: bool) -> None:
        self.by_attribute: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        self.by_subject: dict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            if is_unseen(fact.subject) == unseen:
                self.by_attribute[fact.kind, fact.attribute].append(fact)
                self.by_subject[fact.subject].append(fact)

    def of(self, kinds: Sequence[str], attribute: str) -> list[Fact]:
        return [fact for kind in kinds for fact in self.by_attribute.get((kind, attribute), [])]

    def kinds_with(self, attribute: str) -> list[str]:
        return sorted(kind for kind, name in self.by_attribute if name == attribute)
