"""Adapters as they are trained: what is wrapped, what is saved, and going on."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model_server.checkpoints.adapter import AdapterError, read_adapter
from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.checkpoints.layout import products
from model_server.engine.attention import Whole
from model_server.engine.load import load_transformer
from model_server.engine.model import Transformer
from model_server.training.lora import attach, resume, save


def states(model: Transformer) -> Tensor:
    ids, positions = torch.arange(20)[None], torch.arange(20)[None]
    with torch.inference_mode():
        hidden: Tensor = model(ids, positions, Whole(model, positions))
    return hidden


def trained(model: Transformer) -> Transformer:
    """A copy whose factors are no longer zero."""
    changed = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(5)
    for parameter in attach(changed, rank=4, alpha=8.0, seed=1):
        with torch.no_grad():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.1)
    return changed


def test_a_fresh_adapter_changes_nothing(model: Transformer) -> None:
    before = states(model)
    attach(model, rank=4, alpha=8.0, seed=1)
    torch.testing.assert_close(states(model), before)


def test_a_saved_and_merged_adapter_speaks_like_the_trained_one(
    model: Transformer, tmp_path: Path
) -> None:
    changed, plain = trained(model), states(model)
    save(changed, tmp_path / "a.safetensors", {"seed": "1"})
    adapter = read_adapter(tmp_path / "a.safetensors", model.config)
    assert adapter.metadata == {"seed": "1"}
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if (change := adapter.delta(name)) is not None:
                weight.add_(change)
    torch.testing.assert_close(states(model), states(changed), atol=2e-3, rtol=2e-3)
    assert not torch.allclose(states(model), plain, atol=1e-2)


def test_loading_with_an_adapter_merges_it(
    gguf_file: Path, model: Transformer, tmp_path: Path
) -> None:
    checkpoint, cpu = open_checkpoint(gguf_file), torch.device("cpu")
    plain = load_transformer(checkpoint, None, torch.float32, cpu)
    changed = trained(plain)
    save(changed, tmp_path / "a.safetensors", {})
    adapter = read_adapter(tmp_path / "a.safetensors", model.config)
    merged = load_transformer(checkpoint, adapter, torch.float32, cpu)
    torch.testing.assert_close(states(merged), states(changed), atol=2e-3, rtol=2e-3)
    assert not torch.allclose(states(merged), states(plain), atol=1e-2)


def test_training_can_go_on_from_a_saved_adapter(model: Transformer, tmp_path: Path) -> None:
    changed = trained(model)
    save(changed, tmp_path / "a.safetensors", {})
    attach(model, rank=4, alpha=8.0, seed=99)
    resume(model, tmp_path / "a.safetensors")
    torch.testing.assert_close(states(model), states(changed), atol=2e-3, rtol=2e-3)


def test_going_on_with_another_rank_is_refused(model: Transformer, tmp_path: Path) -> None:
    save(trained(model), tmp_path / "a.safetensors", {})
    attach(model, rank=5, alpha=8.0, seed=1)
    with pytest.raises(AdapterError, match=r"a\.safetensors: .*its rank is 4, 5 is asked for"):
        resume(model, tmp_path / "a.safetensors")


def test_only_the_factors_are_trained_a_pair_for_each_part(model: Transformer) -> None:
    parameters = attach(model, rank=4, alpha=8.0, seed=1)
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert {id(one) for one in trainable} == {id(one) for one in parameters}
    parts = [part for weight in products(model.config) for part in weight.parts]
    assert len(parameters) == 2 * len(parts) == 2 * 7 * model.config.n_layers
