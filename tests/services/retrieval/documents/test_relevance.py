"""What is kept of what ranks, on a small collection and its questions (relevance.toml).

`document_share`, and the words of talk in search.py, were chosen by this set: it guards against
losing what was reached, and says nothing about other collections.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.retrieval.analysis.analyzer import Analyzer
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import Document, Section
from services.retrieval.documents.search import coverage, query_terms, weights
from services.retrieval.settings import Settings

LABELLED: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("relevance.toml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    folder = tmp_path_factory.mktemp("relevance")
    with closing(EmbeddedBackend(folder, Settings(data_dir=folder))) as opened:
        opened.open()
        opened.put(
            "default",
            [
                Document(name, fields["title"], None, (Section("", fields["text"]),))
                for name, fields in LABELLED["documents"].items()
            ],
        )
        yield opened


def test_how_long_is_no_word_that_the_answer_must_have(tmp_path: Path) -> None:
    with closing(EmbeddedBackend(tmp_path, Settings(data_dir=tmp_path))) as backend:
        backend.open()
        texts = {"cats": "Cats sleep sixteen hours a day.", "dogs": "Dogs bark at night."}
        backend.put("pets", [Document(k, k, None, (Section("", v),)) for k, v in texts.items()])
        assert first(backend, "How long do cats sleep?") == "cats"
        assert first(backend, "Do long cats sneeze?") is None


def first(backend: EmbeddedBackend, question: str) -> str | None:
    hits = backend.search(question, None, 1)
    return hits[0].document_id if hits else None


def test_of_forty_answerable_questions_at_most_one_misses_its_document(
    backend: EmbeddedBackend,
) -> None:
    answers: dict[str, str] = LABELLED["answers"]
    missed = [one for one, document in answers.items() if first(backend, one) != document]
    assert len(answers) == 40
    assert len(missed) <= 1, missed


@pytest.mark.parametrize(
    "text", LABELLED["nothing"]["small_talk"] + LABELLED["nothing"]["more_small_talk"]
)
def test_small_talk_finds_nothing(backend: EmbeddedBackend, text: str) -> None:
    assert first(backend, text) is None


def test_of_forty_questions_about_something_else_at_most_one_finds_anything(
    backend: EmbeddedBackend,
) -> None:
    strangers: list[str] = LABELLED["nothing"]["strangers"]
    found = [one for one in strangers if first(backend, one) is not None]
    assert len(strangers) == 40
    assert len(found) <= 1, found


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("Could you please tell me about puffins?", ["puffin"]),
        ("What do you know about puffins?", ["puffin"]),
        ("Do you have puffins?", ["puffin"]),
        ("puffins", ["puffin"]),
        ("Are you a robot?", []),
        ("I\N{RIGHT SINGLE QUOTATION MARK}m bored", []),
        ("Thank you!", []),
        ("my salary payment", ["salari", "payment"]),
    ],
)
def test_words_of_asking_are_left_out_and_talk_of_i_and_you_is_none(
    query: str, terms: list[str]
) -> None:
    assert query_terms(query, Analyzer("english")) == terms


def test_words_of_talk_are_ordinary_words_in_other_languages() -> None:
    assert query_terms("hello you", Analyzer("none")) == ["hello", "you"]


def test_a_term_that_no_passage_has_weighs_the_most() -> None:
    weighted = weights(["known", "common", "unknown"], [5.0, 0.1, 0.0], 1000)
    assert weighted["unknown"] > weighted["known"] > weighted["common"] > 0
    assert coverage(weighted, ["known", "common"]) < 0.55
    assert coverage(weighted, ["known", "common", "unknown"]) == 1.0


def test_in_a_large_collection_a_word_that_is_everywhere_tells_nothing() -> None:
    assert weights(["name"], [0.5], 1_000_000) == {}
    assert weights(["name"], [0.5], 50) != {}
    assert coverage({}, ["name"]) == 0.0
