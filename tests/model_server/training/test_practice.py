"""Examples of what earlier runs got wrong in use."""

from __future__ import annotations

import random
import re

import pytest

from model_server.training.examples import Example
from model_server.training.generate import make_all, makers
from model_server.training.knowledge import Fact

PHRASES = [
    (f"{first} {last}", language, f"{article} {last} {first}")
    for first in ("red", "big", "old", "new")
    for last in ("cat", "dog", "sun", "tree")
    for language, article in (("French", "le"), ("German", "das"))
]
DAY = re.compile(r"\b\d{1,2} May \d{4}")


@pytest.fixture(scope="module")
def practised(small_facts: list[Fact]) -> list[Example]:
    people = sorted({fact.subject for fact in small_facts if fact.kind == "person"})
    days = [
        Fact(name, "Birth date", f"{index % 28 + 1} May {1950 + index}", "person")
        for index, name in enumerate(people[:40])
    ]
    rng = random.Random(6)
    ways = makers([*small_facts, *days], PHRASES, rng,
                  unseen_subjects=False, unseen_wordings=False, practice=0.9)  # fmt: skip
    return make_all(ways, 1500, rng)


def test_a_day_is_on_and_a_year_is_in_whatever_the_draft_said(practised: list[Example]) -> None:
    dated = [example for example in practised if example.kind.endswith("/date")]
    assert {"in" in example.base.split() for example in dated} == {True, False}
    for example in dated:
        told = "on" if DAY.search(example.response) else "in"
        assert re.search(rf" {told} [\d ]*(May )?\d{{4}}\.$", example.response), example


def test_the_day_is_taken_where_it_was_asked_for_and_is_known(practised: list[Example]) -> None:
    asked = [
        example
        for example in practised
        if example.kind.endswith("/date") and example.steps[0].query.endswith("birth date")
    ]
    known = [bool(DAY.search(" ".join(example.steps[0].snippets))) for example in asked]
    assert set(known) == {True, False}
    for example, day in zip(asked, known, strict=True):
        assert bool(DAY.search(example.response)) == day, example


def test_a_draft_that_lost_the_phrase_gets_it_back(practised: list[Example]) -> None:
    lost = 0
    for example in practised:
        phrase, into, language = (example.steps[0].query if example.steps else "").partition(" in ")
        if into and language in {"French", "German"} and example.base.count('"') == 4:
            lost += f'"{phrase}"' not in example.base
            assert f'"{phrase}"' in example.response, example
    assert lost > 10


def test_a_phrasebook_asks_for_the_meaning_of_a_word_in_english(practised: list[Example]) -> None:
    meanings = [
        example
        for example in practised
        if example.kind == "role-other/phrasebook" and example.steps[0].query.endswith("in English")
    ]
    assert len(meanings) > 20
    for example in meanings:
        word = example.steps[0].query.removesuffix(" in English")
        assert word in example.context[-1].content, example


def test_the_share_of_practice_is_what_was_asked_for(small_facts: list[Fact]) -> None:
    rng = random.Random(1)
    ways = makers(small_facts, PHRASES, rng,
                  unseen_subjects=False, unseen_wordings=False, practice=0.5)  # fmt: skip
    usual = makers(small_facts, PHRASES, rng, unseen_subjects=False, unseen_wordings=False)
    total, without = sum(share for share, _ in ways), sum(share for share, _ in usual)
    assert (total - without) / total == pytest.approx(0.5, abs=0.01)
