"""services.retrieval.facts.entities: subjects by their names, and the aliases file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.retrieval.facts.attributes import Naming
from services.retrieval.facts.entities import MAX_NAMED, Entities, Values, read_aliases
from services.retrieval.facts.fact import Fact, FactsError


def entities(*facts: Fact) -> Entities:
    return Entities(facts, {})


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("Rafael Nadal", {"nadal"}),
        ("Martin Luther King Jr.", {"king"}),
        ("Augustine of Hippo", {"augustine"}),
        ("Alexander the Great", {"alexander"}),
        ("Diana, Princess of Wales", {"diana"}),
        ("Constantine II", {"constantine", "ii"}),
        ("Madonna", {"madonna"}),
    ],
)
def test_a_person_goes_by_a_part_of_the_name(
    make_fact: Callable[..., Fact], name: str, head: set[str]
) -> None:
    found = entities(make_fact(name, "Birth year", "1", "person"))
    assert found.by_key[name, "person"].head == head


def test_what_stands_in_brackets_need_not_be_mentioned(make_fact: Callable[..., Fact]) -> None:
    found = entities(make_fact("Revolver (album)", "Year", "1966", "work"))
    (entity,) = found.named(["revolver"])
    assert entity.names == (frozenset({"revolver"}),)
    assert "album" in entity.mention


def test_namesakes_of_two_kinds_are_two_subjects(make_fact: Callable[..., Fact]) -> None:
    found = entities(
        make_fact("Georgia", "Capital", "Tbilisi", "country"),
        make_fact("Georgia", "Artist", "x", "work"),
    )
    assert {entity.kind for entity in found.named(["georgia"])} == {"country", "work"}


def test_values_are_found_by_all_their_words(make_fact: Callable[..., Fact]) -> None:
    values = Values(
        [make_fact("Emma", "Author", "Jane Austen"), make_fact("Jane Eyre", "Author", "Jane Doe")],
        {"Author"},
    )
    assert values.having("Author", {"jane", "austen"}) == [0]
    assert values.having("Author", {"jane"}) == [0, 1]
    assert values.having("Author", set()) == []
    assert values.having("Painter", {"jane"}) == []


def test_every_alias_leads_to_a_subject_of_the_default_facts(facts: list[Fact]) -> None:
    assert set(read_aliases()) <= {fact.subject for fact in facts}


def test_a_malformed_alias_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "aliases.tsv"
    path.write_text("alias\tsubject\nUK\n", encoding="utf-8")
    with pytest.raises(FactsError, match="line 2"):
        read_aliases(path)


def test_what_stands_after_a_town_is_where_it_is(make_fact: Callable[..., Fact]) -> None:
    naming = Naming(places=frozenset({"city"}))
    found = Entities([make_fact("Salem, Oregon", "Population", "1", "city")], {}, naming)
    assert found.by_key["Salem, Oregon", "city"].names == (frozenset({"salem"}),)
    assert found.by_key["Salem, Oregon", "city"].mention == {"salem", "oregon"}


def test_an_attribute_told_twice_keeps_the_first_fact(make_fact: Callable[..., Fact]) -> None:
    found = entities(make_fact("Peru", "Capital", "Lima"), make_fact("Peru", "Capital", "Cusco"))
    (entity,) = found.named(["peru"])
    assert found.values(entity) == {"Capital": "Lima"}


def test_a_text_full_of_names_has_bounded_candidates_and_the_rarest_names_among_them(
    make_fact: Callable[..., Fact],
) -> None:
    words = [f"name{number}" for number in range(10)]
    facts = [
        make_fact(f"{word} of{place}", "Birth year", "1900", "person")
        for word in words
        for place in range(MAX_NAMED // 4)
    ]
    found = entities(*facts, make_fact("Rare Bird", "Type", "bird", "animal"))
    named = found.named([*words, "rare"])
    assert len(named) <= MAX_NAMED
    assert "Rare Bird" in {entity.subject for entity in named}
