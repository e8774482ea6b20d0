"""LoRA (arXiv 2106.09685): trains a low-rank change to every product of the blocks.

attach      wrap the products with fresh, trainable factors, a pair for each part of a fused one
resume      set them to a saved adapter's
save        write them, float16, with what made them as metadata (read by checkpoints/adapter.py)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from model_server.checkpoints.adapter import AdapterError, factor_names, read_adapter
from model_server.checkpoints.layout import products
from model_server.engine.model import Linear, Transformer


class LoRALinear(nn.Module):
    """y = W x + scale * B (A x) for each part's rows of y, with W frozen. B starts at zero."""

    def __init__(
        self,
        base: Linear,
        parts: Sequence[tuple[str, int]],
        rank: int,
        alpha: float,
        generator: torch.Generator,
    ) -> None:
        """`parts`: name and number of rows of each."""
        super().__init__()
        self.base = base
        self.scale = alpha / rank
        self.parts = [name for name, _ in parts]
        bound = 1 / math.sqrt(base.in_features)
        self.a = nn.ParameterList()  # (rank, in) each
        self.b = nn.ParameterList()  # (rows, rank) each
        for _, rows in parts:
            a = torch.empty(rank, base.in_features).uniform_(-bound, bound, generator=generator)
            self.a.append(nn.Parameter(a))
            self.b.append(nn.Parameter(torch.zeros(rows, rank)))

    def forward(self, x: Tensor) -> Tensor:  # (..., in) -> (..., out) float32
        low = x.to(self.base.weight.dtype)
        changes = [
            F.linear(F.linear(low, a.to(low.dtype)), (b * self.scale).to(low.dtype))
            for a, b in zip(self.a, self.b, strict=True)
        ]
        out: Tensor = self.base(x) + torch.cat(changes, dim=-1)
        return out


def _wrapped(model: Transformer) -> list[LoRALinear]:
    return [module for module in model.modules() if isinstance(module, LoRALinear)]


def attach(model: Transformer, rank: int, alpha: float, seed: int) -> list[nn.Parameter]:
    """Wrap every product of the blocks; returns the new parameters, float32, the only trainable."""
    generator = torch.Generator().manual_seed(seed)
    model.requires_grad_(False)
    parameters: list[nn.Parameter] = []
    for weight in products(model.config):
        name = weight.name.removesuffix(".weight")
        linear = model.get_submodule(name)
        assert isinstance(linear, Linear), f"{name} has an adapter already"
        parts = [(part, shape[0]) for part, shape in weight.parts]
        wrapped = LoRALinear(linear, parts, rank, alpha, generator).to(model.device)
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, wrapped)
        parameters += wrapped.parameters()
    return [parameter for parameter in parameters if parameter.requires_grad]


def save(model: Transformer, path: Path, metadata: Mapping[str, str]) -> None:
    """Write the factors of every LoRALinear, the scale folded into B, as float16."""
    tensors: dict[str, Tensor] = {}
    for module in _wrapped(model):
        for part, a, b in zip(module.parts, module.a, module.b, strict=True):
            a_name, b_name = factor_names(part)
            tensors[a_name] = a.detach().to("cpu", torch.float16).contiguous()
            tensors[b_name] = (b.detach() * module.scale).to("cpu", torch.float16).contiguous()
    save_file(tensors, path, metadata=dict(metadata))


def resume(model: Transformer, path: Path) -> None:
    """Set the factors of an attached model to a saved adapter's, to train them further.

    Raises AdapterError when the file is not an adapter of this model and rank.
    """
    saved = read_adapter(path, model.config)
    by_part = {
        part: factors
        for weight in products(model.config)
        for (part, _), factors in zip(weight.parts, saved.factors[weight.name], strict=True)
    }
    with torch.no_grad():
        for module in _wrapped(model):
            for part, a, b in zip(module.parts, module.a, module.b, strict=True):
                saved_a, saved_b = by_part[part]
                if saved_a.shape != a.shape:
                    raise AdapterError(
                        f"{path}: cannot be trained further: its rank is {saved_a.shape[0]},"
                        f" {a.shape[0]} is asked for"
                    )
                a.copy_(saved_a)
                b.copy_(saved_b.float() / module.scale)
