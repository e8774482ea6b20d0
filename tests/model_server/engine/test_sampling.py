from __future__ import annotations

import math

import numpy as np
import pytest

from model_server.engine.requests import SamplingParameters
from model_server.engine.sampling import NumericalError, candidates, draw, log_sum_exp

LOGITS = np.log(np.array([0.15, 0.5, 0.05, 0.3], np.float32))


def test_top_k_and_nucleus_keep_the_most_probable_tokens() -> None:
    ids, shares = candidates(LOGITS, SamplingParameters(temperature=1.0, top_k=2))
    assert dict(zip(ids.tolist(), shares.tolist(), strict=True)) == pytest.approx(
        {1: 0.625, 3: 0.375}
    )
    ids, shares = candidates(LOGITS, SamplingParameters(temperature=1.0, top_p=0.7))
    assert ids.tolist() == [1, 3]
    assert shares.tolist() == pytest.approx([0.625, 0.375])
    ids, _ = candidates(LOGITS, SamplingParameters(temperature=1.0, top_p=0.01))
    assert ids.tolist() == [1]


@pytest.mark.parametrize("top_p", [0.3, 0.9, 0.999, 0.9999999])
def test_leaving_out_the_tail_before_sorting_changes_no_nucleus(top_p: float) -> None:
    rng = np.random.default_rng(5)
    for spread in (0.1, 3.0, 12.0):
        logits = (rng.standard_normal(5000) * spread).astype(np.float32)
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        order = np.argsort(-shares, kind="stable")
        inside = np.cumsum(shares[order]) - shares[order] < top_p
        ids, _ = candidates(logits, SamplingParameters(temperature=1.0, top_p=top_p))
        assert ids.tolist() == order[inside].tolist()


@pytest.mark.parametrize(
    "sampling",
    [
        SamplingParameters(temperature=1.0),
        SamplingParameters(temperature=0.7, top_k=3),
        SamplingParameters(temperature=1.3, top_p=0.8),
    ],
)
def test_tokens_are_drawn_as_often_as_they_are_probable(sampling: SamplingParameters) -> None:
    rng = np.random.default_rng(11)
    count = 4000
    drawn = np.bincount([draw(LOGITS, sampling, rng) for _ in range(count)], minlength=4)
    ids, shares = candidates(LOGITS, sampling)
    expected = np.zeros(4)
    expected[ids] = shares
    assert not drawn[expected == 0].any()
    deviation = 4 * np.sqrt(count * expected * (1 - expected)) + 1  # four standard deviations
    assert (np.abs(drawn - count * expected) <= deviation).all()


@pytest.mark.parametrize("temperature", [1e-40, 1e-6, 1e-3])
def test_a_temperature_near_zero_takes_the_most_probable(temperature: float) -> None:
    rng = np.random.default_rng(1)
    logits = np.array([1e4, 1e4 + 1, -1e4], np.float32)
    assert {draw(logits, SamplingParameters(temperature), rng) for _ in range(20)} == {1}


def test_log_sum_exp_normalises() -> None:
    assert log_sum_exp(LOGITS) == pytest.approx(0.0, abs=1e-6)
    assert log_sum_exp(LOGITS + np.float32(1000)) == pytest.approx(1000, rel=1e-6)
    assert log_sum_exp(np.array([0.0, -math.inf], np.float32)) == pytest.approx(0.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_logits_that_are_not_finite_are_an_error_not_a_token(bad: float) -> None:
    with pytest.raises(NumericalError):
        log_sum_exp(np.array([0.0, bad, 1.0], np.float32))
    with pytest.raises(NumericalError):
        log_sum_exp(np.full(3, -math.inf, np.float32))
