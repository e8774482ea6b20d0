"""Reads folders in Hugging Face's form: config.json, tokenizer.json, *.safetensors.

Model types llama, mistral and qwen2, and our own: groundling-lamda, whose config.json holds
ModelConfig's fields and whose weights have our names (checkpoint.save_folder writes it).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from model_server.checkpoints.checkpoint import LAMDA, Checkpoint, CheckpointError, check_shapes
from model_server.checkpoints.layout import Shape, Weight, layout, renamed
from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.engine.config import ModelConfig, RopeScaling

if TYPE_CHECKING:
    from torch import Tensor

_THEIRS = ("llama", "mistral", "qwen2")
_NAMES = {
    "embedding": "model.embed_tokens",
    "norm": "model.norm",
    "head": "lm_head",
    "attention_norm": "input_layernorm",
    "attention.q": "self_attn.q_proj",
    "attention.k": "self_attn.k_proj",
    "attention.v": "self_attn.v_proj",
    "attention.o": "self_attn.o_proj",
    "feed_forward_norm": "post_attention_layernorm",
    "feed_forward.gate": "mlp.gate_proj",
    "feed_forward.up": "mlp.up_proj",
    "feed_forward.down": "mlp.down_proj",
}
_TYPES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_WHOLE, _INDEX = "model.safetensors", "model.safetensors.index.json"


@dataclass(frozen=True, slots=True)
class _Stored:
    shape: Shape
    type: str
    file: Path


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path.name} is missing") from None
    except ValueError as error:
        raise CheckpointError(f"{path.name} is not JSON ({error})") from error
    if not isinstance(found, dict):
        raise CheckpointError(f"{path.name} is not a JSON object")
    return found


def _rope(raw: Mapping[str, Any]) -> tuple[float, RopeScaling | None]:
    """(base, scaling); transformers 5 writes both as rope_parameters."""
    rope = raw.get("rope_parameters") or raw.get("rope_scaling") or {}
    base = rope.get("rope_theta") or raw.get("rope_theta", 10_000.0)
    kind = rope.get("rope_type") or rope.get("type") or "default"
    if kind == "default":
        return base, None
    if kind != "llama3":
        raise CheckpointError(f"rope scaling {kind!r}; this engine has 'default' and 'llama3'")
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    return base, RopeScaling(rope["factor"], low, high, rope["original_max_position_embeddings"])


def _config(raw: Mapping[str, Any], max_context: int | None) -> ModelConfig:
    kind = raw.get("model_type")
    if kind not in _THEIRS:
        known = ", ".join((*_THEIRS, LAMDA))
        raise CheckpointError(f"model_type {kind!r} in config.json; this engine runs {known}")
    if raw.get("hidden_act", "silu") != "silu" or "quantization_config" in raw:
        raise CheckpointError("config.json: hidden_act must be 'silu', quantization_config absent")
    heads, width, trained = (
        raw[name] for name in ("num_attention_heads", "hidden_size", "max_position_embeddings")
    )
    windowed = kind != "qwen2" or raw.get("use_sliding_window")
    window = (raw.get("sliding_window") if windowed else None) or trained
    base, scaling = _rope(raw)
    return ModelConfig(
        vocab_size=raw["vocab_size"],
        n_layers=raw["num_hidden_layers"],
        n_heads=heads,
        n_kv_heads=raw.get("num_key_value_heads") or heads,
        d_model=width,
        d_ff=raw["intermediate_size"],
        head_size=raw.get("head_dim") or width // heads,
        max_context=min(trained, window, max_context or trained),  # within the window, the same
        norm_eps=raw["rms_norm_eps"],
        qkv_bias=kind == "qwen2",
        tied_head=raw.get("tie_word_embeddings", False),
        rope_base=base,
        rope_scaling=scaling,
    )


def _our_config(raw: Mapping[str, Any], max_context: int | None) -> ModelConfig:
    fields = {name: value for name, value in raw.items() if name != "model_type"}
    if scaling := fields.get("rope_scaling"):
        fields["rope_scaling"] = RopeScaling(**scaling)
    if factors := fields.get("rope_factors"):
        fields["rope_factors"] = tuple(factors)
    fields["max_context"] = min(fields["max_context"], max_context or fields["max_context"])
    return ModelConfig(**fields)


def _stored(folder: Path) -> dict[str, _Stored]:
    """Every tensor of the folder's safetensors files, from their headers."""
    files = {_WHOLE}
    if not (folder / _WHOLE).exists():
        if not (folder / _INDEX).exists():
            raise CheckpointError(f"neither {_WHOLE} nor {_INDEX} is there")
        files = set(_read_json(folder / _INDEX)["weight_map"].values())
    found: dict[str, _Stored] = {}
    for file in sorted(files):
        path = folder / Path(file).name
        try:
            with safe_open(path, framework="np") as tensors:
                for name in tensors.keys():  # noqa: SIM118  not a mapping
                    one = tensors.get_slice(name)
                    found[name] = _Stored(tuple(one.get_shape()), one.get_dtype(), path)
        except (SafetensorError, OSError) as error:
            raise CheckpointError(f"{file} is missing, cut off or broken ({error})") from error
    for name, stored in found.items():
        if stored.type not in _TYPES:
            known = ", ".join(_TYPES)
            raise CheckpointError(f"tensor {name!r} is {stored.type}; this engine reads {known}")
    return found


def open_folder(folder: Path, max_context: int | None) -> Checkpoint:
    """Open a folder. Raises CheckpointError, TokenizerError or OSError, without its name."""
    raw = _read_json(folder / "config.json")
    ours = raw.get("model_type") == LAMDA
    try:
        config = (_our_config if ours else _config)(raw, max_context)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"config.json lacks a value or has a wrong one ({error})") from error

    def stored_parts(weight: Weight) -> list[tuple[str, Shape]]:
        if ours:
            return [(weight.name, weight.shape)]
        return [(renamed(part, _NAMES, "model.layers"), shape) for part, shape in weight.parts]

    def read(weight: Weight) -> list[Tensor]:
        return [_tensor(stored[name].file, name) for name, _ in stored_parts(weight)]

    stored = _stored(folder)
    check_shapes(
        (part for weight in layout(config) for part in stored_parts(weight)),
        {name: one.shape for name, one in stored.items() if not _is_unused(name, config)},
    )
    try:
        tokenizer = BPETokenizer.from_json((folder / "tokenizer.json").read_text("utf-8"))
    except FileNotFoundError:
        raise CheckpointError("tokenizer.json is missing") from None
    kind = Counter(one.type for one in stored.values()).most_common(1)[0][0]
    return Checkpoint(folder.name, config, tokenizer, _TYPES[kind], read)


def _is_unused(name: str, config: ModelConfig) -> bool:
    return name.endswith("rotary_emb.inv_freq") or (name == "lm_head.weight" and config.tied_head)


def _tensor(file: Path, name: str) -> Tensor:
    with safe_open(file, framework="pt") as tensors:  # a view that keeps the file mapped
        found: Tensor = tensors.get_tensor(name)
    return found
