"""services.retrieval.facts.fact: reading and writing the file of facts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.retrieval.facts.fact import COLUMNS, Fact, FactsError, read_facts, write_facts

HEADER = "\t".join(COLUMNS) + "\n"


def test_what_is_written_is_read_back(tmp_path: Path, make_fact: Callable[..., Fact]) -> None:
    path = tmp_path / "facts.tsv"
    facts = [make_fact("Peru", "Capital", "Lima"), make_fact("8½", "Director", "Federico Fellini")]
    assert write_facts(path, facts) == 2
    assert read_facts(path) == facts


def test_the_unit_is_kept_beside_the_value(tmp_path: Path) -> None:
    path = tmp_path / "facts.tsv"
    area = Fact("Peru", "Area", "1,285,216 km²", "country", "", "test", 0.5, "km²")
    write_facts(path, [area])
    assert read_facts(path)[0].unit == "km²"
    assert read_facts(path)[0].text == "Peru / Area / 1,285,216 km²"


def test_a_fact_reads_as_a_triple(make_fact: Callable[..., Fact]) -> None:
    assert make_fact("Peru", "Capital", "Lima").text == "Peru / Capital / Lima"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("Peru\tCapital\tLima\n", "line 2: 3 columns, expected 8"),
        ("\tCapital\tLima\t\tcountry\t\tx\t0.5\n", "line 2: column subject is empty"),
        ("Peru\tCapital\t \t\tcountry\t\tx\t0.5\n", "line 2: column value is empty"),
        ("Peru\tCapital\tLima\t\tcountry\t\t\t0.5\n", "line 2: column source is empty"),
        ("Peru\tCapital\tLima\t\tcountry\t\tx\thigh\n", "prominence is not a number: 'high'"),
        ("Peru\tCapital\tLima\t\tcountry\t\tx\t1.5\n", "prominence is not in"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "facts.tsv"
    path.write_text(HEADER + line, encoding="utf-8")
    with pytest.raises(FactsError, match=complaint):
        read_facts(path)


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "facts.tsv"
    path.write_text("subject\tvalue\n", encoding="utf-8")
    with pytest.raises(FactsError, match="line 1: expected the columns"):
        read_facts(path)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, make_fact: Callable[..., Fact]
) -> None:
    path = tmp_path / "facts.tsv"
    write_facts(path, [make_fact("Peru", "Capital", "Lima")])
    before = path.read_bytes()
    with pytest.raises(FactsError, match="column value holds a tab"):
        write_facts(path, [make_fact("a", "b", "c"), make_fact("Peru", "Capital", "Li\tma")])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
