"""Steps of a few rows on the CPU with int8 weights: decoding, and verifying a few drafted tokens.

All of a step is compiled (stages.py); this is what stands around it: the weights, stored as they
are read, and the call. Covers both families of config.py. Activations, keys, values and logits are
float32; int8 activations, scaled per tensor, ruin a model (SmolLM2's perplexity 40.8 becomes 110).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from model_server.checkpoints.layout import Shape, layout
from model_server.engine.config import ModelConfig
from model_server.engine.model import relative_bucket, rotary_frequencies
from model_server.kernels import stages
from model_server.kernels.stages import MAX_ROWS, Adapter, Floats, Int8Weights, Ints, LowRanks
from model_server.kernels.team import Team
from model_server.kernels.vectors import GROUP, use_cache

__all__ = ["MAX_ROWS", "Adapter", "Int8Model", "Int8Weights", "LowRanks", "quantize"]


_FIELDS = {
    "embedding.weight": "embedding",
    "head.weight": "head",
    "norm.weight": "norm",
    "relative_bias.weight": "distance_bias",
    "attention_norm.weight": "attention_norm",
    "attention.qkv.weight": "qkv",
    "attention.qkv.bias": "qkv_bias",
    "attention.o.weight": "o",
    "feed_forward_norm.weight": "feed_forward_norm",
    "feed_forward.gate_up.weight": "gate_up",
    "feed_forward.down.weight": "down",
}
"""By a weight's name within its block, the field of stages.Weights."""


def quantize(weight: Floats, codes: npt.NDArray[np.int8], scales: Floats) -> None:
    """weight (O, I) float32 -> codes (O, I) int8 and scales (O,) float32, in place.

    Per output channel, symmetric: scale = absmax / 127, |weight - codes * scale| <= scale / 2. The
    scale of a row of zeros is 0, of a row with a value that is not finite NaN.
    """
    assert weight.shape == codes.shape, f"weight {weight.shape}, codes {codes.shape}"
    assert scales.shape == weight.shape[:1], f"weight {weight.shape}, scales {scales.shape}"
    stages.quantize(weight, codes, scales)


