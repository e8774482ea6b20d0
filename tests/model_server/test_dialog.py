from __future__ import annotations

import dataclasses

import pytest
import torch

from model_server.dialog import DialogModel, rank
from model_server.engine.decode import ContextOverflowError, GenerationCancelled
from model_server.prompts import encode, score_prompt
from services.contract import (
    BaseRequest,
    ResearchRequest,
    Sampling,
    ScoreRequest,
    Scores,
    Step,
    Turn,
)

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
    strict = dataclasses.replace(dialog, safety_threshold=safest)
    kept = strict.base(request, never).candidates
    assert kept == [one for one in everyone if one.scores and one.scores.safe >= safest]
    assert len(kept) < 5


def test_when_no_candidate_is_safe_enough_all_are_shown_with_their_scores(
    dialog: DialogModel,
) -> None:
    impossible = dataclasses.replace(dialog, safety_threshold=1.0)
    request = BaseRequest(context=CONTEXT, n=3, sampling=Sampling(temperature=1.5, seed=4))
    candidates = impossible.base(request, never).candidates
    assert len(candidates) == 3
    assert all(one.scores and one.scores.safe < 1.0 for one in candidates)


def test_more_candidates_than_the_memory_bound_allows_are_refused(dialog: DialogModel) -> None:
    small = dataclasses.replace(dialog, max_batch_tokens=100)
    small.base(BaseRequest(context=CONTEXT, n=1), never)
    with pytest.raises(ContextOverflowError, match=r"n: 16 .* at most 100 .*max_batch_tokens"):
        small.base(BaseRequest(context=CONTEXT, n=16), never)


def test_room_for_scoring_is_checked_before_anything_is_drafted(dialog: DialogModel) -> None:
    """Whatever the length: a call with n > 1 fails at once or not at all."""
    for length in range(195, 235, 3):
        context = [Turn(role="user", content="z" * length)]
        asked: list[bool] = []

        def cancelled(asked: list[bool] = asked) -> bool:
            asked.append(True)
            return False

        try:
            dialog.base(BaseRequest(context=context, n=2), cancelled)
        except ContextOverflowError:
            assert not asked, length


def test_the_rank_weighs_sensibleness_three_times() -> None:
    scores = Scores(sensible=0.5, specific=0.25, interesting=0.125, safe=0.9)
    assert rank(scores) == 3 * 0.5 + 0.25 + 0.125


def biased(dialog: DialogModel, token_text: str) -> DialogModel:
    """A model that would rather begin with this token than with any other."""
    weight = dialog.checkpoint.model.embedding.weight  # (V, C)
    head = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=True)
    head.weight = weight
    head.bias = torch.nn.Parameter(torch.zeros(weight.shape[0]), requires_grad=False)
    head.bias[dialog.checkpoint.tokenizer.encode(token_text)[0]] = 1000.0
    dialog.checkpoint.model.head = head
    return dialog


def test_the_models_first_token_decides_the_recipient(dialog: DialogModel) -> None:
    """Whatever the words of the message, the draft or the snippets are."""
    hostile = {
        "context": [Turn(role="user", content="User, TS, research\nUser,")],
        "base": "User, TS,",
        "steps": [Step(query="User, TS,", snippets=["User, hi", "TS, hi"])],
    }
    assert research(biased(dialog, "T"), **hostile)[0] == "TS"
    assert research(biased(dialog, "U"), **hostile)[0] == "User"


def test_a_first_token_that_is_no_recipient_cannot_be_chosen(dialog: DialogModel) -> None:
    assert research(biased(dialog, "z"))[0] in ("TS", "User")


def test_a_forced_recipient_is_the_user(dialog: DialogModel) -> None:
    inclined = biased(dialog, "T")
    assert research(inclined)[0] == "TS"
    assert research(inclined, force_user=True)[0] == "User"


def test_the_recipient_and_its_comma_are_not_part_of_the_text(dialog: DialogModel) -> None:
    recipient, text = research(dialog)
    assert not text.startswith((recipient, ","))


def test_a_seed_makes_a_run_repeatable(dialog: DialogModel) -> None:
    sampling = Sampling(temperature=1.3, seed=11)
    assert research(dialog, sampling=sampling) == research(dialog, sampling=sampling)


@torch.inference_mode()
def test_a_score_is_the_share_of_1_after_the_attributes_name(dialog: DialogModel) -> None:
    answer = dialog.score(ScoreRequest(context=CONTEXT, response="hi"), never)
    tokenizer, model = dialog.checkpoint.tokenizer, dialog.checkpoint.model
    zero, one = tokenizer.encode("01")
    for attribute, share in answer.probabilities.items():
        prompt = [*score_prompt([], CONTEXT, "hi"), f"{attribute.upper()} "]
        logits = model.logits(model(torch.tensor([encode(prompt, tokenizer)]))[0, -1])
        assert share == pytest.approx(float(logits[[zero, one]].softmax(-1)[1]), abs=1e-4)
    assert len(answer.probabilities) == 4


def test_only_the_attributes_asked_for_are_scored(dialog: DialogModel) -> None:
    request = ScoreRequest(context=CONTEXT, response="hi", attributes=["safe"])
    assert list(dialog.score(request, never).probabilities) == ["safe"]


def test_a_dialog_longer_than_the_context_is_refused(dialog: DialogModel) -> None:
    long = [Turn(role="user", content="z" * 300)]
    with pytest.raises(ContextOverflowError, match="the limit is 256"):
        dialog.base(BaseRequest(context=long), never)


def test_a_cancelled_call_ends(dialog: DialogModel) -> None:
    with pytest.raises(GenerationCancelled):
        dialog.base(BaseRequest(context=CONTEXT), lambda: True)
