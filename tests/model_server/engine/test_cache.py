from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_server.engine.cache import CacheFullError, Lease, PrefixCache

SIZE = 24


class Holder:
    """A sequence as the engine holds one, and what it wrote into its slots."""

    def __init__(self, cache: PrefixCache, memory: dict[int, tuple[int, ...]], ids: list[int]):
        self.cache, self.memory, self.ids = cache, memory, ids
        self.lease: Lease = cache.lease(ids, None)
        for place, slot in enumerate(self.lease.slots.tolist()):
            assert memory[slot] == tuple(ids[: place + 1])  # its key depends on all before it
        self.slots = np.concatenate(
            (self.lease.slots, cache.take(len(ids) - len(self.lease.slots)))
        )
        for place in range(len(self.lease.slots), len(ids)):
            memory[int(self.slots[place])] = tuple(ids[: place + 1])

    def keep(self, length: int) -> None:
        """End, and leave the first `length` tokens in the tree."""
        length = max(length, len(self.lease.slots))
        kept = self.cache.keep(self.lease, self.ids[:length], self.slots[:length], None)
        self.cache.release(kept)
        self.cache.give(self.slots[length:])


def test_what_was_kept_is_found_again_up_to_where_it_differs() -> None:
    cache, memory = PrefixCache(SIZE), {}
    Holder(cache, memory, [1, 2, 3, 4, 5]).keep(5)
    assert len(cache.lease([1, 2, 3, 9], None).slots) == 3
    assert len(cache.lease([1, 2, 3, 4, 5, 6], None).slots) == 5
    assert len(cache.lease([2], None).slots) == 0


def test_adapters_share_nothing() -> None:
    cache, memory = PrefixCache(SIZE), {}
    Holder(cache, memory, [1, 2, 3]).keep(3)
    assert len(cache.lease([1, 2, 3], "other").slots) == 0


def test_the_least_recently_used_goes_first_and_what_is_held_stays() -> None:
    cache, memory = PrefixCache(9), {}
    for first in (10, 20, 30):
        Holder(cache, memory, [first, 1, 2]).keep(3)
    held = cache.lease([20, 1, 2], None)
    cache.release(cache.lease([10, 1, 2], None))
    cache.take(3)
    assert [len(cache.lease([first, 1, 2], None).slots) for first in (10, 20, 30)] == [3, 3, 0]
    cache.release(held)


def test_more_than_can_be_evicted_is_refused_and_nothing_is_lost() -> None:
    cache, memory = PrefixCache(6), {}
    Holder(cache, memory, [1, 2, 3]).keep(3)
    lease = cache.lease([1, 2, 3], None)
    with pytest.raises(CacheFullError, match="4 slots are wanted, 3 are available"):
        cache.take(4)
    assert cache.available == 3
    cache.release(lease)
    assert len(cache.take(6)) == 6


def test_two_sequences_that_read_the_same_keep_it_once() -> None:
    cache, memory = PrefixCache(SIZE), {}
    one, other = Holder(cache, memory, [1, 2, 3, 4]), Holder(cache, memory, [1, 2, 3, 5])
    one.keep(4)
    other.keep(4)
    assert cache.size - cache.free == 5  # 1 2 3, then 4 and 5


TOKENS = st.lists(st.integers(0, 2), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TOKENS, st.integers(0, 8), st.integers(0, 3)), max_size=40))
def test_no_slot_is_ever_lost_or_in_two_hands(
    actions: list[tuple[list[int], int, int]],
) -> None:
    cache: PrefixCache = PrefixCache(SIZE)
    memory: dict[int, tuple[int, ...]] = {}
    holders: list[Holder] = []
    for ids, length, which in actions:
        if len(holders) > which:
            holders.pop(which).keep(length)
            continue
        lease = cache.lease(ids, None)
        enough = len(ids) - len(lease.slots) <= cache.available
        cache.release(lease)
        if enough:
            holders.append(Holder(cache, memory, ids))
        own = [s for one in holders for s in one.slots[len(one.lease.slots) :].tolist()]
        shared = {s for one in holders for s in one.lease.slots.tolist()}
        assert len(own) == len(set(own))
        assert not shared & set(own)
        assert cache.available == SIZE - len(own) - len(shared)
        for one in holders:  # nobody wrote over what another reads
            assert [memory[s] for s in one.slots.tolist()] == [
                tuple(one.ids[: i + 1]) for i in range(len(one.ids))
            ]
    for one in holders:
        one.keep(len(one.ids))
    assert cache.available == SIZE
    cache.clear()
    assert cache.free == SIZE
