"""The few-rows step against the reference model on the weights that the codes stand for."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest
import torch

from model_server.engine.attention import Whole
from model_server.engine.config import ModelConfig
from model_server.engine.model import Transformer
from model_server.kernels.int8 import MAX_ROWS, Adapter, Int8Model, LowRanks, quantize

Array = npt.NDArray[np.float32]

LLAMA = ModelConfig(
    vocab_size=131,  # not a multiple of a tile's rows
    n_layers=3,
    n_heads=4,
    n_kv_heads=2,
    d_model=40,  # not a multiple of a vector
    d_ff=92,
    head_size=12,
    max_context=64,
    norm_eps=1e-5,
    qkv_bias=True,
)
LAMDA = replace(
    LLAMA,
    n_kv_heads=4,
    positions="t5",
    activation="gelu",
    qkv_bias=False,
    tied_head=False,
    relative_max_distance=20,
)
BOTH = pytest.mark.parametrize("config", [LLAMA, LAMDA], ids=["llama", "lamda"])
LENGTHS = (9, 1, 23)
"""Three sequences; a step's rows are the last of each."""


def random_model(config: ModelConfig) -> Transformer:
    torch.manual_seed(0)
    model = Transformer(config).requires_grad_(False)
    for weight in model.parameters():
        weight.copy_(torch.randn_like(weight) * 0.3)
    return model


def as_int8(weight: Array) -> Array:
    codes, scales = np.empty(weight.shape, np.int8), np.empty(len(weight), np.float32)
    quantize(weight, codes, scales)
    return np.asarray(codes * scales[:, None], np.float32)


def round_weights(model: Transformer) -> None:
    """Every matrix becomes what its int8 codes stand for; storing it again changes nothing."""
    for name, weight in model.state_dict().items():
        if weight.dim() == 2 and name != "relative_bias.weight":
            weight.copy_(torch.from_numpy(as_int8(weight.numpy())))


@dataclass
class Dialogs:
    """Sequences of random tokens, their slots scattered over one cache."""

    config: ModelConfig

    def __post_init__(self) -> None:
        rng = np.random.default_rng(1)
        self.ids = [rng.integers(0, self.config.vocab_size, n) for n in LENGTHS]
        slots = rng.permutation(sum(LENGTHS) + 5)[: sum(LENGTHS)]
        self.starts = np.cumsum([0, *LENGTHS[:-1]])
        self.table = slots.astype(np.int64)
        kv_size = self.config.n_kv_heads * self.config.head_size
        sizes = (self.config.n_layers, sum(LENGTHS) + 5, kv_size)
        self.keys = np.full(sizes, np.nan, np.float32)  # whatever is read unwritten shows
        self.values = np.full(sizes, np.nan, np.float32)

    def step(
        self, model: Int8Model, rows: list[tuple[int, int]], wanted: list[int] | None = None,
        lora: Adapter | None = None,
    ) -> Array:  # fmt: skip
        """rows: (sequence, position). Logits of all rows, or of the wanted ones."""
        return model.step(
            np.array([self.ids[sequence][position] for sequence, position in rows]),
            np.array([position for _, position in rows]),
            self.table,
            np.array([self.starts[sequence] for sequence, _ in rows]),
            np.array(range(len(rows)) if wanted is None else wanted, np.int64),
            self.keys,
            self.values,
            lora,
        )

    def read(self, model: Int8Model, lora: Adapter | None = None) -> list[Array]:
        """Logits (S, V) of every sequence, read in steps that mix rows of all of them."""
        rows = [(sequence, at) for sequence, ids in enumerate(self.ids) for at in range(len(ids))]
        steps = [rows[start : start + 7] for start in range(0, len(rows), 7)]
        logits = np.concatenate([self.step(model, step, lora=lora) for step in steps])
        return np.split(logits, self.starts[1:])

    def reference(self, model: Transformer) -> list[Array]:
        def logits(ids: npt.NDArray[np.int64]) -> Array:
            positions = torch.arange(len(ids))[None]
            hidden = model(torch.from_numpy(ids)[None], positions, Whole(model, positions))
            return np.asarray(model.logits(hidden)[0].numpy())

        return [logits(ids) for ids in self.ids]


def stored(model: Transformer, threads: int = 2) -> Int8Model:
    engine = Int8Model(model.config, threads)
    for name, weight in model.state_dict().items():
        engine.store(name, weight.numpy())
    return engine


def assert_close(actual: list[Array], expected: list[Array]) -> None:
    for ours, theirs in zip(actual, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4 * np.abs(theirs).max())


def random_adapter(config: ModelConfig) -> Adapter:
    rng = np.random.default_rng(2)

    def change(outputs: int, inputs: int, rank: int) -> LowRanks:
        a = rng.standard_normal((config.n_layers, rank, inputs), dtype=np.float32)
        return LowRanks(a, 0.1 * rng.standard_normal((*a.shape[:1], outputs, rank), np.float32))

    c, f, hd = config.d_model, config.d_ff, config.n_heads * config.head_size
    return Adapter(
        change(config.qkv_rows, c, 8), change(c, hd, 3), change(2 * f, c, 8), change(c, f, 0)
    )


