from __future__ import annotations

import numpy as np
import pytest
import torch

from model_server.engine.attention import Cached
from model_server.engine.batch import Batch, Span
from model_server.engine.cache import KVPool
from model_server.engine.graphs import DecodeGraphs, StaticStep
from model_server.engine.model import Transformer

DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
    ),
]
SLOTS = 64


def read(model: Transformer, pool: KVPool, batch: Batch) -> torch.Tensor:
    ids, positions = (
        torch.from_numpy(one).to(model.device) for one in (batch.ids, batch.positions)
    )
    with torch.inference_mode():
        hidden = model(ids, positions, Cached(model, pool, batch))
        return model.logits(hidden[torch.from_numpy(batch.wanted).to(model.device)])


def two_sequences(model: Transformer, pool: KVPool) -> Batch:
    """Sequences of 5 and 9 tokens are in the pool; the batch decodes one more of each."""
    rng = np.random.default_rng(3)
    slots = rng.permutation(SLOTS)[:16]
    first, second = slots[:6], slots[6:]
    prompt = Batch(
        rng.integers(3, 200, 14), (Span(first[:5], 5), Span(second[:9], 9)), np.array([4, 13])
    )
    read(model, pool, prompt)
    return Batch(np.array([17, 18]), (Span(first, 1), Span(second, 1)), np.array([0, 1]))


@pytest.mark.parametrize("device", DEVICES)
def test_a_padded_step_gives_the_logits_of_the_ragged_one(model: Transformer, device: str) -> None:
    model.to(device)
    pool = KVPool(model.config, SLOTS + 1, torch.float32, model.device)
    batch = two_sequences(model, pool)
    expected = read(model, pool, batch)
    step = StaticStep(model, pool, 4, 32)
    held = pool.keys[:, :SLOTS].clone()
    step.fill(batch)
    torch.testing.assert_close(step.compute()[:2], expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        pool.keys[:, :SLOTS], held, equal_nan=True
    )  # padding wrote where nobody reads


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_replayed_graph_gives_the_logits_of_the_ragged_step(model: Transformer) -> None:
    model.to("cuda")
    pool = KVPool(model.config, SLOTS + 1, torch.float32, model.device)
    batch = two_sequences(model, pool)
    expected = read(model, pool, batch)
    graphs = DecodeGraphs(model, pool)
    assert graphs.fits(batch)
    for _ in range(2):
        torch.testing.assert_close(graphs.run(batch), expected, atol=1e-4, rtol=1e-4)


def test_what_padding_finds_in_unwritten_slots_does_not_matter(model: Transformer) -> None:
    pool = KVPool(model.config, SLOTS + 1, torch.float32, model.device)
    pool.keys.fill_(float("nan"))
    pool.values.fill_(float("nan"))
    batch = two_sequences(model, pool)  # of different lengths: the shorter one is padded
    assert read(model, pool, batch).isfinite().all()
