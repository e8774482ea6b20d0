"""The KV cache: keys and values of the tokens a batch of sequences has already read.

Room is allocated once, for `capacity` tokens; a sequence never outgrows it silently.
"""

from __future__ import annotations

import torch
from torch import Tensor

from model_server.engine.config import ModelConfig


class KVCache:
    """Keys and values for B sequences of equal length."""

    def __init__(
        self,
        config: ModelConfig,
        batch: int,
        capacity: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        if capacity > config.max_context:
            raise ValueError(f"{capacity} tokens; the model's context is {config.max_context}")
        shape = (config.n_layers, batch, config.n_kv_heads, capacity, config.head_size)
        self._keys = torch.empty(shape, dtype=dtype, device=device)
        self._values = torch.empty(shape, dtype=dtype, device=device)
        self.length = 0
        """Tokens every layer has stored; moved on by `advance` after a whole step."""

    @property
    def capacity(self) -> int:
        return int(self._keys.shape[3])

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Store this step's keys and values (B, n_kv, T, D); return all so far (B, n_kv, S, D)."""
        end = self.length + keys.shape[2]
        if end > self.capacity:
            raise ValueError(f"the cache has room for {self.capacity} tokens, {end} are needed")
        self._keys[layer, :, :, self.length : end] = keys
        self._values[layer, :, :, self.length : end] = values
        return self._keys[layer, :, :, :end], self._values[layer, :, :, :end]

    def advance(self, tokens: int) -> None:
        self.length += tokens

    def rewind(self, length: int) -> None:
        """Forget every token after the first `length`."""
        if not 0 <= length <= self.length:
            raise ValueError(f"cannot rewind to {length}: {self.length} tokens are stored")
        self.length = length

    def spread(self, batch: int) -> None:
        """Turn the cache of one sequence into that of `batch` equal ones."""
        layers, one, heads, capacity, size = self._keys.shape
        if one != 1:
            raise ValueError(f"only a cache of one sequence can be spread, this has {one}")
        shape = (layers, batch, heads, capacity, size)
        self._keys = self._keys.expand(shape).clone()
        self._values = self._values.expand(shape).clone()
