"""The Transformer against transformers' own, an independent LaMDA, and itself through a cache."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor
from transformers.models.t5.modeling_t5 import T5Attention

from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.engine.attention import Cached, Whole
from model_server.engine.batch import Batch, Span
from model_server.engine.cache import KVPool
from model_server.engine.config import NAMED, ModelConfig
from model_server.engine.load import load_transformer
from model_server.engine.model import Transformer, relative_bucket, rotary_frequencies

TINY = ModelConfig(
    vocab_size=97,
    n_layers=3,
    n_heads=6,
    n_kv_heads=2,
    d_model=48,
    d_ff=80,
    head_size=8,
    max_context=64,
    norm_eps=1e-5,
    rope_base=50_000.0,
    tied_head=False,
)
LAMDA = dataclasses.replace(
    TINY, n_kv_heads=6, head_size=12, positions="t5", activation="gelu", tied_head=True,
    relative_buckets=8, relative_max_distance=20,
)  # fmt: skip
SHAPE = {
    "vocab_size": 97,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "tie_word_embeddings": False,
}
LLAMA_3 = {
    "rope_type": "llama3",
    "rope_theta": 100.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
BASE = {"rope_type": "default", "rope_theta": 50_000.0}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {"rope_parameters": BASE}),
    "llama-3.1": ("Llama", {"rope_parameters": LLAMA_3}),
    "llama-tied": ("Llama", {"rope_parameters": BASE, "tie_word_embeddings": True}),
    "qwen2": ("Qwen2", {"rope_parameters": BASE}),
    "mistral": ("Mistral", {"rope_parameters": BASE, "head_dim": 10, "sliding_window": 48}),
}
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU")
    ),
]


def lively(model: torch.nn.Module, std: float = 0.3) -> None:
    """Weights with which a missing norm, bias or scale shows."""
    generator = torch.Generator().manual_seed(3)
    for parameter in model.parameters():
        with torch.no_grad():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * std)


def made(config: ModelConfig, device: str = "cpu") -> Transformer:
    model = Transformer(config)
    lively(model)
    return model.requires_grad_(False).eval().to(device)


def random_ids(count: int, seed: int = 1) -> Tensor:
    return torch.randint(0, 97, (count,), generator=torch.Generator().manual_seed(seed))


def read_whole(model: Transformer, ids: Tensor) -> Tensor:
    """Hidden states of one sequence: (T,) -> (T, C)."""
    positions = torch.arange(len(ids), device=model.device)[None]
    hidden: Tensor = model(ids[None].to(model.device), positions, Whole(model, positions))[0]
    return hidden


def read_step(model: Transformer, pool: KVPool, ids: Tensor, spans: Sequence[Span]) -> Tensor:
    """Hidden states of one step's rows: (N,) -> (N, C)."""
    batch = Batch(ids.numpy(), tuple(spans), np.arange(len(ids)))
    positions = torch.from_numpy(batch.positions).to(model.device)
    hidden: Tensor = model(ids.to(model.device), positions, Cached(model, pool, batch))
    return hidden


def pool_for(model: Transformer, slots: int) -> KVPool:
    return KVPool(model.config, slots, torch.float32, model.device)


