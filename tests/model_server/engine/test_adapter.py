from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from model_server.engine.adapter import AdapterError, attach, merge, resume, save
from model_server.engine.config import ModelConfig
from model_server.engine.model import Transformer


def _trained(model: Transformer) -> Transformer:
    """A copy whose factors are no longer zero."""
    trained = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(5)
    for parameter in attach(trained, rank=4, alpha=8.0, seed=1):
        with torch.no_grad():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.1)
    return trained


@torch.inference_mode()
def test_a_fresh_adapter_changes_nothing(model: Transformer) -> None:
    ids = torch.arange(20)[None]
    before = model(ids)
    attach(model, rank=4, alpha=8.0, seed=1)
    torch.testing.assert_close(model(ids), before)


@torch.inference_mode()
def test_a_saved_and_merged_adapter_speaks_like_the_trained_one(
    model: Transformer, tmp_path: Path
) -> None:
    trained = _trained(model)
    path = tmp_path / "adapter.safetensors"
    save(trained, path, {"seed": "1"})
    ids = torch.arange(20)[None]
    plain = model(ids)
    metadata = merge(model, path)
    assert metadata["seed"] == "1"
    torch.testing.assert_close(model(ids), trained(ids), atol=2e-3, rtol=2e-3)
    assert not torch.allclose(model(ids), plain, atol=1e-2)


@torch.inference_mode()
def test_training_can_go_on_from_a_saved_adapter(model: Transformer, tmp_path: Path) -> None:
    trained = _trained(model)
    path = tmp_path / "adapter.safetensors"
    save(trained, path, {})
    attach(model, rank=4, alpha=8.0, seed=99)
    resume(model, path)
    ids = torch.arange(20)[None]
    torch.testing.assert_close(model(ids), trained(ids), atol=2e-3, rtol=2e-3)


def test_going_on_with_another_rank_is_refused(model: Transformer, tmp_path: Path) -> None:
    path = tmp_path / "adapter.safetensors"
    save(_trained(model), path, {})
    attach(model, rank=5, alpha=8.0, seed=1)
    with pytest.raises(AdapterError, match=r"adapter\.safetensors"):
        resume(model, path)


def test_only_the_factors_are_trained(model: Transformer) -> None:
    parameters = attach(model, rank=4, alpha=8.0, seed=1)
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert {id(one) for one in trainable} == {id(one) for one in parameters}
    assert len(parameters) == 2 * 7 * model.config.n_layers


def test_an_adapter_for_another_model_is_refused(model: Transformer, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    config = model.config
    taller = ModelConfig(
        vocab_size=config.vocab_size,
        n_layers=config.n_layers + 1,
        n_heads=config.n_heads,
        n_kv_heads=config.n_kv_heads,
        d_model=config.d_model,
        d_ff=config.d_ff,
        max_context=config.max_context,
        rope_base=config.rope_base,
        norm_eps=config.norm_eps,
    )
    save(_trained(Transformer(taller)), path, {})
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(AdapterError, match=r"other\.safetensors.*another model"):
        merge(model, path)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_a_missing_or_broken_file_is_named(model: Transformer, tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"none\.safetensors"):
        merge(model, tmp_path / "none.safetensors")
    broken = tmp_path / "broken.safetensors"
    save_file({"a": torch.zeros(4)}, broken)
    broken.write_bytes(broken.read_bytes()[:20])
    with pytest.raises(AdapterError, match=r"broken\.safetensors"):
        merge(model, broken)
