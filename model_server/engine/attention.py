"""What a token attends to: whole sequences (training), or a KV cache's slots (serving)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model_server.engine.batch import Batch, Span
from model_server.engine.cache import KVPool
from model_server.engine.model import Transformer


def scaled_dot_product(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """q (B, T, H, D), k and v (B, S, Hkv, D), mask (B, 1 or H, T, S) -> (B, T, H, D).

    The mask is added to the scores. Grouped queries: arXiv 2305.13245.
    """
    q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=q.shape[1] != k.shape[1])
    return y.transpose(1, 2)


def attention_mask(model: Transformer, queries: Tensor, keys: Tensor, dtype: torch.dtype) -> Tensor:
    """Positions (B, T) and (B, S) -> what is added to scores, (B, 1 or H, T, S).

    Nobody sees what comes later. Made once a step: scaled_dot_product_attention would make it of a
    mask of booleans in every layer.
    """
    later = (keys[:, None, :] > queries[:, :, None])[:, None]  # (B, 1, T, S)
    bias = model.bias(queries, keys)
    if bias is None:
        bias = torch.zeros(later.shape, device=keys.device)
    return bias.masked_fill(later, -torch.inf).to(dtype)


class Whole:
    """Causal attention within sequences of equal length, read whole: ids (B, T), no cache."""

    def __init__(self, model: Transformer, positions: Tensor) -> None:
        self._mask = attention_mask(model, positions, positions, torch.float32)

    def __call__(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return scaled_dot_product(q, k, v, self._mask)


@dataclass(frozen=True, slots=True)
class _Group:
    """Spans of equally many rows T, attended together; their slots padded to the longest, S."""

    rows: Tensor  # (G, T)
    slots: Tensor  # (G, S)
    mask: Tensor  # (G, 1 or H, T, S)


class Cached:
    """Stores a batch's keys and values in the pool, and attends to all of each row's sequence."""

    def __init__(self, model: Transformer, pool: KVPool, batch: Batch) -> None:
        device = model.device
        self._pool = pool
        written = [span.slots[len(span.slots) - span.rows :] for span in batch.spans]
        self._written = torch.from_numpy(np.concatenate(written)).to(device)  # (N,)
        by_rows: dict[int, list[tuple[int, Span]]] = {}
        start = 0
        for span in batch.spans:
            by_rows.setdefault(span.rows, []).append((start, span))
            start += span.rows
        dtype = pool.keys.dtype
        self._groups = [_group(model, rows, spans, dtype) for rows, spans in by_rows.items()]

    def __call__(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        keys, values = self._pool.layer(layer)  # (slots, Hkv, D)
        keys[self._written] = k.to(keys.dtype)
        values[self._written] = v.to(values.dtype)
        if len(self._groups) == 1:  # the usual case: its rows are all, and in order
            return _attend(q, keys, values, self._groups[0]).flatten(0, 1)
        out = torch.empty_like(q)
        for group in self._groups:
            out[group.rows] = _attend(q[group.rows.flatten()], keys, values, group)
        return out  # (N, H, D)


def _attend(q: Tensor, keys: Tensor, values: Tensor, group: _Group) -> Tensor:
    """q (G * T, H, D), keys and values (slots, Hkv, D) -> (G, T, H, D) float32."""
    rows = q.to(keys.dtype).reshape(*group.rows.shape, *q.shape[1:])
    return scaled_dot_product(rows, keys[group.slots], values[group.slots], group.mask).float()


def _group(
    model: Transformer, rows: int, spans: list[tuple[int, Span]], dtype: torch.dtype
) -> _Group:
    device = model.device
    longest = max(len(span.slots) for _, span in spans)
    slots = np.empty((len(spans), longest), np.int64)
    for index, (_, span) in enumerate(spans):
        # Padding is masked, but must be finite all the same: 0 times NaN is NaN.
        slots[index] = span.slots[0]
        slots[index, : len(span.slots)] = span.slots
    starts = torch.tensor([start for start, _ in spans], device=device)[:, None]
    firsts = torch.tensor([len(span.slots) - rows for _, span in spans], device=device)[:, None]
    steps = torch.arange(rows, device=device)[None]
    keys = torch.arange(longest, device=device)[None].expand(len(spans), -1)
    mask = attention_mask(model, firsts + steps, keys, dtype)
    return _Group(starts + steps, torch.from_numpy(slots).to(device), mask)