def _padded(size: int) -> int:
    return -(-size // stages.PAD) * stages.PAD


def _matrix(layers: int, sections: int, outputs: int, inputs: int) -> Int8Weights:
    """For products of `sections` equal parts, each of which begins a group of its own."""
    shape = layers, sections * stages.groups(outputs), _padded(inputs), GROUP
    return Int8Weights(np.zeros(shape, np.int8), np.zeros((layers, sections * outputs), np.float32))


class _Place(NamedTuple):
    """Where a weight goes, and the shape it comes in."""

    field: str  # of stages.Weights
    layer: int
    shape: Shape


def _places(config: ModelConfig) -> dict[str, _Place]:
    """By name, of every weight that the Transformer has."""
    places = {}
    for weight in layout(config):
        in_block = weight.name.startswith("blocks.")
        _, layer, within = weight.name.split(".", 2) if in_block else ("", "0", weight.name)
        places[weight.name] = _Place(_FIELDS[within], int(layer), weight.shape)
    return places


class Int8Model:
    """The weights of a model for steps of up to MAX_ROWS rows, and the team that runs them."""

    def __init__(self, config: ModelConfig, threads: int) -> None:
        use_cache()
        self.config = config
        c, f, layers = config.d_model, config.d_ff, config.n_layers
        hd, qkv = config.n_heads * config.head_size, config.qkv_rows
        self._shape = stages.Shape(
            config.n_heads, config.n_kv_heads, config.head_size, c, f, layers, config.vocab_size,
            threads,
            config.positions == "rotary", config.activation == "gelu", np.float32(config.norm_eps),
        )  # fmt: skip
        self._sections = {"qkv": qkv // config.head_size, "gate_up": 2}
        """Of the products that have several: each head's outputs, and gate's and up's."""
        embedding = _matrix(1, 1, config.vocab_size, c)
        head = embedding if config.tied_head else _matrix(1, 1, config.vocab_size, c)
        positions = torch.arange(config.max_context)
        angles = positions.float()[:, None] * rotary_frequencies(config)
        self._weights = stages.Weights(
            embedding=embedding,
            head=head,
            qkv=_matrix(layers, self._sections["qkv"], config.head_size, c),
            o=_matrix(layers, 1, c, hd),
            gate_up=_matrix(layers, self._sections["gate_up"], f, c),
            down=_matrix(layers, 1, c, f),
            attention_norm=np.empty((layers, c), np.float32),
            feed_forward_norm=np.empty((layers, c), np.float32),
            norm=np.empty((1, c), np.float32),
            qkv_bias=np.zeros((layers, qkv), np.float32),
            cos=angles.cos().numpy(),
            sin=angles.sin().numpy(),
            distance_bias=np.zeros((config.n_heads, config.max_context), np.float32),
        )
        self._buckets = relative_bucket(
            positions, config.relative_buckets, config.relative_max_distance
        ).numpy()
        self._threads = threads
        self._buffers = self._new_buffers()
        none = [LowRanks(*np.empty((2, 1, 0, 0), np.float32)) for _ in range(4)]
        self._no_adapter = Adapter(*none)
        self._places = _places(config)
        self._missing = set(self._places)
        self._team = Team(threads)

    def _new_buffers(self, rank: int = 0) -> stages.Buffers:
        shape, threads = self._shape, self._threads
        c, hd = shape.d_model, shape.heads * shape.head_size
        parts = stages.PARTS * threads
        widest = max(
            stages.chunk(shape.d_model, parts),
            stages.chunk(shape.d_ff, parts),
            stages.chunk(shape.vocabulary, stages.HEAD_PARTS * threads),
        )

        def zeros(*sizes: int) -> Floats:
            return np.zeros(sizes, np.float32)

        return stages.Buffers(
            x=zeros(MAX_ROWS, c),
            q=zeros(MAX_ROWS, hd),
            attended=zeros(MAX_ROWS, _padded(hd)),
            hidden=zeros(MAX_ROWS, _padded(shape.d_ff)),
            normed=zeros(threads, MAX_ROWS, _padded(c)),
            out=zeros(threads, 2, MAX_ROWS, max(widest, stages.groups(shape.head_size) * GROUP)),
            low=zeros(threads, MAX_ROWS, rank),
            scores=zeros(threads, self.config.max_context),
        )

    def store(self, name: str, weight: Floats) -> None:
        """Take a tensor of Transformer's state dict, float32 in the shape it has there.

        Matrices become int8, vectors stay float32. Raises ValueError for a name that a model of
        this configuration has not, and for a wrong shape.
        """
        if name not in self._places:
            known = ", ".join(self._places)
            raise ValueError(f"no weight {name!r} in this model; it has {known}")
        field, layer, shape = self._places[name]
        if weight.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, not {weight.shape}")
        target = getattr(self._weights, field)
        if isinstance(target, Int8Weights):
            codes = np.empty(weight.shape, np.int8)
            quantize(weight, codes, target.scales[layer])
            sections = self._sections.get(field, 1)
            parts = np.split(target.codes[layer], sections)
            for part, own in zip(np.split(codes, sections), parts, strict=True):
                stages.interleave(part, own)
        elif field == "distance_bias":
            target[:] = weight[self._buckets].T
        else:
            target[layer] = weight
        self._missing.discard(name)

    def step(  # noqa: PLR0917  the order of a step's arrays is the same everywhere
        self,
        ids: Ints,
        positions: Ints,
        table: Ints,
        table_start: Ints,
        wanted: Ints,
        keys: Floats,
        values: Floats,
        lora: Adapter | None = None,
    ) -> Floats:
        """Run N <= MAX_ROWS rows; logits (W, V) float32 of the wanted rows, a new array.

        ids, positions, table_start (N,), table (sum of S,), wanted (W,): int64. Row n is token
        ids[n] at positions[n] of the sequence whose cache slots begin at table[table_start[n]].
        keys, values (L, slots, Hkv * D) float32: the cache; every row's are written before any
        is read. lora: an adapter that is not merged. A row's logits are bit for bit the same
        whatever other rows, and however many threads, there are. One call at a time.

        Raises ValueError when weights are missing.
        """
        n, config = len(ids), self.config
        assert 0 < n <= MAX_ROWS, f"{n} rows; 1 to {MAX_ROWS} can be run in a step"
        assert len(wanted) <= MAX_ROWS, f"{len(wanted)} wanted rows of {n}"
        assert ids.min() >= 0 and ids.max() < config.vocab_size, ids  # noqa: PT018
        assert positions.min() >= 0 and positions.max() < config.max_context, positions  # noqa: PT018
        if self._missing:
            raise ValueError(f"weights never stored: {', '.join(sorted(self._missing))}")
        rank = max(change.a.shape[1] for change in lora) if lora else 0
        if rank > self._buffers.low.shape[2]:
            self._buffers = self._new_buffers(rank)
        embedding = self._weights.embedding
        codes = embedding.codes[0, ids // GROUP, : config.d_model, ids % GROUP]
        np.multiply(codes, embedding.scales[0, ids, None], out=self._buffers.x[:n])
        # Copies: other strides, or read-only arrays, would be compiled for anew.
        rows = (np.array(one, np.int64) for one in (ids, positions, table, table_start, wanted))
        return self._run(self._shape, (*rows, keys, values), lora or self._no_adapter)

    def logits(self, hidden: Floats) -> Floats:
        """The output head alone: hidden (W, C) float32, W <= MAX_ROWS -> logits (W, V) float32.

        hidden is what the last layer leaves, before the last norm.
        """
        assert len(hidden) <= MAX_ROWS, f"{len(hidden)} rows; at most {MAX_ROWS}"
        self._buffers.x[: len(hidden)] = hidden
        none = np.empty((0, 0, 0), np.float32)
        indices = (np.arange(size) for size in (0, 0, 0, 0, len(hidden)))
        shape = self._shape._replace(layers=0)
        return self._run(shape, (*indices, none, none), self._no_adapter)

    def _run(self, shape: stages.Shape, arrays: tuple[Any, ...], lora: Adapter) -> Floats:
        """`arrays`: those of stages.Rows up to the logits, which are returned."""
        logits = np.empty((len(arrays[4]), shape.vocabulary), np.float32)
        rows = stages.Rows._make((*arrays, logits))
        *per_layer, head = stages.tickets(shape, len(rows.ids), len(rows.wanted))
        counters = np.zeros(32, np.int64)  # of this step alone: a helper that is late finds 0 left
        counters[0] = counters[stages.TOTAL] = shape.layers * sum(per_layer) + head
        self._team.run(
            stages.run, counters, stages.Step(shape, self._weights, self._buffers, rows, lora)
        )
        return logits

    def close(self) -> None:
        """End the team's threads."""
        self._team.close()
