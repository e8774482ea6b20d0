"""services.retrieval.facts.attributes: what a query asks for, and the table people extend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.retrieval.analysis.words import STOP_WORDS, tokens
from services.retrieval.facts.attributes import MAX_READINGS, AttributeTable
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.wording import (
    ATTRIBUTES_FILE,
    AttributesError,
    load_attributes,
    read_everyday,
)


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


def written(tmp_path: Path, attribute: str) -> AttributeTable:
    """The table with a single attribute, so written, and the default words."""
    default = ATTRIBUTES_FILE.read_text(encoding="utf-8")
    path = tmp_path / "attributes.toml"
    path.write_text(attribute + default[default.index("[kinds]") :], encoding="utf-8")
    return load_attributes(path)


def test_a_phrase_may_offer_words_to_choose_from(tmp_path: Path) -> None:
    table = written(tmp_path, "[[attribute]]\nname = 'Born'\nphrases = ['when|year * born']\n")
    assert {phrase.words for phrase in table.phrases} == {
        ("born",),
        ("when", "*", "born"),
        ("year", "*", "born"),
    }


def test_words_beside_a_phrase_are_accounted_for_but_do_not_ask(tmp_path: Path) -> None:
    table = written(tmp_path, "[[attribute]]\nname = 'Born'\nbeside = ['month']\n")
    (attribute,) = table.attributes
    assert "month" in attribute.words
    assert readings(table, "month of Nadal") == {(None, ("month", "nadal"))}


def test_a_phrase_that_must_be_said_says_which_words_the_value_needs(table: AttributeTable) -> None:
    said = {
        (reading.attribute.name, reading.said)
        for reading in table.readings(tokens("Who is the king of Spain?"))
        if reading.attribute and reading.said
    }
    assert ("Head of state", frozenset({"king"})) in said


def test_no_word_both_asks_for_an_attribute_and_means_nothing(table: AttributeTable) -> None:
    alone = {phrase.words[0] for phrase in table.phrases if len(phrase.words) == 1}
    assert alone & table.filler == set()
    assert alone & STOP_WORDS <= {"by", "where", "when"}


def test_an_attribute_stands_in_the_table_once(table: AttributeTable) -> None:
    names = [attribute.name for attribute in table.attributes]
    assert len(names) == len(set(names))


def test_the_words_of_conversation_are_words_and_hold_no_comment() -> None:
    words = read_everyday()
    assert {"nice", "bad", "wow"} <= words
    assert all(re.fullmatch(r"[a-z]+", word) for word in words)
