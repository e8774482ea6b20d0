"""services.retrieval.facts.attributes: what a query asks for, and the table people extend."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.retrieval.analysis.words import tokens
from services.retrieval.facts.attributes import MAX_READINGS, AttributeTable
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.wording import AttributesError, load_attributes


@pytest.fixture(scope="module")
def table() -> AttributeTable:
    return load_attributes()


def readings(table: AttributeTable, query: str) -> set[tuple[str | None, tuple[str, ...]]]:
    return {
        (reading.attribute.name if reading.attribute else None, reading.terms)
        for reading in table.readings(tokens(query))
    }


@pytest.mark.parametrize(
    ("query", "attribute", "subject"),
    [
        ("How old is Rafael Nadal?", "Age", ("rafael", "nadal")),
        ("When was Rafael Nadal born?", "Birth date", ("rafael", "nadal")),
        ("Where was Rafael Nadal born?", "Birthplace", ("rafael", "nadal")),
        ("Rafael Nadal / Birth year", "Birth year", ("rafael", "nadal")),
        ("when was the Eiffel Tower completed", "Completed", ("eiffel", "tower")),
        ("who wrote Emma", "Author", ("emma",)),
        ("gold's symbol", "Chemical symbol", ("gold",)),
    ],
)
def test_a_phrase_is_read_as_its_attribute(
    table: AttributeTable, query: str, attribute: str, subject: tuple[str, ...]
) -> None:
    assert (attribute, subject) in readings(table, query)


def test_a_title_that_holds_an_attribute_word_is_read_both_ways(table: AttributeTable) -> None:
    found = readings(table, "The Age of Innocence's author")
    assert ("Author", ("age", "innocence")) in found
    assert ("Age", ("innocence", "author")) in found


def test_without_an_attribute_the_whole_query_names_the_subject(table: AttributeTable) -> None:
    assert readings(table, "Eiffel Tower") == {(None, ("eiffel", "tower"))}


def test_the_number_of_readings_is_bounded(table: AttributeTable) -> None:
    words = [word for phrase in table.phrases for word in phrase.words]
    assert len(list(table.readings(words[:400]))) <= MAX_READINGS + 1


def test_every_attribute_of_the_facts_can_be_asked_for(
    table: AttributeTable, facts: list[Fact]
) -> None:
    names = {attribute.name for attribute in table.attributes}
    assert {fact.attribute for fact in facts} <= names


def test_every_kind_of_the_facts_has_its_words(table: AttributeTable, facts: list[Fact]) -> None:
    assert {fact.kind for fact in facts} <= set(table.kinds)


def test_companions_and_stand_ins_are_attributes_too(table: AttributeTable) -> None:
    names = {attribute.name for attribute in table.attributes}
    for attribute in table.attributes:
        assert names.issuperset((*attribute.answers, *attribute.also)), attribute.name


@pytest.mark.parametrize(
    "text",
    [
        "[[attribute]]\nname = 'Age'\nphrases = 'how old'\n",
        "[[attribute]]\nname = 'Age'\nphrases = ['age']\nx = 1",
    ],
)
def test_a_malformed_table_names_the_attribute(tmp_path: Path, text: str) -> None:
    path = tmp_path / "attributes.toml"
    path.write_text(text)
    with pytest.raises(AttributesError, match="'Age'"):
        load_attributes(path)
