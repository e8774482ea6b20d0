"""Which weights a model has: names and shapes, without torch.

The Transformer multiplies some matrices as one ("fused": queries, keys and values; gate and up).
Files and adapters keep them apart. A weight's name is its key in the Transformer's state dict; its
parts', the same with the part's own name: blocks.3.attention.qkv.weight is made of
blocks.3.attention.q.weight, ...k.weight and ...v.weight, stacked by rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from model_server.engine.config import ModelConfig

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    name: str
    parts: tuple[tuple[str, Shape], ...]
    """Name and shape of each, in the order they are stacked; one that is not fused is itself."""

    @property
    def shape(self) -> Shape:
        return (sum(shape[0] for _, shape in self.parts), *self.parts[0][1][1:])


def layout(config: ModelConfig) -> Iterator[Weight]:
    """Every weight of the Transformer, in the order of its state dict's layers."""
    yield _weight("embedding.weight", {"embedding": config.vocab_size}, config.d_model)
    for layer in range(config.n_layers):
        yield from _block(f"blocks.{layer}", config)
    yield _weight("norm.weight", {"norm": config.d_model})
    if config.positions == "t5":
        rows = {"relative_bias": config.relative_buckets}
        yield _weight("relative_bias.weight", rows, config.n_heads)
    if not config.tied_head:
        yield _weight("head.weight", {"head": config.vocab_size}, config.d_model)


def products(config: ModelConfig) -> Iterator[Weight]:
    """The matrices of the blocks: what an adapter may change."""
    for weight in layout(config):
        if weight.name.startswith("blocks.") and len(weight.shape) == 2:
            yield weight


def renamed(part: str, names: Mapping[str, str], blocks: str) -> str:
    """A part's name in a file: its layer's from `names`, under `blocks` instead of ours."""
    module, _, kind = part.rpartition(".")
    if not module.startswith("blocks."):
        return f"{names[module]}.{kind}"
    _, layer, within = module.split(".", 2)
    return f"{blocks}.{layer}.{names[within]}.{kind}"


def _weight(name: str, rows: Mapping[str, int], *columns: int) -> Weight:
    """`rows`: how many each part has, by the part's module."""
    kind = name.rpartition(".")[2]
    return Weight(name, tuple((f"{part}.{kind}", (n, *columns)) for part, n in rows.items()))


def _block(block: str, config: ModelConfig) -> Iterator[Weight]:
    width, hidden = config.d_model, config.d_ff
    queries, keys = config.n_heads * config.head_size, config.n_kv_heads * config.head_size
    attention, feed_forward = f"{block}.attention", f"{block}.feed_forward"
    qkv = {f"{attention}.q": queries, f"{attention}.k": keys, f"{attention}.v": keys}
    yield _weight(f"{attention}_norm.weight", {f"{attention}_norm": width})
    yield _weight(f"{attention}.qkv.weight", qkv, width)
    if config.qkv_bias:
        yield _weight(f"{attention}.qkv.bias", qkv)
    yield _weight(f"{attention}.o.weight", {f"{attention}.o": width}, queries)
    yield _weight(f"{feed_forward}_norm.weight", {f"{feed_forward}_norm": width})
    gate_up = {f"{feed_forward}.gate": hidden, f"{feed_forward}.up": hidden}
    yield _weight(f"{feed_forward}.gate_up.weight", gate_up, width)
    yield _weight(f"{feed_forward}.down.weight", {f"{feed_forward}.down": width}, hidden)