@torch.inference_mode()
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", KINDS)
def test_logits_equal_those_of_transformers_on_the_same_folder(
    kind: str, device: str, tmp_path: Path
) -> None:
    name, fields = KINDS[kind]
    reference = getattr(transformers, f"{name}ForCausalLM")(
        getattr(transformers, f"{name}Config")(**(SHAPE | fields))
    ).eval()
    lively(reference)
    reference.save_pretrained(tmp_path)
    tokenizer = Tokenizer(models.BPE({"a": 0}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    checkpoint = open_checkpoint(tmp_path)
    model = load_transformer(checkpoint, None, torch.float32, torch.device(device))
    ids = random_ids(checkpoint.config.max_context)
    expected = reference(ids[None]).logits[0]
    assert expected.abs().max() > 1  # weights that say nothing would agree by chance
    logits = model.logits(read_whole(model, ids)).cpu()
    torch.testing.assert_close(logits, expected, atol=1e-3, rtol=1e-3)


def test_frequency_factors_and_llama_3s_scaling_say_the_same() -> None:
    scaling = transformers.LlamaConfig(**(SHAPE | {"rope_parameters": LLAMA_3}))
    compute = transformers.modeling_rope_utils.ROPE_INIT_FUNCTIONS["llama3"]
    stretched, _ = compute(scaling, torch.device("cpu"))
    plain = rotary_frequencies(dataclasses.replace(TINY, rope_base=100.0))
    factors = tuple((plain / stretched).tolist())
    assert factors[0] == 1
    assert factors[-1] > 2
    given = dataclasses.replace(TINY, rope_base=100.0, rope_factors=factors)
    torch.testing.assert_close(rotary_frequencies(given), stretched)


def test_relative_buckets_are_t5s() -> None:
    distance = torch.arange(300)
    theirs = T5Attention._relative_position_bucket(
        -distance, bidirectional=False, num_buckets=32, max_distance=128
    )
    assert torch.equal(relative_bucket(distance, 32, 128), theirs)


def lamda_by_definition(state: dict[str, Tensor], config: ModelConfig, ids: list[int]) -> Tensor:
    """Logits (T, V), token by token and head by head, from the papers' formulas."""

    def norm(x: Tensor, weight: Tensor) -> Tensor:
        return x / torch.sqrt((x * x).mean() + config.norm_eps) * weight

    heads, size = config.n_heads, config.head_size
    x = [state["embedding.weight"][token] for token in ids]
    for layer in range(config.n_layers):
        w = {n.split(".", 2)[2]: v for n, v in state.items() if n.startswith(f"blocks.{layer}.")}
        normed = [norm(one, w["attention_norm.weight"]) for one in x]
        qkv = [(w["attention.qkv.weight"] @ one).view(3, heads, size) for one in normed]
        for t in range(len(ids)):
            outs = []
            for head in range(heads):
                scores = []
                for s in range(t + 1):
                    bucket = int(relative_bucket(torch.tensor(t - s), 8, 20))
                    bias = state["relative_bias.weight"][bucket, head]
                    scores.append(qkv[t][0, head] @ qkv[s][1, head] / math.sqrt(size) + bias)
                shares = torch.stack(scores).softmax(0)
                outs.append(sum(shares[s] * qkv[s][2, head] for s in range(t + 1)))
            x[t] = x[t] + w["attention.o.weight"] @ torch.cat(outs)
        for t in range(len(ids)):
            gate, up = (
                w["feed_forward.gate_up.weight"] @ norm(x[t], w["feed_forward_norm.weight"])
            ).chunk(2)
            x[t] = x[t] + w["feed_forward.down.weight"] @ (F.gelu(gate, approximate="tanh") * up)
    return torch.stack([state["embedding.weight"] @ norm(one, state["norm.weight"]) for one in x])


@torch.inference_mode()
@pytest.mark.parametrize("device", DEVICES)
def test_the_lamda_type_follows_its_definition(device: str) -> None:
    model = made(LAMDA, device)
    ids = random_ids(30)
    state = {name: value.cpu() for name, value in model.state_dict().items()}
    expected = lamda_by_definition(state, LAMDA, ids.tolist())
    assert expected.std() > 0.5
    logits = model.logits(read_whole(model, ids)).cpu()
    torch.testing.assert_close(logits, expected, atol=1e-3, rtol=1e-3)


@torch.inference_mode()
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("config", [TINY, LAMDA], ids=["llama", "lamda"])
@pytest.mark.parametrize("cuts", [(1, 2, 3), (10, 11, 30), (39,), ()])
def test_reading_in_pieces_through_a_cache_gives_the_same_states(
    cuts: tuple[int, ...], config: ModelConfig, device: str
) -> None:
    model = made(config, device)
    ids = random_ids(40, seed=2)
    pool, slots = pool_for(model, 64), np.random.default_rng(1).permutation(64)[:40]
    pieces = [
        read_step(model, pool, ids[start:end], [Span(slots[:end], end - start)])
        for start, end in zip((0, *cuts), (*cuts, 40), strict=True)
    ]
    torch.testing.assert_close(torch.cat(pieces), read_whole(model, ids), atol=1e-4, rtol=1e-4)


@torch.inference_mode()
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("config", [TINY, LAMDA], ids=["llama", "lamda"])
def test_sequences_of_one_step_do_not_see_each_other(config: ModelConfig, device: str) -> None:
    model = made(config, device)
    lengths, last = (20, 7, 33, 1), (1, 1, 5, 1)  # what each reads in the second step
    texts = [random_ids(length, seed=length) for length in lengths]
    pool, slots = pool_for(model, 61), np.random.default_rng(2).permutation(61)
    owned = np.split(slots, np.cumsum(lengths))[: len(lengths)]
    begun = [(t, s, n) for t, s, n in zip(texts, owned, last, strict=True) if len(t) > n]
    first = torch.cat([t[: len(t) - n] for t, _, n in begun])
    read_step(model, pool, first, [Span(s[: len(t) - n], len(t) - n) for t, s, n in begun])
    second = torch.cat([t[len(t) - n :] for t, n in zip(texts, last, strict=True)])
    together = read_step(
        model, pool, second, [Span(s, n) for s, n in zip(owned, last, strict=True)]
    )
    alone = [read_whole(model, t)[len(t) - n :] for t, n in zip(texts, last, strict=True)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "billions"), [("lamda-2b", "2.1"), ("lamda-8b", "8.6"), ("lamda-137b", "137")]
)
def test_the_named_models_have_the_papers_number_of_parameters(name: str, billions: str) -> None:
    with torch.device("meta"):
        model = Transformer(NAMED[name])
    count = sum(one.numel() for one in model.parameters()) - model.embedding.weight.numel()
    digits = len(billions.partition(".")[2])
    assert f"{count / 1e9:.{digits}f}" == billions


def test_impossible_shapes_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="head size 7 is odd"):
        dataclasses.replace(TINY, head_size=7)
    with pytest.raises(ValueError, match="n_heads 6 is not a multiple of n_kv_heads 4"):
        dataclasses.replace(TINY, n_kv_heads=4)
