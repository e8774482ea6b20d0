"""Puts a checkpoint's weights, and an adapter's change to them, into a Transformer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from model_server.checkpoints.adapter import Adapter
from model_server.checkpoints.checkpoint import Checkpoint
from model_server.engine.model import Transformer


def load_transformer(
    checkpoint: Checkpoint,
    adapter: Adapter | None,
    dtype: torch.dtype,
    device: torch.device,
    also: Callable[[str, Tensor], None] | None = None,
) -> Transformer:
    """The model with an adapter (None: as it is) merged in, frozen, for inference.

    Weights are read, changed and converted one by one, so that no second copy of all ever exists.
    Norms are float32, all else `dtype`; on a CPU, what is stored so stays in the mapped file.
    `also` is shown each weight on its way: its name, and the merged tensor.
    """
    with torch.device("meta"):
        model = Transformer(checkpoint.config)
    for name, stored in checkpoint.tensors():
        change = adapter.delta(name) if adapter else None
        weight = stored if change is None else change.add_(stored)
        if also is not None:
            also(name, weight)
        kept = weight.to(device, torch.float32 if "norm" in name else dtype)
        module, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(module), attribute, nn.Parameter(kept, requires_grad=False))
    return model.eval()
