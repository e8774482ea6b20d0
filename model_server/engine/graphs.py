"""Decoding on a GPU as CUDA graphs: a step is one launch instead of several hundred.

A graph replays fixed shapes on fixed memory, so a decode step is padded up to the next size for
which one was captured: B sequences of one row each, S slots each. Rows that pad write into a slot
of the pool that nobody reads. Steps of other shapes (prompts, drafts) go the usual way.
"""

from __future__ import annotations

import torch
from torch import Tensor

from model_server.engine.attention import attention_mask, scaled_dot_product
from model_server.engine.batch import Batch
from model_server.engine.cache import KVPool
from model_server.engine.model import Transformer

_SMALLEST_CONTEXT = 256
_WARM_UPS = 3


class StaticStep:
    """One decode step on fixed memory: B rows, one a sequence, S slots each."""

    def __init__(self, model: Transformer, pool: KVPool, rows: int, context: int) -> None:
        device = model.device
        self._model, self._pool = model, pool
        self._spare = pool.keys.shape[1] - 1
        self.ids = torch.zeros(rows, dtype=torch.int64, device=device)
        self.positions = torch.zeros(rows, dtype=torch.int64, device=device)
        self.slots = torch.full((rows, context), self._spare, device=device)
        self._places = torch.arange(context, device=device).expand(rows, -1)

    def fill(self, batch: Batch) -> None:
        """Copy a batch of at most B rows in; the rows left over become padding."""
        self.positions.zero_()
        self.slots.fill_(self._spare)
        count = len(batch.ids)
        self.ids[:count] = torch.from_numpy(batch.ids)
        self.positions[:count] = torch.from_numpy(batch.positions)
        for row, span in enumerate(batch.spans):
            self.slots[row, : len(span.slots)] = torch.from_numpy(span.slots)

    @torch.inference_mode()
    def compute(self) -> Tensor:
        """Logits (B, V) float32 of what is filled in."""
        written = self.slots.gather(1, self.positions[:, None])[:, 0]  # (B,)
        dtype = self._pool.keys.dtype
        mask = attention_mask(self._model, self.positions[:, None], self._places, dtype)

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            keys, values = self._pool.layer(layer)
            keys[written] = k.to(keys.dtype)
            values[written] = v.to(values.dtype)
            past = keys[self.slots], values[self.slots]  # (B, S, Hkv, D)
            return scaled_dot_product(q[:, None].to(keys.dtype), *past, mask)[:, 0].float()

        return self._model.logits(self._model(self.ids, self.positions, attend))


class DecodeGraphs:
    """The graphs captured so far, by their shape."""

    def __init__(self, model: Transformer, pool: KVPool) -> None:
        self._model, self._pool = model, pool
        self._graphs: dict[tuple[int, int], tuple[StaticStep, torch.cuda.CUDAGraph, Tensor]] = {}

    @staticmethod
    def fits(batch: Batch) -> bool:
        """Whether every sequence has one row, and logits of all rows are wanted."""
        return len(batch.ids) == len(batch.spans) == len(batch.wanted)

    def run(self, batch: Batch) -> Tensor:
        """Logits (N, V) of a batch that fits; captures a graph for a new shape."""
        longest = max(len(span.slots) for span in batch.spans)
        shape = _up(len(batch.ids), 1), _up(longest, _SMALLEST_CONTEXT)
        if shape not in self._graphs:
            self._graphs[shape] = self._capture(*shape)
        step, graph, logits = self._graphs[shape]
        step.fill(batch)
        graph.replay()
        return logits[: len(batch.ids)]

    def _capture(self, rows: int, context: int) -> tuple[StaticStep, torch.cuda.CUDAGraph, Tensor]:
        step = StaticStep(self._model, self._pool, rows, context)
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):  # what is set up lazily must not be captured
            for _ in range(_WARM_UPS):
                step.compute()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logits = step.compute()
        return step, graph, logits


def _up(value: int, smallest: int) -> int:
    """The next power of two, from `smallest` on."""
    size = smallest
    while size < value:
        size *= 2
    return size
