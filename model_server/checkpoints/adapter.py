"""A LoRA adapter (arXiv 2106.09685): low-rank changes to the products of the blocks, from a file.

The file holds, for each part of each product (blocks.3.attention.q, ...), two float16 factors: a
(r, in) and b (out, r), scaled. `delta` is for merging, `low_rank` for use beside the weights.
training/lora.py makes such files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from model_server.checkpoints.layout import products
from model_server.engine.config import ModelConfig
from model_server.engine.model import LowRank


class AdapterError(Exception):
    """The adapter is missing, malformed or made for another model; the message says which."""


@dataclass(frozen=True, slots=True)
class Adapter:
    name: str
    metadata: dict[str, str]
    factors: dict[str, list[tuple[Tensor, Tensor]]]
    """(a, b) of each of a weight's parts, by the weight's name; as stored."""

    def delta(self, weight: str) -> Tensor | None:
        """What is added to a weight of the Transformer's state dict: (out, in) float32.

        None where the adapter changes nothing.
        """
        if weight not in self.factors:
            return None
        return torch.cat([b.float() @ a.float() for a, b in self.factors[weight]])

    def low_rank(self, weight: str) -> LowRank:
        """The same as factors, float32: a (R, in), b (out, R); R the sum of the parts' ranks."""
        a, b = zip(*self.factors[weight], strict=True)
        blocks: Tensor = torch.block_diag(*b)  # type: ignore[no-untyped-call]
        return LowRank(torch.cat(a).float(), blocks.float())


def factor_names(part: str) -> tuple[str, str]:
    """A part's two keys in the file: blocks.3.attention.q.weight -> blocks.3.attention.q.a, ...b"""
    module = part.removesuffix(".weight")
    return f"{module}.a", f"{module}.b"


def read_adapter(path: Path, config: ModelConfig) -> Adapter:
    """Read an adapter's file. Raises AdapterError when it is not one of a model of this shape."""
    weights = list(products(config))
    expected = {key for one in weights for part, _ in one.parts for key in factor_names(part)}
    try:
        with safe_open(path, framework="pt") as stored:
            if odd := sorted(set(stored.keys()) ^ expected)[:3]:
                raise AdapterError(f"{path}: made for another model (layers differ, e.g. {odd})")
            tensors = {key: stored.get_tensor(key) for key in expected}
            metadata = dict(stored.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise AdapterError(f"{path}: not a readable safetensors file ({error})") from error
    factors: dict[str, list[tuple[Tensor, Tensor]]] = {}
    for weight in weights:
        factors[weight.name] = []
        for part, shape in weight.parts:
            a, b = (tensors[key] for key in factor_names(part))
            fits = a.dim() == b.dim() == 2 and a.shape[0] == b.shape[1]
            if not fits or (b.shape[0], a.shape[1]) != shape:
                raise AdapterError(
                    f"{path}: {part} is {shape}; the factors are {(*b.shape,)} and {(*a.shape,)}"
                )
            factors[weight.name].append((a, b))
    return Adapter(path.stem, metadata, factors)
