"""The default facts, built once for all retrieval tests, and small corpora of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from services.retrieval.build import build_facts
from services.retrieval.facts.fact import FACTS_FILE, Fact, read_facts
from services.retrieval.facts.search import Options, Search

TODAY = date(2026, 11, 22)

MakeSearch = Callable[..., Search]


def fact(
    subject: str, attribute: str, value: str, kind: str = "thing", prominence: float = 0.5
) -> Fact:
    return Fact(subject, attribute, value, kind, "", "test", prominence)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("retrieval")
    build_facts(folder)
    return folder


@pytest.fixture(scope="session")
def facts(data_dir: Path) -> list[Fact]:
    return read_facts(data_dir / FACTS_FILE)


@pytest.fixture(scope="session")
def search(facts: list[Fact]) -> Search:
    """The default facts, asked on 22 November 2026."""
    return Search(facts, today=lambda: TODAY)


@pytest.fixture
def make_fact() -> Callable[..., Fact]:
    return fact


@pytest.fixture
def make_search() -> MakeSearch:
    """`make_search((subject, attribute, value[, kind[, prominence]]), ...)`: a small search."""

    def make(
        *rows: tuple[object, ...],
        aliases: dict[str, list[str]] | None = None,
        options: Options | None = None,
        today: date = TODAY,
    ) -> Search:
        return Search(
            [fact(*row) for row in rows],  # type: ignore[arg-type]
            aliases=aliases or {},
            options=options,
            today=lambda: today,
        )

    return make
