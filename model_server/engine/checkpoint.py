"""Reads a GGUF file: configuration, weights (dequantised to float32) and tokenizer.

Covers the `llama` architecture. The format: github.com/ggml-org/ggml, docs/gguf.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader, dequantize
from torch import Tensor

from model_server.engine.config import ModelConfig
from model_server.engine.model import Transformer
from model_server.engine.tokenizer import BPETokenizer

_CONTROL = 3  # tokenizer.ggml.token_type of a control token


class CheckpointError(Exception):
    """The file is missing, truncated or not a model this engine runs; the message says which."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    name: str
    model: Transformer
    tokenizer: BPETokenizer


def _layer_names(layer: int) -> Iterator[tuple[str, str]]:
    ours, theirs = f"blocks.{layer}", f"blk.{layer}"
    for name in ("q", "k", "v"):
        yield f"{ours}.attention.{name}.weight", f"{theirs}.attn_{name}.weight"
    yield f"{ours}.attention.o.weight", f"{theirs}.attn_output.weight"
    yield f"{ours}.attention_norm.weight", f"{theirs}.attn_norm.weight"
    yield f"{ours}.feed_forward_norm.weight", f"{theirs}.ffn_norm.weight"
    for name in ("gate", "up", "down"):
        yield f"{ours}.feed_forward.{name}.weight", f"{theirs}.ffn_{name}.weight"


def _tensor_names(config: ModelConfig) -> Iterator[tuple[str, str]]:
    yield "embedding.weight", "token_embd.weight"
    for layer in range(config.n_layers):
        yield from _layer_names(layer)
    yield "norm.weight", "output_norm.weight"
    if not config.tied_head:
        yield "head.weight", "output.weight"


def _halves_from_pairs(weight: Tensor, heads: int) -> Tensor:
    """Undo llama.cpp's row order: it rotates pairs (2i, 2i+1), we rotate (i, i + D/2)."""
    rows, columns = weight.shape  # (H * D, C)
    pairs = weight.view(heads, rows // heads // 2, 2, columns)
    return pairs.transpose(1, 2).reshape(rows, columns)


def _read_config(
    read: Callable[[str], Any], tensor_names: set[str], max_context: int | None
) -> ModelConfig:
    architecture = read("general.architecture")
    if architecture != "llama":
        raise CheckpointError(f"architecture {architecture!r}; this engine runs 'llama'")
    heads = read("llama.attention.head_count")
    trained = read("llama.context_length")
    return ModelConfig(
        vocab_size=len(read("tokenizer.ggml.tokens")),
        n_layers=read("llama.block_count"),
        n_heads=heads,
        n_kv_heads=read("llama.attention.head_count_kv"),
        d_model=read("llama.embedding_length"),
        d_ff=read("llama.feed_forward_length"),
        max_context=min(trained, max_context or trained),
        rope_base=read("llama.rope.freq_base"),
        norm_eps=read("llama.attention.layer_norm_rms_epsilon"),
        tied_head="output.weight" not in tensor_names,
    )


def _read_weights(reader: GGUFReader, config: ModelConfig) -> dict[str, Tensor]:
    stored = {tensor.name: tensor for tensor in reader.tensors}
    weights: dict[str, Tensor] = {}
    for ours, theirs in _tensor_names(config):
        if theirs not in stored:
            raise CheckpointError(f"tensor {theirs!r} is missing")
        tensor = stored[theirs]
        weight = torch.tensor(dequantize(tensor.data, tensor.tensor_type), dtype=torch.float32)
        if ours.endswith("attention.q.weight"):
            weight = _halves_from_pairs(weight, config.n_heads)
        elif ours.endswith("attention.k.weight"):
            weight = _halves_from_pairs(weight, config.n_kv_heads)
        weights[ours] = weight
    return weights


def load_gguf(path: Path, max_context: int | None = None) -> Checkpoint:
    """Load a GGUF file onto the CPU in float32. Raises CheckpointError, naming the file.

    `max_context` lowers the context below what the model was trained for.
    """
    try:
        reader = GGUFReader(path)

        def read(key: str) -> Any:
            field = reader.get_field(key)
            if field is None:
                raise CheckpointError(f"the key {key!r} is missing")
            return field.contents()

        names = {tensor.name for tensor in reader.tensors}
        config = _read_config(read, names, max_context)
        weights = _read_weights(reader, config)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise CheckpointError(f"{path}: not a readable GGUF file ({error})") from error
    with torch.device("meta"):
        model = Transformer(config)
    if config.tied_head:
        weights["head.weight"] = weights["embedding.weight"]
    try:
        model.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise CheckpointError(f"{path}: {error}") from error
    if config.tied_head:
        model.head.weight = model.embedding.weight
    model.requires_grad_(False)
    model.eval()
    types = read("tokenizer.ggml.token_type")
    tokenizer = BPETokenizer(
        vocabulary=read("tokenizer.ggml.tokens"),
        merges=read("tokenizer.ggml.merges"),
        control=[index for index, kind in enumerate(types) if kind == _CONTROL],
        flavour=read("tokenizer.ggml.pre"),
    )
    name = reader.get_field("general.name")
    return Checkpoint(name.contents() if name else path.stem, model, tokenizer)
