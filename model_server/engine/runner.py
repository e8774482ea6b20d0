"""Runs steps: a batch in, logits out. Loads the model and chooses how each step is computed.

On the CPU a step of few rows (decoding, verifying drafts) is bound by reading the weights, and goes
through int8.py: weights in 8 bits, no Python inside the step. A step of many rows (a prompt, many
candidates) is bound by arithmetic, and goes through torch (model.py), in bfloat16 where the CPU
multiplies it several times faster, else in float32. On a GPU, and with another dtype by setting,
every step goes through torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model_server.checkpoints.adapter import Adapter, read_adapter
from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.checkpoints.layout import products
from model_server.engine.attention import Cached
from model_server.engine.batch import Batch
from model_server.engine.cache import KVPool
from model_server.engine.graphs import DecodeGraphs
from model_server.engine.load import load_transformer
from model_server.engine.model import Linear, LowRank, Transformer
from model_server.engine.sampling import Floats
from model_server.kernels import stages
from model_server.kernels.int8 import MAX_ROWS, Int8Model


class RunnerError(Exception):
    """The settings ask for what this machine or this program does not have."""


@dataclass(frozen=True, slots=True)
class Options:
    weights: Path
    adapter: Path | None = None
    """Merged into the weights."""
    adapters: Mapping[str, Path] = field(default_factory=dict)
    """By name, for requests to choose from."""
    device: str = "auto"
    """"auto" (a GPU when there is one), "cpu", "cuda"."""
    dtype: str = "auto"
    """"auto" (int8 on the CPU, bfloat16 on a GPU), "int8" (CPU), "float32", "bfloat16"."""
    threads: int = 0
    """Threads of a step on the CPU; 0: torch's choice."""
    max_context: int | None = None
    """Lowers the context (tokens) below what the model was trained for."""
    kv_cache_tokens: int = 12_288


@dataclass(frozen=True, slots=True)
class _Switchable:
    """An adapter that requests may choose: for torch by module, for int8 stacked by layer."""

    by_module: Mapping[str, LowRank]
    stacked: stages.Adapter | None


class Runner:
    """A loaded model and its KV pool."""

    few_rows = 0
    """In steps of at most so many rows, no row's logits depend on what else is in the step."""

    def __init__(
        self,
        model: Transformer,
        int8: Int8Model | None,
        adapters: Mapping[str, Adapter],
        slots: int,
    ) -> None:
        on_gpu = model.device.type == "cuda"
        self.config = model.config
        self.slots = slots
        self.device = str(model.device)
        self.threads = torch.get_num_threads()
        self._model = model
        self._int8 = int8
        pool_dtype = torch.bfloat16 if on_gpu else torch.float32
        # One slot more than is handed out: for the padding of graphs.
        self._pool = KVPool(self.config, slots + 1, pool_dtype, model.device)
        self._graphs = DecodeGraphs(model, self._pool) if on_gpu else None
        self._linears = {
            name: module for name, module in model.named_modules() if isinstance(module, Linear)
        }
        self._adapters = {name: self._switchable(one) for name, one in adapters.items()}
        self._in_use: str | None = None
        if int8 is not None:
            self._arrays = self._pool.keys.numpy(), self._pool.values.numpy()
            self.few_rows = MAX_ROWS

    @property
    def adapters(self) -> tuple[str, ...]:
        """Those a batch may name."""
        return tuple(self._adapters)

    @property
    def dtype(self) -> str:
        """What weights are kept in: "int8" (with a wider copy for many rows), "float32", ..."""
        if self._int8 is not None:
            return "int8"
        return str(self._model.embedding.weight.dtype).removeprefix("torch.")

    def run(self, batch: Batch) -> Floats:
        """Compute a step: keys and values go to the pool; logits (W, V) float32 come back."""
        if self._int8 is not None and len(batch.ids) <= self.few_rows:
            return self._run_int8(batch)
        return self._run_torch(batch)

    def close(self) -> None:
        """End the threads of the int8 path."""
        if self._int8 is not None:
            self._int8.close()

    def _run_int8(self, batch: Batch) -> Floats:
        assert self._int8 is not None
        return self._int8.step(
            batch.ids,
            batch.positions,
            batch.table,
            batch.table_start,
            batch.wanted,
            *self._arrays,
            self._adapters[batch.adapter].stacked if batch.adapter else None,
        )

    @torch.inference_mode()
    def _run_torch(self, batch: Batch) -> Floats:
        self._use(batch.adapter)
        if self._graphs is not None and batch.adapter is None and self._graphs.fits(batch):
            graphed: Floats = self._graphs.run(batch).cpu().numpy()
            return graphed
        device = self._model.device
        ids, positions, wanted = (
            torch.from_numpy(one).to(device) for one in (batch.ids, batch.positions, batch.wanted)
        )
        hidden = self._model(ids, positions, Cached(self._model, self._pool, batch))
        if self._int8 is not None and len(wanted) <= MAX_ROWS:
            return self._int8.logits(hidden[wanted].numpy())
        logits: Floats = self._model.logits(hidden[wanted]).cpu().numpy()
        return logits

    def _use(self, adapter: str | None) -> None:
        if adapter == self._in_use:
            return
        changes = self._adapters[adapter].by_module if adapter else {}
        for name, linear in self._linears.items():
            linear.low_rank = changes.get(name)
        self._in_use = adapter

    def _switchable(self, adapter: Adapter) -> _Switchable:
        weights = [weight.name for weight in products(self.config)]
        changes = {name.removesuffix(".weight"): adapter.low_rank(name) for name in weights}
        by_module = {
            name: LowRank(*(one.to(self._linears[name].weight) for one in (change.a, change.b)))
            for name, change in changes.items()
        }
        if self._int8 is None:
            return _Switchable(by_module, None)

        def stacked(product: str) -> stages.LowRanks:
            layers = [changes[f"blocks.{layer}.{product}"] for layer in range(self.config.n_layers)]
            a = np.stack([one.a.numpy() for one in layers])
            return stages.LowRanks(a, np.stack([one.b.numpy() for one in layers]))

        fields = "attention.qkv", "attention.o", "feed_forward.gate_up", "feed_forward.down"
        return _Switchable(by_module, stages.Adapter(*map(stacked, fields)))


