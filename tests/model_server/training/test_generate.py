"""The training examples keep the rules they are meant to teach."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.training.drafting import Draw, fill
from model_server.training.examples import Example, tokens_and_targets
from model_server.training.generate_tools import evaluate, misremembered
from model_server.training.knowledge import Fact, is_split, is_unseen, read_wordings
from services.calculator.calculate import calculate


def test_every_way_of_making_an_example_is_used(made: list[Example]) -> None:
    kinds = {example.kind.split("/")[0] for example in made}
    assert kinds == {
        "fact", "followup", "reverse", "chain", "unanswerable", "arithmetic", "measure",
        "translation", "talk", "answer-followup", "subject-followup", "tool-followup", "role",
        "role-other", "after-another",
    }  # fmt: skip


def test_nothing_is_left_unfilled(made: list[Example]) -> None:
    for example in made:
        if example.kind.startswith("talk"):  # nothing is filled in there
            continue
        turns = [turn.content for turn in example.context]
        texts = [*turns, example.base, example.response, *(step.query for step in example.steps)]
        assert not [text for text in texts if "{" in text or "}" in text], example


def test_a_response_after_empty_snippets_names_no_value_of_the_draft(made: list[Example]) -> None:
    empty = [one for one in made if one.kind.startswith("fact/") and not one.steps[-1].snippets]
    assert len(empty) > 20
    for example in empty:
        assert example.response != example.base
        claimed = {word.strip(".,") for word in example.base.split() if word[0].isdigit()}
        told = {word.strip(".,") for word in example.response.split() if word[0].isdigit()}
        assert not claimed & told, example


def test_a_grounded_response_states_what_a_snippet_says(made: list[Example]) -> None:
    answered = [
        one
        for one in made
        if one.kind in ("fact/Capital", "fact/Completed", "fact/Author") and one.steps[-1].snippets
    ]
    assert len(answered) > 50
    for example in answered:
        subject_line = [s for s in example.steps[-1].snippets if " / " in s]
        values = [line.rsplit(" / ", 1)[1] for line in subject_line]
        spoken = [s for s in example.steps[-1].snippets if " / " not in s]
        assert spoken or any(value in example.response for value in values), example


def test_small_talk_goes_to_the_user_as_drafted(made: list[Example]) -> None:
    talk = [one for one in made if one.kind.startswith("talk")]
    assert all(one.steps == [] and one.response == one.base for one in talk)


def test_only_drafts_that_stand_are_learned_as_drafts(made: list[Example]) -> None:
    for example in made:
        if example.base_is_target and example.response != example.base:
            assert not example.steps[-1].snippets  # right, but nothing was found to support it


def test_held_out_examples_share_no_subject_with_training(
    examples: Callable[..., list[Example]], small_facts: list[Fact]
) -> None:
    for example in examples(300, unseen=True):
        if example.kind.startswith("fact/"):
            shown = example.steps[0].query.split("'s ")[0].casefold()
            names = [
                name for name in {fact.subject for fact in small_facts} if name.casefold() == shown
            ]
            assert all(is_unseen(name) for name in names), example


def test_most_attributes_have_wordings_that_training_never_sees() -> None:
    tables = [
        table["questions"]
        for table in read_wordings("wordings.toml").values()
        if isinstance(table, dict) and "questions" in table
    ]
    assert sum(is_split(questions) for questions in tables) > 0.8 * len(tables)


def test_targets_are_what_the_model_writes_and_nothing_else(
    tokenizer: BPETokenizer, made: list[Example]
) -> None:
    [example] = [one for one in made if one.kind == "fact/Capital" and one.base_is_target][:1]
    ids, is_target = tokens_and_targets(tokenizer, example)
    learned = tokenizer.decode(
        [token for token, wanted in zip(ids, is_target, strict=True) if wanted]
    )
    outputs = "".join(f"TS, {step.query}" for step in example.steps)
    assert learned == f"{example.base}{outputs}User, {example.response}"


def test_filling_in_never_reads_a_value_as_a_template() -> None:
    assert fill("{s} is {v}", s="{v}", v="{s}") == "{v} is {s}"


@pytest.mark.parametrize(
    ("expression", "value"),
    [("2+3*4", 14), ("(2+3)*4", 20), ("2^3^2", 512), ("10-4-3", 3), ("48/2/4", 6), ("-3+5", 2)],
)
def test_the_generators_arithmetic_follows_precedence(expression: str, value: int) -> None:
    assert evaluate(expression) == value


def test_snippets_of_sums_and_measures_are_what_the_calculator_answers(made: list[Example]) -> None:
    asked = [one for one in made if one.kind.split("/")[0] in ("arithmetic", "measure")]
    answered = [one for one in asked if one.kind != "arithmetic/none"]
    assert len(answered) > 200
    wrong = {
        one.steps[0].query: (one.steps[0].snippets, found)
        for one in answered
        if (found := calculate(one.steps[0].query, max_bits=13_000)) != one.steps[0].snippets
    }
    assert wrong == {}


def test_division_by_zero_has_no_value() -> None:
    assert evaluate("1/(2-2)") is None


def test_misremembering_changes_the_number() -> None:
    draw = Draw(random.Random(1), False, {})
    for value in ("7856", "0.5", "12", "-3", "1000000"):
        wrong = misremembered(draw, value)
        assert wrong != value
        float(wrong)
