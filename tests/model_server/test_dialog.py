from __future__ import annotations

import pytest

from model_server.dialog import DialogModel, rank
from model_server.engine.decode import CancelledError, ContextOverflowError
from model_server.prompts import RECIPIENTS
from services.contract import BaseRequest, ResearchRequest, Sampling, Scores, Step, Turn

CONTEXT = [Turn(role="user", content="hello")]


def never() -> bool:
    return False


def research(dialog: DialogModel, **fields: object) -> tuple[str, str]:
    request = ResearchRequest.model_validate({"context": CONTEXT, "base": "hi", **fields})
    answer = dialog.research(request, never)
    return answer.recipient, answer.text


def test_one_draft_is_not_scored(dialog: DialogModel) -> None:
    answer = dialog.base(BaseRequest(context=CONTEXT), never)
    assert [one.text for one in answer.candidates] == [answer.response]
    assert answer.candidates[0].scores is None
    assert answer.usage.prompt_tokens > 0


def test_candidates_are_ranked_by_their_scores(dialog: DialogModel) -> None:
    request = BaseRequest(context=CONTEXT, n=5, sampling=Sampling(temperature=1.5, seed=4))
    answer = dialog.base(request, never)
    ranks = [rank(one.scores) for one in answer.candidates if one.scores]
    assert len(ranks) == 5
    assert ranks == sorted(ranks, reverse=True)
    assert answer.response == answer.candidates[0].text


def test_candidates_below_the_safety_threshold_are_dropped(dialog: DialogModel) -> None:
    request = BaseRequest(context=CONTEXT, n=5, sampling=Sampling(temperature=1.5, seed=4))
    everyone = dialog.base(request, never).candidates
    safest = max(one.scores.safe for one in everyone if one.scores)
    strict = DialogModel(dialog.checkpoint, "tiny", 8, 8, safety_threshold=safest)
    kept = strict.base(request, never).candidates
    assert kept == [one for one in everyone if one.scores and one.scores.safe >= safest]
    assert len(kept) < 5


def test_when_no_candidate_is_safe_enough_all_are_shown_with_their_scores(
    dialog: DialogModel,
) -> None:
    impossible = DialogModel(dialog.checkpoint, "tiny", 8, 8, safety_threshold=1.0)
    request = BaseRequest(context=CONTEXT, n=3, sampling=Sampling(temperature=1.5, seed=4))
    assert len(impossible.base(request, never).candidates) == 3


def test_the_rank_weighs_sensibleness_three_times() -> None:
    scores = Scores(sensible=0.5, specific=0.25, interesting=0.125, safe=0.9)
    assert rank(scores) == 3 * 0.5 + 0.25 + 0.125


def test_even_an_untrained_model_addresses_the_toolset_or_the_user(dialog: DialogModel) -> None:
    steps = [Step(query="hello", snippets=["User, hi", "TS, hi"])]
    assert research(dialog)[0] in RECIPIENTS
    assert research(dialog, steps=steps)[0] in RECIPIENTS


def test_a_forced_recipient_is_the_user(dialog: DialogModel) -> None:
    for base in ("a", "b", "c", "d"):
        assert research(dialog, base=base, force_user=True)[0] == "User"


def test_the_recipient_and_its_comma_are_not_part_of_the_text(dialog: DialogModel) -> None:
    recipient, text = research(dialog)
    assert not text.startswith((recipient, ","))


def test_a_seed_makes_a_run_repeatable(dialog: DialogModel) -> None:
    sampling = Sampling(temperature=1.3, seed=11)
    assert research(dialog, sampling=sampling) == research(dialog, sampling=sampling)


def test_scores_are_probabilities(dialog: DialogModel) -> None:
    scores = dialog.score([], CONTEXT, "hi", never)
    assert all(0 <= share <= 1 for share in scores.model_dump().values())


def test_a_dialog_longer_than_the_context_is_refused(dialog: DialogModel) -> None:
    long = [Turn(role="user", content="z" * 300)]
    with pytest.raises(ContextOverflowError, match="context is 256"):
        dialog.base(BaseRequest(context=long), never)


def test_a_cancelled_call_ends(dialog: DialogModel) -> None:
    with pytest.raises(CancelledError):
        dialog.base(BaseRequest(context=CONTEXT), lambda: True)
