from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pytest
import torch

from model_server.engine.decode import (
    ContextOverflowError,
    GenerationCancelled,
    NumericalError,
    Reading,
    SamplingParameters,
    restrict,
)
from model_server.engine.model import Transformer

PROMPT = [5, 9, 40, 41, 7]
STOP = 2
GREEDY = SamplingParameters()


def never() -> bool:
    return False


def reading(model: Transformer, room: int = 30, cancelled: Callable[[], bool] = never) -> Reading:
    return Reading(model, PROMPT, room, cancelled)


@torch.inference_mode()
def next_logits(model: Transformer, ids: Sequence[int]) -> torch.Tensor:
    return model.logits(model(torch.tensor([list(ids)]))[0, -1])


def greedy_without_cache(model: Transformer, prompt: Sequence[int], count: int) -> list[int]:
    ids = list(prompt)
    while len(ids) < len(prompt) + count:
        token = int(next_logits(model, ids).argmax())
        if token == STOP:
            break
        ids.append(token)
    return ids[len(prompt) :]


def test_greedy_decoding_takes_the_most_probable_token_each_time(model: Transformer) -> None:
    [generated] = reading(model).generate(1, 12, STOP, GREEDY)
    assert generated.ids == greedy_without_cache(model, PROMPT, 12)


def test_decoding_ends_before_the_stop_token(model: Transformer) -> None:
    expected = greedy_without_cache(model, PROMPT, 12)
    stop = next(token for token in expected[1:] if token != expected[0])
    [generated] = reading(model).generate(1, 12, stop, GREEDY)
    assert generated.ids == expected[: expected.index(stop)]
    assert generated.stopped


def test_the_length_limit_holds_and_is_told_apart_from_a_stop(model: Transformer) -> None:
    [generated] = reading(model).generate(1, 3, STOP, GREEDY)
    assert len(generated.ids) == 3
    assert not generated.stopped


def test_a_seed_makes_sampling_repeatable_and_seeds_differ(model: Transformer) -> None:
    def sample(seed: int) -> list[list[int]]:
        sampling = SamplingParameters(temperature=1.5, seed=seed)
        return [one.ids for one in reading(model).generate(3, 10, STOP, sampling)]

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)


def test_candidates_of_one_prompt_differ_when_sampled_and_agree_when_greedy(
    model: Transformer,
) -> None:
    hot = SamplingParameters(temperature=1.5, seed=3)
    assert len({tuple(one.ids) for one in reading(model).generate(4, 8, STOP, hot)}) > 1
    together = reading(model).generate(4, 8, STOP, GREEDY)
    [alone] = reading(model).generate(1, 8, STOP, GREEDY)
    assert all(one.ids == alone.ids for one in together)


def test_an_answer_is_never_empty(model: Transformer) -> None:
    [first] = greedy_without_cache(model, PROMPT, 1)
    [generated] = reading(model).generate(1, 5, first, GREEDY)  # what it would say first, stops
    assert generated.ids
    assert generated.ids[0] != first


@pytest.mark.parametrize("temperature", [1e-40, 1e-6, 1e-3, 2.0])
def test_no_temperature_breaks_the_distribution(model: Transformer, temperature: float) -> None:
    sampling = SamplingParameters(temperature=temperature, seed=1)
    [generated] = reading(model).generate(1, 5, STOP, sampling)
    assert len(generated.ids) == 5
    if temperature < 1e-3:
        assert generated.ids == greedy_without_cache(model, PROMPT, 5)


def test_a_long_prompt_is_read_in_pieces_that_can_be_cancelled(model: Transformer) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    model.config = dataclasses.replace(model.config, max_context=1000)
    with pytest.raises(GenerationCancelled):
        Reading(model, [5] * 600, 10, cancelled)
    assert asked == 2


def test_a_choice_stays_within_the_options_however_improbable(model: Transformer) -> None:
    ranked = next_logits(model, PROMPT).argsort()
    worst, second_worst = int(ranked[0]), int(ranked[1])
    one = reading(model)
    chosen = one.choose([[worst, 11], [second_worst, 12, 13]], GREEDY)
    assert chosen == 1
    # what follows is conditioned on the whole option
    [generated] = one.generate(1, 5, STOP, GREEDY)
    assert generated.ids == greedy_without_cache(model, [*PROMPT, second_worst, 12, 13], 5)


def test_options_with_a_common_beginning_are_told_apart_later(model: Transformer) -> None:
    logits = next_logits(model, [*PROMPT, 30])
    better = 50 if logits[50] > logits[60] else 60
    options = [[30, 50], [30, 60]]
    one = reading(model)
    assert options[one.choose(options, GREEDY)] == [30, better]
    [generated] = one.generate(1, 4, STOP, GREEDY)
    assert generated.ids == greedy_without_cache(model, [*PROMPT, 30, better], 4)


def test_asking_for_probabilities_leaves_no_trace(model: Transformer) -> None:
    one = reading(model)
    shares = one.probabilities([8, 9], [20, 21])
    logits = next_logits(model, [*PROMPT, 8, 9])[[20, 21]]
    assert shares == pytest.approx(logits.softmax(-1).tolist(), abs=1e-4)
    [generated] = one.generate(1, 6, STOP, GREEDY)
    assert generated.ids == greedy_without_cache(model, PROMPT, 6)


def test_top_k_and_nucleus_keep_the_most_probable_tokens() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]]))
    kept = restrict(logits, SamplingParameters(temperature=1.0, top_k=2))
    assert kept[0].tolist() == pytest.approx([0.625, 0.375, 0.0, 0.0])
    kept = restrict(logits, SamplingParameters(temperature=1.0, top_p=0.7))
    assert kept[0].tolist() == pytest.approx([0.625, 0.375, 0.0, 0.0])
    kept = restrict(logits, SamplingParameters(temperature=1.0, top_p=0.01))
    assert kept[0].tolist() == pytest.approx([1.0, 0.0, 0.0, 0.0])


def test_a_prompt_without_room_is_refused_with_the_limit(model: Transformer) -> None:
    with pytest.raises(ContextOverflowError, match="the limit is 256"):
        Reading(model, [5] * 250, 7, never)


def test_cancelling_stops_before_the_next_step(model: Transformer) -> None:
    steps = iter([False, False, False, True])
    one = reading(model, cancelled=lambda: next(steps))  # the prompt, then two tokens
    with pytest.raises(GenerationCancelled):
        one.generate(1, 20, STOP, GREEDY)


def test_logits_that_are_not_finite_are_an_error_not_a_token(model: Transformer) -> None:
    model.norm.weight[0] = float("nan")
    with pytest.raises(NumericalError):
        reading(model)