def quantized(model: Transformer) -> Int8Model:
    """A float32 model's weights for steps of few rows."""
    int8 = Int8Model(model.config, torch.get_num_threads())
    for name, weight in model.state_dict().items():
        int8.store(name, weight.numpy())
    return int8


def load(options: Options) -> Runner:
    """Read the weights, merge or keep the adapters, and be ready to run.

    Raises CheckpointError, AdapterError, TokenizerError, RunnerError; the message names the file or
    the setting.
    """
    device = _device(options.device)
    threads = options.threads or torch.get_num_threads()
    torch.set_num_threads(1)  # while reading: threads cost more than they save on one weight
    checkpoint = open_checkpoint(options.weights, options.max_context)
    config = checkpoint.config
    int8 = None
    if options.dtype in ("auto", "int8") and device.type == "cpu":
        int8 = Int8Model(config, threads)
        dtype = _many_rows_dtype()
    else:
        dtype = _dtype(options.dtype, device)
    merged = read_adapter(options.adapter, config) if options.adapter else None
    adapters = {name: read_adapter(path, config) for name, path in options.adapters.items()}

    def quantize(name: str, weight: Tensor) -> None:
        if int8 is not None:
            int8.store(name, weight.float().numpy())

    model = load_transformer(checkpoint, merged, dtype, device, quantize)
    torch.set_num_threads(threads)
    return Runner(model, int8, adapters, options.kv_cache_tokens)


def _device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        raise RunnerError("device: cuda is set, but torch finds no GPU; allowed here: auto, cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _dtype(name: str, device: torch.device) -> torch.dtype:
    known = {"float32": torch.float32, "bfloat16": torch.bfloat16, "auto": torch.bfloat16}
    if name not in known:
        raise RunnerError(f"dtype: {name} does not run on {device.type}; float32 and bfloat16 do")
    return known[name]


def _many_rows_dtype() -> torch.dtype:
    """bfloat16 where the CPU multiplies it several times faster than float32, else float32."""
    has = torch.cpu.get_capabilities()
    return torch.bfloat16 if has.get("amx_bf16") else torch.float32
