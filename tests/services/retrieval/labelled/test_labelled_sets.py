"""The labelled sets themselves: well-formed and apart from each other.

How well they are answered is measured elsewhere."""

import csv
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SETS = ["tune", "heldout"]


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def subjects(name: str) -> set[str]:
    """The subjects that expected results name outright, without those left open by a pattern."""
    found = set()
    for row in rows(name):
        ungrouped = re.sub(r"(?<!\\)\(.*?(?<!\\)\)", "", row["expected"])
        for alternative in re.split(r"(?<!\\)\|", ungrouped):
            subject = alternative.split(" / ")[0]
            if subject and not re.search(r"(?<!\\)[.*+?\[]", subject):
                found.add(re.sub(r"\\(.)", r"\1", subject))
    return found


@pytest.mark.parametrize("name", SETS)
def test_every_row_has_a_question_a_class_and_a_regular_expression(name: str) -> None:
    for row in rows(name):
        assert set(row) == {"question", "expected", "why"}, row
        assert row["question"].strip() == row["question"] != ""
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", row["why"]), row
        assert not row["expected"] or " / " in row["expected"], row
        re.compile(row["expected"])


@pytest.mark.parametrize("name", SETS)
def test_a_set_asks_answerable_and_unanswerable_questions(name: str) -> None:
    answerable = sum(1 for row in rows(name) if row["expected"])
    assert len(rows(name)) >= 300
    assert 0.6 <= answerable / len(rows(name)) <= 0.75


def test_no_question_is_asked_twice() -> None:
    questions = [row["question"].lower() for name in SETS for row in rows(name)]
    assert len(questions) == len(set(questions))


def test_the_sets_ask_for_different_subjects() -> None:
    assert len(subjects("tune")) > 100
    assert subjects("tune") & subjects("heldout") == set()
