from __future__ import annotations

import dataclasses
from importlib.resources import files
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

from model_server.checkpoints.adapter import Adapter, AdapterError, factor_names, read_adapter
from model_server.checkpoints.layout import products
from model_server.engine.config import ModelConfig
from model_server.engine.model import Linear, LowRank, Transformer


def write_random(path: Path, config: ModelConfig, rank: int = 3) -> Path:
    generator = torch.Generator().manual_seed(4)
    tensors: dict[str, torch.Tensor] = {}
    for weight in products(config):
        for part, (rows, columns) in weight.parts:
            a, b = factor_names(part)
            tensors[a] = torch.randn(rank, columns, generator=generator).half()
            tensors[b] = torch.randn(rows, rank, generator=generator).half()
    save_file(tensors, path, metadata={"seed": "4"})
    return path


@pytest.fixture
def adapter(tmp_path: Path, model: Transformer) -> Adapter:
    return read_adapter(write_random(tmp_path / "polite.safetensors", model.config), model.config)


def test_an_adapter_says_its_name_and_what_made_it(adapter: Adapter) -> None:
    assert (adapter.name, adapter.metadata) == ("polite", {"seed": "4"})


def test_the_change_of_a_fused_weight_is_its_parts_changes_stacked(
    adapter: Adapter, model: Transformer, tmp_path: Path
) -> None:
    with safe_open(tmp_path / "polite.safetensors", framework="pt") as stored:
        for name, parts in (("attention.qkv", "qkv"), ("attention.o", "o")):
            factors = [
                [stored.get_tensor(f"blocks.1.attention.{part}.{key}").float() for key in "ab"]
                for part in parts
            ]
            change = adapter.delta(f"blocks.1.{name}.weight")
            assert change is not None
            assert change.dtype == torch.float32
            torch.testing.assert_close(change, torch.cat([b @ a for a, b in factors]))
    assert adapter.delta("blocks.1.attention_norm.weight") is None
    assert adapter.delta("embedding.weight") is None


@torch.inference_mode()
def test_low_rank_use_gives_what_merging_gives(adapter: Adapter, model: Transformer) -> None:
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(1))
    for weight in products(model.config):
        linear = model.get_submodule(weight.name.removesuffix(".weight"))
        assert isinstance(linear, Linear)
        change, low = adapter.delta(weight.name), adapter.low_rank(weight.name)
        assert change is not None
        assert isinstance(low, LowRank)
        assert low.a.shape == (3 * len(weight.parts), linear.in_features)
        rows = x if linear.in_features == 64 else x.repeat(1, 2)[:, : linear.in_features]
        merged = F.linear(rows, linear.weight + change)
        linear.low_rank = low
        torch.testing.assert_close(linear(rows), merged, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("change", [{"n_layers": 3}, {"n_layers": 1}, {"d_ff": 64}])
def test_an_adapter_for_another_model_is_refused(
    change: dict[str, int], model: Transformer, tmp_path: Path
) -> None:
    other = dataclasses.replace(model.config, **change)
    path = write_random(tmp_path / "other.safetensors", other)
    with pytest.raises(AdapterError, match=r"other\.safetensors: .*blocks\."):
        read_adapter(path, model.config)


def test_factors_of_two_ranks_are_refused_by_name(model: Transformer, tmp_path: Path) -> None:
    path = write_random(tmp_path / "odd.safetensors", model.config)
    with safe_open(path, framework="pt") as stored:
        tensors = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118
    tensors["blocks.0.attention.k.b"] = torch.zeros(32, 2).half()
    save_file(tensors, path)
    with pytest.raises(AdapterError, match=r"blocks\.0\.attention\.k\.weight is \(32, 64\)"):
        read_adapter(path, model.config)


def test_a_missing_or_broken_file_is_named(model: Transformer, tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match=r"none\.safetensors"):
        read_adapter(tmp_path / "none.safetensors", model.config)
    broken = tmp_path / "broken.safetensors"
    save_file({"a": torch.zeros(4)}, broken)
    broken.write_bytes(broken.read_bytes()[:20])
    with pytest.raises(AdapterError, match=r"broken\.safetensors"):
        read_adapter(broken, model.config)


def test_the_adapter_that_ships_fits_the_default_model_and_keeps_its_recipe() -> None:
    default = ModelConfig(49_152, 30, 9, 3, 576, 1536, 64, 8192, 1e-5)
    path = Path(str(files("model_server") / "adapters" / "research.safetensors"))
    shipped = read_adapter(path, default)
    assert "recipe" in shipped.metadata
    change = shipped.delta("blocks.29.feed_forward.gate_up.weight")
    assert change is not None
    assert change.shape == (3072, 576)
    assert 0 < change.norm() < 100
