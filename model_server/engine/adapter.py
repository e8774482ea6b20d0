"""LoRA (arXiv 2106.09685): a low-rank change to every linear layer but the output head.

attach      wrap the layers with fresh, trainable low-rank factors
resume      set them to a saved adapter's
save        write the factors, float16, with what made them as metadata
merge       add a saved adapter's change into the weights, after which it costs nothing
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from model_server.engine.model import Transformer


class AdapterError(Exception):
    """The adapter is missing, malformed or made for another model; the message says which."""


class LoRALinear(nn.Module):
    """y = W x + scale * B (A x), with W frozen. A is (r, in), B is (out, r) and starts at zero."""

    def __init__(
        self, base: nn.Linear, rank: int, alpha: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.base = base
        self.scale = alpha / rank
        bound = 1 / math.sqrt(base.in_features)
        a = torch.empty(rank, base.in_features).uniform_(-bound, bound, generator=generator)
        self.a = nn.Parameter(a)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:  # (..., in) -> (..., out)
        low = F.linear(x, self.a.to(x.dtype))
        out: Tensor = self.base(x) + F.linear(low, (self.b * self.scale).to(x.dtype))
        return out


def _linears(model: Transformer) -> Iterator[tuple[str, nn.Module, str, nn.Linear]]:
    """Every adaptable layer: its full name, its parent, its name there, itself."""
    for block_name, block in model.blocks.named_modules(prefix="blocks"):
        for child_name, child in block.named_children():
            if isinstance(child, nn.Linear):
                yield f"{block_name}.{child_name}", block, child_name, child


def attach(model: Transformer, rank: int, alpha: float, seed: int) -> list[nn.Parameter]:
    """Wrap every linear layer of the blocks; returns the new parameters, float32."""
    generator = torch.Generator().manual_seed(seed)
    parameters: list[nn.Parameter] = []
    for _, parent, name, linear in list(_linears(model)):
        wrapped = LoRALinear(linear, rank, alpha, generator)
        setattr(parent, name, wrapped)
        parameters += [wrapped.a, wrapped.b]
    return parameters


def save(model: Transformer, path: Path, metadata: Mapping[str, str]) -> None:
    """Write the factors of every LoRALinear, the scale folded into B, as float16."""
    tensors: dict[str, Tensor] = {}
    for name, module in model.named_modules():
        if isinstance(module, LoRALinear):
            tensors[f"{name}.a"] = module.a.detach().to(torch.float16).contiguous()
            tensors[f"{name}.b"] = (module.b.detach() * module.scale).to(torch.float16).contiguous()
    save_file(tensors, path, metadata=dict(metadata))


def resume(model: Transformer, path: Path) -> None:
    """Set the factors of an attached model to a saved adapter's, to train them further.

    Raises AdapterError when the file is not an adapter of this model and rank.
    """
    wrapped = [(name, one) for name, one in model.named_modules() if isinstance(one, LoRALinear)]
    try:
        with safe_open(path, framework="pt") as stored, torch.no_grad():
            for name, module in wrapped:
                module.a.copy_(stored.get_tensor(f"{name}.a"))
                module.b.copy_(stored.get_tensor(f"{name}.b").float() / module.scale)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise AdapterError(f"{path}: cannot be trained further ({error})") from error


def merge(model: Transformer, path: Path) -> dict[str, str]:
    """Add the adapter's change to the model's weights; returns the adapter's metadata.

    Raises AdapterError when a layer is missing from the file, unknown, or of another shape.
    """
    layers = {name: linear for name, _, _, linear in _linears(model)}
    try:
        with safe_open(path, framework="pt") as stored:
            names = set(stored.keys())
            expected = {f"{name}.{factor}" for name in layers for factor in ("a", "b")}
            if names != expected:
                odd = sorted(names ^ expected)[:3]
                raise AdapterError(f"{path}: made for another model (layers differ, e.g. {odd})")
            for name, linear in layers.items():
                a, b = (
                    stored.get_tensor(f"{name}.a").float(),
                    stored.get_tensor(f"{name}.b").float(),
                )
                expected_shape = (linear.out_features, linear.in_features)
                if (b.shape[0], a.shape[1]) != expected_shape or a.shape[0] != b.shape[1]:
                    raise AdapterError(f"{path}: {name} is {tuple(b.shape)} x {tuple(a.shape)}")
                with torch.no_grad():
                    linear.weight += (b @ a).to(linear.weight.dtype)
            return dict(stored.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise AdapterError(f"{path}: not a readable safetensors file ({error})") from error
