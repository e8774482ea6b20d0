"""Facts: what one is, and how a file of them is read and written.

A fact is one triple, `subject / attribute / value`, with the unit the value is in, what kind of
thing the subject is, when the value was valid, where it is from, and how well known the subject is.
The file is tab-separated UTF-8 with a header, one fact a line; `read_facts` names file, line and
column when it is wrong.

Not here: where facts come from (build/), or how they are found (search.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from sys import intern

FACTS_FILE = "facts.tsv"
COLUMNS = ("subject", "attribute", "value", "unit", "kind", "valid_on", "source", "prominence")
NEEDED = ("subject", "attribute", "value", "kind", "source")


class FactsError(Exception):
    """A facts file is malformed; the message names file, line and column."""


@dataclass(frozen=True, slots=True)
class Fact:
    subject: str
    attribute: str
    value: str
    """As people write it, unit and date included: `330 m`, `32,768,614 (2025)`."""
    kind: str
    """What the subject is: person, country, city, element, landmark, work, event, invention."""
    valid_on: str
    """ISO date or year at which the value was measured; "" when it does not change."""
    source: str
    prominence: float
    """How well known the subject is, in [0, 1]."""
    unit: str = ""
    """What the value is measured in (`m`, `km²`, `% of GDP`); "" for names, dates and counts."""

    @property
    def text(self) -> str:
        return f"{self.subject} / {self.attribute} / {self.value}"


def read_facts(path: Path) -> list[Fact]:
    with path.open(encoding="utf-8", newline="") as lines:
        header = next(lines, "").rstrip("\n").split("\t")
        if tuple(header) != COLUMNS:
            raise FactsError(f"{path}: line 1: expected the columns {', '.join(COLUMNS)}")
        return [_fact(path, number, line) for number, line in enumerate(lines, start=2)]


def _fact(path: Path, number: int, line: str) -> Fact:
    cells = line.rstrip("\n").split("\t")
    if len(cells) != len(COLUMNS):
        raise FactsError(f"{path}: line {number}: {len(cells)} columns, expected {len(COLUMNS)}")
    subject, attribute, value, unit, kind, valid_on, source, prominence = cells
    for name, cell in zip(COLUMNS, cells, strict=True):
        if name in NEEDED and not cell.strip():
            raise FactsError(f"{path}: line {number}: column {name} is empty")
    try:
        weight = float(prominence)
    except ValueError as error:
        raise FactsError(
            f"{path}: line {number}: column prominence is not a number: {prominence!r}"
        ) from error
    if not 0 <= weight <= 1:
        raise FactsError(f"{path}: line {number}: column prominence is not in [0, 1]: {weight}")
    return Fact(
        intern(subject),
        intern(attribute),
        value,
        intern(kind),
        valid_on,
        intern(source),
        weight,
        intern(unit),
    )


def write_facts(path: Path, facts: Iterable[Fact]) -> int:
    """Write atomically: a reader sees the old file or the new one, never half. Returns how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    count = 0
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as out:
            out.write("\t".join(COLUMNS) + "\n")
            for fact in facts:
                out.write(_line(fact))
                count += 1
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _line(fact: Fact) -> str:
    cells = (
        fact.subject,
        fact.attribute,
        fact.value,
        fact.unit,
        fact.kind,
        fact.valid_on,
        fact.source,
        f"{fact.prominence:.4f}",
    )
    for name, cell in zip(COLUMNS, cells, strict=True):
        if any(mark in cell for mark in "\t\n\r"):
            raise FactsError(f"{fact.text!r}: column {name} holds a tab or a line break")
    return "\t".join(cells) + "\n"
