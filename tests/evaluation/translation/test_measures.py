"""evaluation.translation.measures."""

from __future__ import annotations

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from evaluation.translation.measures import judge_phrases, judge_sentences, signatures
from evaluation.translation.sets import Item

CAT = Item("x", ["Die Katze schläft auf dem Sofa."])
TRAIN = Item("y", ["Der Zug fährt um acht Uhr ab.", "Der Zug geht um acht."])


def test_the_best_reference_counts() -> None:
    found = judge_sentences([CAT, TRAIN], [list(CAT.references), ["Der Zug geht um acht."]])
    assert found.chrf == pytest.approx(100)
    assert found.bleu == pytest.approx(100)


def test_scores_are_sacrebleus() -> None:
    said = ["Die Katze schläft im Sofa.", "Ein Zug geht um acht Uhr ab."]
    both = [[CAT.references[0], TRAIN.references[0]], [CAT.references[0], TRAIN.references[1]]]
    found = judge_sentences([CAT, TRAIN], [[text] for text in said])
    assert found.chrf == CHRF().corpus_score(said, both).score
    assert found.bleu == BLEU().corpus_score(said, both).score


def test_a_decline_lowers_the_figure_of_all_and_not_of_those_answered() -> None:
    found = judge_sentences([CAT, TRAIN], [list(CAT.references), []])
    assert (found.asked, found.answered) == (2, 1)
    assert found.chrf_answered == pytest.approx(100)
    assert found.chrf < 75


def test_nothing_asked_or_answered_is_zero() -> None:
    assert judge_sentences([], []).chrf == 0
    assert judge_sentences([CAT], [[]]).chrf_answered == 0
    assert judge_phrases([], [], "de").exact == 0


def test_phrases_count_by_the_first_result_and_by_the_first_five() -> None:
    wall = Item("wall", ["Wand", "Mauer"])
    answers = [["mauer"], ["Zarge", "Wand"], ["a", "b", "c", "d", "e", "Wand"], []]
    found = judge_phrases([wall] * 4, answers, "de")
    assert (found.asked, found.answered, found.first, found.listed) == (4, 3, 1, 2)
    assert (found.exact, found.exact_answered) == (1 / 4, 1 / 3)


def test_an_infinitive_is_right_with_and_without_to_in_english_only() -> None:
    assert judge_phrases([Item("bauen", ["to build"])], [["Build"]], "en").first == 1
    assert judge_phrases([Item("x", ["to see"])], [["see"]], "nl").first == 0


def test_signatures_say_that_there_are_several_references() -> None:
    assert signatures().count("nrefs:var") == 2
