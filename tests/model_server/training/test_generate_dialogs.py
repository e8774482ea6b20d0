"""Dialogs of several turns ask about what they mean, and a role answers for itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from model_server.training.examples import Example
from model_server.training.knowledge import is_unseen
from services.calculator.calculate import calculate

FIRST_PERSON = re.compile(r"\b(I|I'm|[Mm]y|[Mm]e|here)\b|^First climbed")


def of(made: list[Example], kind: str) -> list[Example]:
    return [example for example in made if example.kind.startswith(kind)]


def asked_about(example: Example) -> str:
    return example.steps[0].query.split("'s ")[0].casefold()


def test_a_follow_up_about_the_answer_asks_for_what_the_first_answer_named(
    made: list[Example],
) -> None:
    followups = of(made, "answer-followup/")
    assert len(followups) > 100
    for example in followups:
        first, last = example.context[1].content, example.context[-1].content
        assert asked_about(example) in first.casefold(), example
        assert asked_about(example) not in last.casefold(), example


def test_a_follow_up_about_the_subject_asks_for_what_the_first_question_named(
    made: list[Example],
) -> None:
    followups = of(made, "subject-followup/")
    assert len(followups) > 50
    for example in followups:
        first, last = example.context[0].content, example.context[-1].content
        assert asked_about(example) in first.casefold(), example
        assert asked_about(example) not in last.casefold(), example


def test_both_sorts_of_follow_up_come_after_other_turns_too(made: list[Example]) -> None:
    for kind in ("answer-followup/", "subject-followup/"):
        lengths = {len(example.context) for example in of(made, kind)}
        assert lengths >= {3, 5}


def test_a_role_is_asked_about_by_name_and_answers_in_the_first_person(
    made: list[Example],
) -> None:
    roles = of(made, "role/")
    assert len(roles) > 100
    for example in roles:
        greeting = next(turn for turn in example.context if turn.role == "assistant").content
        assert asked_about(example) in greeting.casefold(), example
        assert asked_about(example) not in example.context[-1].content.casefold(), example
        assert FIRST_PERSON.search(example.response), example


def test_a_role_asked_who_it_is_looks_nothing_up(made: list[Example]) -> None:
    asked = of(made, "role-other/who")
    assert asked
    assert all(one.steps == [] and one.response == one.base for one in asked)


def test_a_question_to_a_role_about_what_its_answer_named_is_about_that(
    made: list[Example],
) -> None:
    linked = of(made, "role-other/linked")
    assert linked
    for example in linked:
        answer = example.context[-2].content
        assert asked_about(example) in answer.casefold(), example


def test_a_sum_goes_on_from_the_number_in_the_answer(made: list[Example]) -> None:
    sums = of(made, "tool-followup/sum")
    assert len(sums) > 20
    for example in sums:
        [step] = example.steps
        numbers = set(re.findall(r"[\d.]*\d", example.context[-2].content))
        assert numbers & set(re.findall(r"[\d.]*\d", step.query)), example
        assert calculate(step.query, max_bits=13_000) == step.snippets, example


def test_a_translation_goes_on_with_one_thing_changed(made: list[Example]) -> None:
    translations = of(made, "tool-followup/translation")
    assert len(translations) > 20
    for example in translations:
        phrase, _, language = example.steps[0].query.partition(" in ")
        first, last = example.context[0].content, example.context[-1].content
        assert (phrase in first) != (phrase in last), example
        assert (language in first) != (language in last), example


def test_held_out_roles_are_not_those_of_training(
    examples: Callable[..., list[Example]],
) -> None:
    held_out = of(examples(600, unseen=True), "role/")
    assert held_out
    for example in held_out:
        query = example.steps[0].query
        subject = query[: query.index("'s ")]
        assert is_unseen(subject[:1].upper() + subject[1:]), example
