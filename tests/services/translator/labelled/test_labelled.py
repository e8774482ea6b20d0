"""How well requests are told from what only looks like one: precision and recall, on both sets.

A request counts as read when the first reading has the labelled text, target and source. Prints
totals; rows only of the set that the rules were written with.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.translator.reading.languages import LanguageTable
from services.translator.reading.parse import parse

HERE = Path(__file__).parent
OUTER = " \n\t.,;:?!…¿¡\"'“”‘’„‚«»‹›「」`"  # noqa: RUF001  punctuation that does not count
LEAST = 0.97


@dataclass(frozen=True)
class Row:
    """One labelled string. target "" = asks for no translation; source "" = not said."""

    request: str
    text: str
    target: str
    source: str


def read(name: str) -> list[Row]:
    with (HERE / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Row(*(row[column].replace("\\n", "\n") for column in Row.__dataclass_fields__))
            for row in rows
        ]


def key(text: str) -> str:
    return text.strip(OUTER).casefold()


def first_reading(request: str, languages: LanguageTable) -> tuple[str, str, str] | None:
    """(text, target, source) of the first reading, or None for none."""
    found = parse(request, languages)
    if not found:
        return None
    source = found[0].source.locale if found[0].source else ""
    return key(found[0].text), found[0].target.locale, source


@pytest.mark.parametrize("name", ["tune", "heldout"])
def test_precision_and_recall(name: str, languages: LanguageTable) -> None:
    wanted = {
        row.request: (key(row.text), row.target, row.source) if row.target else None
        for row in read(name)
    }
    given = {request: first_reading(request, languages) for request in wanted}
    right = sum(1 for request, reading in given.items() if reading and reading == wanted[request])
    precision = right / sum(1 for reading in given.values() if reading)
    recall = right / sum(1 for reading in wanted.values() if reading)
    print(f"{name}: {len(wanted)} rows, precision {precision:.3f}, recall {recall:.3f}")
    if name == "tune":
        for request, reading in given.items():
            if reading != wanted[request]:
                print(f"  {request!r}: {reading}, not {wanted[request]}")
    assert precision >= LEAST
    assert recall >= LEAST


@pytest.mark.parametrize("name", ["tune", "heldout"])
def test_a_set_has_requests_and_non_requests(name: str) -> None:
    rows = read(name)
    requests = sum(1 for row in rows if row.target)
    assert len(rows) >= 150
    assert 0.35 <= requests / len(rows) <= 0.65
    assert all(bool(row.text) == bool(row.target) for row in rows)


def test_no_request_is_in_both_sets() -> None:
    requests = [key(row.request) for name in ("tune", "heldout") for row in read(name)]
    assert len(requests) == len(set(requests))