@BOTH
def test_a_step_computes_what_the_reference_does_on_the_codes_weights(config: ModelConfig) -> None:
    model, dialogs = random_model(config), Dialogs(config)
    round_weights(model)
    engine = stored(model)
    assert_close(dialogs.read(engine), dialogs.reference(model))
    engine.close()


@BOTH
def test_an_adapter_changes_logits_as_merging_it_would(config: ModelConfig) -> None:
    model, dialogs, adapter = random_model(config), Dialogs(config), random_adapter(config)
    round_weights(model)
    engine = stored(model)
    for layer, block in enumerate(model.blocks):
        both = [(block.attention, "qkv"), (block.attention, "o"), (block.feed_forward, "gate_up")]
        for module, name in both:
            change = getattr(adapter, name)
            weight = getattr(module, name).weight
            weight += torch.from_numpy(change.b[layer] @ change.a[layer])
    assert_close(dialogs.read(engine, adapter), dialogs.reference(model))
    engine.close()


@BOTH
def test_a_rows_logits_do_not_depend_on_the_other_rows_or_on_the_threads(
    config: ModelConfig,
) -> None:
    model, dialogs = random_model(config), Dialogs(config)
    one, three = stored(model, threads=1), stored(model, threads=3)
    dialogs.read(one)
    rows = [(2, position) for position in range(23 - 11, 23)] + [(0, 7), (0, 8), (1, 0)]
    assert len(rows) < MAX_ROWS
    alone = np.concatenate([dialogs.step(one, [row]) for row in rows])
    for count in range(1, len(rows) + 1):
        np.testing.assert_array_equal(dialogs.step(one, rows[:count]), alone[:count])
        np.testing.assert_array_equal(dialogs.step(three, rows[:count]), alone[:count])
    three.close()
    one.close()


def test_only_wanted_rows_get_logits() -> None:
    model, dialogs = random_model(LLAMA), Dialogs(LLAMA)
    engine = stored(model)
    rows = [(0, position) for position in range(5)]
    every = dialogs.step(engine, rows)
    np.testing.assert_array_equal(dialogs.step(engine, rows, [4, 1]), every[[4, 1]])
    assert dialogs.step(engine, rows, []).shape == (0, LLAMA.vocab_size)
    engine.close()


def test_codes_are_within_half_a_step_of_the_weights() -> None:
    weight = np.random.default_rng(0).standard_normal((64, 100), dtype=np.float32)
    weight[3] = 0
    codes, scales = np.empty(weight.shape, np.int8), np.empty(64, np.float32)
    quantize(weight, codes, scales)
    np.testing.assert_allclose(scales, np.abs(weight).max(axis=1) / 127, rtol=1e-6)
    error = np.abs(weight - codes.astype(np.float64) * scales[:, None])
    assert (error <= scales[:, None] * (0.5 + 1e-4)).all()
    assert np.abs(codes).max() == 127


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    "name", ["blocks.1.attention.qkv.weight", "blocks.2.feed_forward_norm.weight"]
)
def test_a_weight_that_is_no_number_gives_logits_that_are_none(name: str, bad: float) -> None:
    model, dialogs = random_model(LLAMA), Dialogs(LLAMA)
    model.state_dict()[name].view(-1)[0] = bad
    engine = stored(model)
    assert np.isnan(dialogs.step(engine, [(0, 0), (1, 0)])).all()
    engine.close()


def test_closing_ends_the_threads_and_so_does_forgetting_the_model() -> None:
    before = set(threading.enumerate())
    engine = Int8Model(LLAMA, 3)
    assert len(set(threading.enumerate()) - before) == 2
    engine.close()
    engine.close()
    assert set(threading.enumerate()) <= before
    forgotten = Int8Model(LLAMA, 2)
    (helper,) = set(threading.enumerate()) - before
    del forgotten
    helper.join(timeout=10)
    assert not helper.is_alive()


def test_a_wrong_weight_is_refused_with_what_is_allowed() -> None:
    engine = Int8Model(LLAMA, 1)
    with pytest.raises(ValueError, match=r"no weight 'head\.weight'.*embedding\.weight"):
        engine.store("head.weight", np.zeros((131, 40), np.float32))
    with pytest.raises(ValueError, match=r"norm\.weight must have shape \(40,\), not \(41,\)"):
        engine.store("norm.weight", np.zeros(41, np.float32))
    with pytest.raises(ValueError, match=r"never stored: .*blocks\.0\.attention\.o\.weight"):
        Dialogs(LLAMA).step(engine, [(0, 0)])


@BOTH
def test_the_head_alone_gives_the_logits_of_the_reference(config: ModelConfig) -> None:
    model = random_model(config)
    round_weights(model)
    engine = stored(model)
    hidden = torch.randn(5, config.d_model)
    assert_close([engine.logits(hidden.numpy())], [model.logits(hidden).numpy()])
    assert engine.logits(hidden[:0].numpy()).shape == (0, config.vocab_size)
    engine.close()
