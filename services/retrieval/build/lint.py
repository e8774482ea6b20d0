"""`python -m services.retrieval.build.lint [FILE…]`: check facts files; `groundling facts lint`.

Files are tables (one row a subject) or lists (`facts.tsv`, one row a fact). Without FILE: all
tables of the default facts, then the default facts as built, from the data folder when they are
current and otherwise into a temporary one. Exit status: 0 clean, 1 with findings, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.retrieval.build import build_facts, is_current, missing_packages
from services.retrieval.build.staleness import FACTS_FOLDER
from services.retrieval.build.tables import ROW_COLUMNS, read_rows, row_facts
from services.retrieval.facts.fact import COLUMNS, FACTS_FILE, FactsError, read_facts
from services.retrieval.facts.lint import Finding, Placed, known_attributes, lint
from services.retrieval.settings import default_data_dir


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="groundling facts lint", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="facts files to check")
    options = parser.parse_args(arguments)
    try:
        findings, count = _lint_files(options.files) if options.files else _lint_defaults()
    except (FactsError, OSError, UnicodeDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for finding in findings:
        print(finding)
    print(f"{count:,} facts, {len(findings):,} findings", file=sys.stderr)
    return 1 if findings else 0


def _lint_defaults() -> tuple[list[Finding], int]:
    findings, in_tables = _lint_files(sorted(FACTS_FOLDER.glob("*.tsv")))
    data_dir = default_data_dir()
    if is_current(data_dir):
        built, count = _lint_files([data_dir / FACTS_FILE])
    elif missing := missing_packages():
        raise FactsError(f"data packages are missing; pip install {' '.join(missing)}")
    else:
        with tempfile.TemporaryDirectory() as folder:
            build_facts(Path(folder))
            built, count = _lint_files([Path(folder) / FACTS_FILE])
    return findings + built, in_tables + count


def _lint_files(paths: Sequence[Path]) -> tuple[list[Finding], int]:
    findings: list[Finding] = []
    facts: list[Placed] = []
    for path in paths:
        for found in _read(path, _shown(path)):
            if isinstance(found, Finding):
                findings.append(found)
            else:
                facts.append(found)
    return sorted([*findings, *lint(facts, known_attributes())]), len(facts)


def _shown(path: Path) -> str:
    """As short as it can be clicked on."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _read(path: Path, name: str) -> Iterator[Placed | Finding]:
    with path.open(encoding="utf-8") as lines:
        header = next(lines, "").rstrip("\n").split("\t")
    if tuple(header) == COLUMNS:
        for number, fact in enumerate(read_facts(path), start=2):
            yield Placed(fact, name, number, "value")
    else:
        yield from _read_table(path, name, header)


def _read_table(path: Path, name: str, header: Sequence[str]) -> Iterator[Placed | Finding]:
    if "source" not in header:
        yield Finding(name, 1, "source", "the column is missing: where are these facts from?")
    for number, row in read_rows(path):
        if "source" in row and not row["source"].strip():
            yield Finding(name, number, "source", f"{row['subject']}: the source is missing")
        # Cell by cell: a row with one bad cell is checked to its end.
        about = {column: cell for column, cell in row.items() if column in ROW_COLUMNS}
        for column, cell in row.items():
            if column in ROW_COLUMNS or not cell:
                continue
            try:
                for fact in row_facts({**about, column: cell}):
                    yield Placed(fact, name, number, column, fact.attribute == column)
            except ValueError as error:
                wrong = str(error).removeprefix(f"column {column}: ")
                yield Finding(name, number, column, f"{row['subject']}: {wrong}")


if __name__ == "__main__":
    sys.exit(main())
