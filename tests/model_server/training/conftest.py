"""Made-up facts and phrases, and examples drawn from them."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable

import pytest

from model_server.training.ages import with_ages
from model_server.training.examples import Example
from model_server.training.generate import make_all, makers
from model_server.training.knowledge import Fact

COUNTRIES = [
    f"{first}{last}" for first in ("Nor", "Sud", "Est", "Ova", "Bel") for last in "abcdefghij"
]
PEOPLE = [f"Person {first}{last}" for first in "ABCDE" for last in "abcdefghij"]
TODAY = datetime.date(2026, 11, 22)


@pytest.fixture(scope="session")
def small_facts() -> list[Fact]:
    facts = []
    for index, name in enumerate(COUNTRIES):
        facts += [
            Fact(name, "Capital", f"{name} City", "country"),
            Fact(name, "Currency", f"{name} dollar", "country"),
            Fact(name, "Population", f"{index + 1},{index:03},000 (2023)", "country"),
            Fact(f"{name} City", "Country", name, "city"),
            Fact(f"{name} City", "Population", f"{index + 100},123", "city"),
            Fact(f"{name} Tower", "Completed", str(1900 + index), "landmark"),
            Fact(f"{name} Tower", "Architect", PEOPLE[index], "landmark"),
            Fact(f"The {name} Song", "Author", PEOPLE[index], "work"),
            Fact(f"The {name} Song", "Painter", PEOPLE[index], "work"),
            Fact(f"The {name} Song", "Director", PEOPLE[index], "work"),
            Fact(f"{name}ium", "Chemical symbol", name[:4], "element"),
            Fact(f"{name}ium", "Atomic number", str(index + 1), "element"),
            Fact(f"{name}ium", "Discoverer", PEOPLE[index], "element"),
            Fact(name, "Calling code", f"+{index + 30}", "country"),
        ]
    for index, name in enumerate(PEOPLE):
        facts += [
            Fact(name, "Birth year", str(1950 + index), "person"),
            Fact(name, "Birthplace", f"{COUNTRIES[index]} City", "person"),
        ]
    return with_ages(facts, TODAY)


WORDS = [f"{a} {b}" for a in ("red", "big", "old", "new") for b in ("cat", "dog", "sun", "tree")]
PHRASES = [
    (word, language, f"{article} {word}")
    for word in WORDS
    for language, article in (("French", "le"), ("German", "das"))
]


@pytest.fixture(scope="session")
def examples(small_facts: list[Fact]) -> Callable[..., list[Example]]:
    """So many examples, of the training or of the held-out kind."""

    def draw(count: int, *, unseen: bool = False) -> list[Example]:
        rng = random.Random(3)
        ways = makers(small_facts, PHRASES, rng, unseen_subjects=unseen, unseen_wordings=unseen)
        return make_all(ways, count, rng)

    return draw


@pytest.fixture(scope="session")
def made(examples: Callable[..., list[Example]]) -> list[Example]:
    return examples(2400)
