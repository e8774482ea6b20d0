"""The KV cache: one pool of slots, and a radix tree of the token sequences they hold.

KVPool        keys and values, a slot a token
PrefixCache   who has which slot: free, in a sequence's hands, or in the tree

What a sequence has read stays in the tree when it ends, so that whatever begins the same way (the
next step of a turn, the next turn of a dialog, another candidate) reads on from there. A sequence
holds a lease on the path it shares; slots nobody holds are evicted, least recently used first.
After SGLang's RadixAttention (arXiv 2312.07104), with a page of one token: nothing is read twice.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from model_server.engine.batch import Ints
from model_server.engine.config import ModelConfig


class CacheFullError(Exception):
    """More slots are wanted than are free or may be evicted. The engine never lets it happen."""


class KVPool:
    """Keys and values of `slots` tokens for every layer. Memory is touched as slots are used.

    What a slot holds before it is written may be anything, but in the last one, which is zero.
    """

    def __init__(
        self, config: ModelConfig, slots: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        shape = (config.n_layers, slots, config.n_kv_heads * config.head_size)
        self.keys = torch.empty(shape, dtype=dtype, device=device)
        self.values = torch.empty(shape, dtype=dtype, device=device)
        self.keys[:, -1] = self.values[:, -1] = 0
        self._head_size = config.head_size

    def layer(self, index: int) -> tuple[Tensor, Tensor]:
        """Keys and values of a layer, each (slots, Hkv, D), to read and to write."""
        keys, values = self.keys[index], self.values[index]
        shape = (len(keys), -1, self._head_size)
        return keys.view(shape), values.view(shape)


@dataclass(slots=True, eq=False)
class _Node:
    """A run of tokens that follows its parent's; children begin with different tokens."""

    ids: tuple[int, ...]
    slots: Ints
    parent: _Node | None
    children: dict[int, _Node] = field(default_factory=dict)
    users: int = 0
    """Leases on this node or below it."""
    used: int = 0
    """The clock when it was last leased or kept."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A path of the tree that will not be evicted until it is released."""

    slots: Ints
    """(S,) the slots of the tokens on the path."""
    node: _Node


class PrefixCache:
    """Hands out slots 0 .. size-1. Trees of different `space`s (adapters) share nothing."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._free = list(range(size - 1, -1, -1))
        self._roots: dict[str | None, _Node] = {}
        self._idle = 0
        self._clock = 0

    @property
    def available(self) -> int:
        """Slots that `take` could hand out now."""
        return len(self._free) + self._idle

    @property
    def free(self) -> int:
        """Slots that hold nothing."""
        return len(self._free)

    def lease(self, ids: Sequence[int], space: str | None) -> Lease:
        """The longest beginning of `ids` that is in the tree, held until `release`."""
        node = self._root(space)
        found: list[Ints] = []
        at = 0
        while at < len(ids) and (child := node.children.get(ids[at])) is not None:
            same = _common(child.ids, ids, at)
            node = self._split(child, same) if same < len(child.ids) else child
            found.append(node.slots)
            at += same
            if same < len(child.ids):
                break
        self._hold(node)
        return Lease(np.concatenate(found) if found else np.empty(0, np.int64), node)

    def keep(self, lease: Lease, ids: Sequence[int], slots: Ints, space: str | None) -> Lease:
        """Put a sequence (ids and slots, (S,)) into the tree and lease it, in place of `lease`.

        Its slots belong to the tree from now on; those of tokens that another sequence has put
        there already are freed, so go on with the new lease's slots.
        """
        known = self.lease(ids, space)
        self.release(lease)
        at, node = len(known.slots), known.node
        mine = slots[len(lease.slots) : at]
        self._free.extend(mine[mine != known.slots[len(lease.slots) :]].tolist())
        if at == len(ids):
            return known
        child = _Node(tuple(ids[at:]), slots[at:].copy(), node, users=1, used=self._clock)
        node.children[child.ids[0]] = child  # its ancestors are held by `known` already
        return Lease(np.concatenate((known.slots, child.slots)), child)

    def release(self, lease: Lease) -> None:
        node: _Node | None = lease.node
        while node is not None:
            node.users -= 1
            self._idle += len(node.ids) if node.users == 0 else 0
            node = node.parent

    def take(self, count: int) -> Ints:
        """`count` slots, evicting what is idle when none are free. Raises CacheFullError."""
        if count > self.available:
            raise CacheFullError(f"{count} slots are wanted, {self.available} are available")
        if count > len(self._free):
            self._evict(count - len(self._free))
        return np.array([self._free.pop() for _ in range(count)], np.int64)

    def give(self, slots: Ints) -> None:
        """Slots from `take` that did not become part of the tree."""
        self._free.extend(slots.tolist())

    def clear(self) -> None:
        """Evict everything that nobody holds."""
        self._evict(self._idle)

    def _root(self, space: str | None) -> _Node:
        return self._roots.setdefault(space, _Node((), np.empty(0, np.int64), None))

    def _hold(self, leaf: _Node) -> None:
        self._clock += 1
        node: _Node | None = leaf
        while node is not None:
            self._idle -= len(node.ids) if node.users == 0 else 0
            node.users += 1
            node.used = self._clock
            node = node.parent

    def _split(self, node: _Node, length: int) -> _Node:
        """Cut a node in two; the upper half, of `length` tokens, is returned."""
        assert node.parent is not None
        upper = _Node(
            node.ids[:length], node.slots[:length], node.parent, {}, node.users, node.used
        )
        node.parent.children[upper.ids[0]] = upper
        node.ids, node.slots, node.parent = node.ids[length:], node.slots[length:], upper
        upper.children[node.ids[0]] = node
        return upper

    def _evict(self, count: int) -> None:
        """Free at least `count` idle slots, whole leaves, least recently used first."""
        leaves = [node for root in self._roots.values() for node in _leaves(root)]
        heap = [(node.used, id(node), node) for node in leaves if node.users == 0 and node.ids]
        heapq.heapify(heap)
        while count > 0:
            _, _, node = heapq.heappop(heap)
            parent = node.parent
            assert parent is not None
            del parent.children[node.ids[0]]
            self._free.extend(node.slots.tolist())
            self._idle -= len(node.ids)
            count -= len(node.ids)
            if parent.ids and not parent.children and parent.users == 0:
                heapq.heappush(heap, (parent.used, id(parent), parent))


def _common(run: Sequence[int], ids: Sequence[int], at: int) -> int:
    """How many tokens of `run` equal those of `ids` from `at` on."""
    most = min(len(run), len(ids) - at)
    return next((i for i in range(most) if run[i] != ids[at + i]), most)


def _leaves(root: _Node) -> list[_Node]:
    found, pending = [], [root]
    while pending:
        node = pending.pop()
        pending.extend(node.children.values())
        if not node.children:
            found.append(node)
    return found
