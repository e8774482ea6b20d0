"""services.retrieval.facts.lint and its command: what is found in a facts file, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.retrieval.build.lint import main
from services.retrieval.facts.fact import Fact, write_facts
from services.retrieval.facts.lint import Finding, Placed, lint
from services.retrieval.facts.lint_values import problem

ATTRIBUTES = frozenset(
    {"Birth date", "Birth year", "Death date", "Death year", "Capital", "Country", "Population"}
    | {"Area", "Land area", "Start year", "End year"}
)


def placed(*rows: tuple[str, str, str, str], valid_on: str = "2020") -> list[Placed]:
    """(subject, attribute, value, kind), a line each from line 2 on; populations are of 2020."""
    return [
        Placed(
            Fact(
                subject,
                attribute,
                value,
                kind,
                valid_on if attribute == "Population" else "",
                "test",
                0.5,
            ),
            "own.tsv",
            line,
            attribute,
        )
        for line, (subject, attribute, value, kind) in enumerate(rows, start=2)
    ]


def messages(facts: list[Placed]) -> list[str]:
    return [str(finding) for finding in lint(facts, ATTRIBUTES)]


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        (
            [("Peru", "Capital", "Lima", "country"), ("Peru", "Capital", "Lima", "country")],
            "own.tsv:3: Capital: Peru: stands twice, first in own.tsv:2",
        ),
        (
            [("Peru", "Capital", "Lima", "country"), ("Peru", "Capital", "Cusco", "country")],
            "own.tsv:3: Capital: Peru: 'Cusco' contradicts 'Lima' in own.tsv:2",
        ),
        (
            [
                ("A B", "Birth date", "3 June 1986", "person"),
                ("A B", "Birth year", "1987", "person"),
            ],
            "own.tsv:2: Birth date: A B: 3 June 1986 is not in the year 1987 of own.tsv:3",
        ),
        (
            [
                ("A B", "Birth date", "3 June 1986", "person"),
                ("A B", "Death date", "2 June 1986", "person"),
            ],
            "own.tsv:3: Death date: A B: death comes before birth",
        ),
        (
            [("A B", "Birth year", "1500", "person"), ("A B", "Death year", "1700", "person")],
            "own.tsv:3: Death year: A B: a life of 200 years",
        ),
        (
            [("War", "Start year", "1500", "event"), ("War", "End year", "1400", "event")],
            "own.tsv:3: End year: War: end comes before start",
        ),
        (
            [
                ("Elizabeth II", "Birth date", "21 April 1926", "person"),
                ("Elizabeth II of the UK", "Birth date", "21 April 1926", "person"),
            ],
            "own.tsv:3: Birth date: Elizabeth II of the UK is Elizabeth II, spelled another way?",
        ),
        (
            [
                ("V. S. Naipaul", "Birth year", "1932", "person"),
                ("V.S. Naipaul", "Birth year", "1932", "person"),
            ],
            "own.tsv:3: Birth year: V.S. Naipaul is V. S. Naipaul, spelled another way?",
        ),
        (
            [("Peru", "Area", "5 km²", "country"), ("Peru", "Land area", "9 km²", "country")],
            "own.tsv:3: Land area: Peru: the land area is more than the area",
        ),
        (
            [("Peru", "Color", "red", "country")],
            "own.tsv:2: Color: attribute 'Color' is not in attributes.toml",
        ),
    ],
)
def test_each_kind_of_fault_is_found_and_placed(
    rows: list[tuple[str, str, str, str]], finding: str
) -> None:
    assert messages(placed(*rows)) == [finding]


def peruvian_cities(capital_in: str, people: str) -> list[tuple[str, str, str, str]]:
    cities = [(f"Town {i}", "Country", "Peru", "city") for i in range(5)]
    return [
        ("Peru", "Capital", "Lima", "country"),
        ("Peru", "Population", "1,000 (2020)", "country"),
        ("Lima", "Country", capital_in, "city"),
        ("Lima", "Population", f"{people} (2020)", "city"),
        *cities,
    ]


def test_a_capital_is_a_city_of_its_country() -> None:
    assert messages(placed(*peruvian_cities("Peru", "900"))) == []
    assert messages(placed(*peruvian_cities("Chile", "900"))) == [
        "own.tsv:2: Capital: Peru: the capital Lima is a city of Chile"
    ]


def test_a_capital_has_no_more_people_than_its_country() -> None:
    assert messages(placed(*peruvian_cities("Peru", "5,000"))) == [
        "own.tsv:2: Capital: Peru: has fewer people than its capital Lima"
    ]


def test_namesakes_of_different_birth_are_left_alone() -> None:
    facts = placed(
        ("John Adams", "Birth date", "30 October 1735", "person"),
        ("John Quincy Adams", "Birth date", "11 July 1767", "person"),
    )
    assert messages(facts) == []


def test_two_towns_may_differ_by_an_accent_alone() -> None:
    facts = placed(("Oyama", "Country", "Japan", "city"), ("Ōyama", "Country", "Japan", "city"))
    assert messages(facts) == []


@pytest.mark.parametrize(
    ("attribute", "value", "unit", "valid_on"),
    [
        ("Birth date", "3 Juno 1986", "", ""),
        ("Birth date", "1986", "", ""),
        ("Birth year", "3 June 1986", "", ""),
        ("Completed", "about 1889", "", ""),
        ("Area", "1285216 km²", "km²", ""),
        ("Area", "1,285,216", "km²", ""),
        ("Height", "330 ft", "m", ""),
        ("Population", "32768614 (2025)", "people", "2025"),
        ("Population", "32,768,614", "people", ""),
        ("Population", "32,768,614 (2024)", "people", "2025"),
        ("GDP", "$289.222 billion", "US$", ""),
        ("Country code", "Pe", "", ""),
        ("CAS number", "7440-57-6", "", ""),
        ("Atomic number", "119", "", ""),
        ("Coordinates", "12°63' S, 77°02' W", "", ""),
        ("Time zone", "GMT-5", "", ""),
        ("Driving side", "both", "", ""),
        ("Capital", " Lima", "", ""),
        ("Capital", "Li\u200bma", "", ""),
    ],
)
def test_a_malformed_value_is_told(attribute: str, value: str, unit: str, valid_on: str) -> None:
    assert problem(Fact("X", attribute, value, "thing", valid_on, "test", 0.5, unit)) is not None


@pytest.mark.parametrize(
    ("attribute", "value", "unit", "valid_on"),
    [
        ("Birth date", "15 March 44 BC", "", ""),
        ("Birth year", "427 BC", "", ""),
        ("Completed", "1889", "", ""),
        ("Founded", "1 April 1976", "", ""),
        ("Area", "1,285,216 km²", "km²", ""),
        ("Area", "0.44 km²", "km²", ""),
        ("Population", "7,737,002 (GeoNames 2026)", "people", "2026"),
        ("GDP per capita", "$15,700 (PPP, 2024)", "US$", "2024"),
        ("Boiling point", "-195.79 °C", "°C", ""),
        ("Boiling point", "613.85 °C (sublimes)", "°C", ""),
        ("CAS number", "7440-57-5", "", ""),
        ("Coordinates", "12°03' S, 77°02' W", "", ""),
        ("Time zone", "UTC-7, UTC-6 in summer (America/Denver)", "", ""),
        ("Calling code", "+1-787, +1-939", "", ""),
    ],
)
def test_a_well_formed_value_passes(attribute: str, value: str, unit: str, valid_on: str) -> None:
    assert problem(Fact("X", attribute, value, "thing", valid_on, "test", 0.5, unit)) is None


def test_findings_are_sorted_by_place() -> None:
    found = lint(placed(*[("Peru", "Capital", "Lima", "country")] * 3), ATTRIBUTES)
    assert [finding.line for finding in found] == [3, 4]
    assert found == sorted(found)
    assert all(isinstance(finding, Finding) for finding in found)


def test_the_command_names_every_bad_cell_of_a_table_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(
        "subject\tkind\tsource\tBirth date\tDeath date\n"
        "A\tperson\tmine\t1986-13-03\t1986-02-30\n"
        "B\tperson\t\t1986-01-03\t\n",
        encoding="utf-8",
    )
    assert main([str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.removeprefix(f"{path}:") for line in lines] == [
        "2: Birth date: A: no such day: '1986-13-03'",
        "2: Death date: A: no such day: '1986-02-30'",
        "3: source: B: the source is missing",
    ]


def test_the_command_is_silent_on_a_clean_table_and_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("subject\tsource\tBirth date\nA\tmine\t1986-01-03\n", encoding="utf-8")
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == ""


def test_the_command_reads_built_facts_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "facts.tsv"
    write_facts(path, [Fact("Peru", "Country code", "pe", "country", "", "test", 0.5)])
    assert main([str(path)]) == 1
    assert f"{path}:2: value: Peru: the value is malformed: 'pe'" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none.tsv")]) == 1
    assert "none.tsv" in capsys.readouterr().err
    (tmp_path / "bytes.tsv").write_bytes(b"subject\tYear\n\xff\t1986\n")
    assert main([str(tmp_path / "bytes.tsv")]) == 1


def test_the_default_facts_are_clean(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROUNDLING_RETRIEVAL_DATA_DIR", str(data_dir))
    assert main([]) == 0, capsys.readouterr().out[:2_000]
