"""Hugging Face folders and our own: what is read, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

from model_server.checkpoints.checkpoint import (
    CheckpointError,
    open_checkpoint,
    save_folder,
)
from model_server.engine.config import ModelConfig, RopeScaling
from model_server.engine.load import load_transformer
from model_server.engine.model import Transformer

Edit = Callable[[dict[str, Any]], object]


def tokenizer_json() -> str:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken("<|im_end|>", special=True)])
    return str(tokenizer.to_str())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Llama in two shards and bfloat16."""
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=257, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
    )  # fmt: skip
    path = tmp_path / "small-llama"
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(path, max_shard_size="60KB")
    assert len(list(path.glob("*.safetensors"))) > 1
    (path / "tokenizer.json").write_text(tokenizer_json())
    return path


def edit(path: Path, change: Edit) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_sharded_folder_is_read_in_its_stored_type(folder: Path) -> None:
    checkpoint = open_checkpoint(folder)
    assert (checkpoint.name, checkpoint.stored_as) == ("small-llama", "bfloat16")
    assert checkpoint.tokenizer.control("<|im_end|>") == 256
    tensors = dict(checkpoint.tensors())
    assert {one.dtype for one in tensors.values()} == {torch.bfloat16}
    stored: dict[str, torch.Tensor] = {}
    for shard in folder.glob("*.safetensors"):
        stored |= load_file(shard)
    attention = "model.layers.1.self_attn"
    parts = [stored[f"{attention}.{name}_proj.weight"] for name in ("q", "k", "v")]
    assert torch.equal(tensors["blocks.1.attention.qkv.weight"], torch.cat(parts))
    assert torch.equal(tensors["head.weight"], stored["lm_head.weight"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(model_type="gpt2"), "'gpt2'.*llama, mistral, qwen2, groundling-lamda"),
        (lambda c: c.pop("hidden_size"), "config.json lacks.*hidden_size"),
        (lambda c: c.update(hidden_size=40), r"is \(257, 32\); its config says \(257, 40\)"),
        (lambda c: c.update(num_hidden_layers=3), r"'model\.layers\.2\..*' is missing"),
        (lambda c: c.update(num_hidden_layers=1), r"'model\.layers\.1\..*' has no place"),
        (lambda c: c.update(rope_parameters={"rope_type": "yarn"}), "'yarn'.*default.*llama3"),
        (lambda c: c.update(hidden_act="gelu"), "hidden_act"),
        (lambda c: c.update(quantization_config={}), "quantization_config"),
        (lambda c: c.update(num_key_value_heads=3), "4 is not a multiple of n_kv_heads 3"),
    ],
)
def test_a_config_that_does_not_fit_is_refused_with_what_is_wrong(
    folder: Path, change: Edit, message: str
) -> None:
    edit(folder / "config.json", change)
    with pytest.raises(CheckpointError, match=f"small-llama: .*{message}"):
        open_checkpoint(folder)


def test_a_sliding_window_limits_the_context(folder: Path) -> None:
    edit(folder / "config.json", lambda c: c.update(model_type="mistral", sliding_window=20))
    assert open_checkpoint(folder).config.max_context == 20
    assert open_checkpoint(folder, max_context=8).config.max_context == 8


def test_the_old_form_of_rope_scaling_is_read(folder: Path) -> None:
    scaling = {"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    scaling["original_max_position_embeddings"] = 32

    def older(config: dict[str, Any]) -> None:
        del config["rope_parameters"]
        config |= {"rope_theta": 5e5, "rope_scaling": scaling}

    edit(folder / "config.json", older)
    config = open_checkpoint(folder).config
    assert (config.rope_base, config.rope_scaling) == (5e5, RopeScaling(8.0, 1.0, 4.0, 32))


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_missing_or_broken_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_text("{")
    with pytest.raises(CheckpointError, match=re.escape(name)):
        open_checkpoint(folder)
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=rf"{name} is missing"):
        open_checkpoint(folder)


def test_a_truncated_or_missing_shard_is_named(folder: Path) -> None:
    shard = max(folder.glob("*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match=f"{shard.name} is missing, cut off or broken"):
        open_checkpoint(folder)
    shard.unlink()
    with pytest.raises(CheckpointError, match=f"{shard.name} is missing, cut off or broken"):
        open_checkpoint(folder)


def test_a_folder_without_weights_says_what_it_looked_for(folder: Path) -> None:
    (folder / "model.safetensors.index.json").unlink()
    with pytest.raises(CheckpointError, match=r"neither model\.safetensors nor .*index\.json"):
        open_checkpoint(folder)


def test_weights_in_another_type_are_refused_by_name(folder: Path) -> None:
    for shard in folder.glob("*.safetensors"):
        save_file({name: one.to(torch.float64) for name, one in load_file(shard).items()}, shard)
    with pytest.raises(CheckpointError, match=r"is F64; this engine reads F32, F16, BF16"):
        open_checkpoint(folder)


def test_a_saved_lamda_model_comes_back_whole(tmp_path: Path) -> None:
    config = ModelConfig(
        257, 2, 4, 4, 32, 48, 8, 128, 1e-6, positions="t5", activation="gelu", relative_buckets=8
    )
    torch.manual_seed(2)
    model = Transformer(config).requires_grad_(False)
    save_folder(tmp_path / "m", config, model.state_dict(), tokenizer_json())
    checkpoint = open_checkpoint(tmp_path / "m")
    assert checkpoint.config == config
    loaded = load_transformer(checkpoint, None, torch.float32, torch.device("cpu")).state_dict()
    assert loaded.keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert torch.equal(loaded[name], value), name
    assert checkpoint.tokenizer.decode(checkpoint.tokenizer.encode("naïve")) == "naïve"
    assert not list((tmp_path / "m").glob("*.part"))


def test_weights_that_do_not_fit_their_config_are_not_saved(tmp_path: Path) -> None:
    config = ModelConfig(257, 1, 4, 4, 32, 48, 8, 128, 1e-6, positions="t5")
    with pytest.raises(CheckpointError, match=r"'embedding\.weight' is missing"):
        save_folder(tmp_path / "m", config, {}, tokenizer_json())
