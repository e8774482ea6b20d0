"""The project's own facts files: one row per subject, one column per attribute.

The columns subject, kind, prominence, valid_on and source describe the row (only subject is
needed); every other column is an attribute's name and an empty cell means that nothing is known.
Adding a file to services/retrieval/facts/tables/ is all it takes to add default facts; a user's own
files stand in a folder of their own and are read at start (`with_own`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.retrieval.build.merge import merge
from services.retrieval.facts.fact import Fact, FactsError
from services.retrieval.facts.values import DATED, show_value, split_date, unit_of

ROW_COLUMNS = frozenset({"subject", "kind", "prominence", "valid_on", "source"})
OWN_SOURCE = "groundling"
DEFAULT_PROMINENCE = 0.8


def with_own(facts: list[Fact], folder: Path | None) -> list[Fact]:
    """The facts with those of the folder's tables, which win. Raises FactsError or OSError."""
    if folder is None:
        return facts
    if not folder.is_dir():
        raise FactsError(f"the folder of your own facts is missing: {folder}")
    tables = [list(read_table(path)) for path in sorted(folder.glob("*.tsv"))]
    return list(merge([*tables, facts])) if tables else facts


def read_table(path: Path) -> Iterator[Fact]:
    for number, row in read_rows(path):
        try:
            yield from row_facts(row)
        except ValueError as error:
            raise FactsError(f"{path}: line {number}: {error}") from error


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and row: column → cell."""
    with path.open(encoding="utf-8") as lines:
        header = next(lines, "").rstrip("\n").split("\t")
        _check_header(path, header)
        for number, line in enumerate(lines, start=2):
            cells = line.rstrip("\n").split("\t")
            if len(cells) != len(header):
                raise FactsError(
                    f"{path}: line {number}: {len(cells)} columns, expected {len(header)}"
                )
            yield number, dict(zip(header, cells, strict=True))


def _check_header(path: Path, header: list[str]) -> None:
    if header[0] != "subject" or len(set(header)) != len(header):
        raise FactsError(f"{path}: line 1: the first column is subject, and no column stands twice")
    if len(header) < 2 or not set(header) - ROW_COLUMNS:
        raise FactsError(f"{path}: line 1: no column names an attribute")


def row_facts(row: dict[str, str]) -> Iterator[Fact]:
    """Raises ValueError, naming the column."""
    subject = row["subject"]
    if not subject or subject != subject.strip():
        raise ValueError(f"column subject is empty or has space around it: {subject!r}")
    try:
        prominence = float(row.get("prominence") or DEFAULT_PROMINENCE)
    except ValueError as error:
        raise ValueError(f"column prominence is not a number: {row['prominence']!r}") from error
    if not 0 <= prominence <= 1:
        raise ValueError(f"column prominence is not in [0, 1]: {prominence}")
    valid_on = row.get("valid_on", "")
    for attribute, cell in _with_years(row).items():
        if not cell:
            continue
        try:
            value = show_value(attribute, cell, valid_on)
        except ValueError as error:
            raise ValueError(f"column {attribute}: {error}") from error
        yield Fact(
            subject=subject,
            attribute=attribute,
            value=value,
            kind=row.get("kind") or "thing",
            valid_on=valid_on if attribute in DATED else "",
            source=row.get("source") or OWN_SOURCE,
            prominence=prominence,
            unit=unit_of(attribute, value),
        )


def _with_years(row: dict[str, str]) -> dict[str, str]:
    """The row's attributes, and for each full date its year: people ask for either."""
    cells = {name: cell for name, cell in row.items() if name not in ROW_COLUMNS}
    for date, year in (
        ("Birth date", "Birth year"),
        ("Death date", "Death year"),
        ("Date", "Year"),
        ("Start date", "Start year"),
        ("End date", "End year"),
    ):
        if cells.get(date) and not cells.get(year):
            try:
                cells[year] = str(split_date(cells[date])[0])
            except ValueError as error:
                raise ValueError(f"column {date}: {error}") from error
    return cells
