"""A turn and the reader of its events, each at a pace of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from gateway.sse import HEARTBEAT, frames_of

pytestmark = pytest.mark.anyio


class Turn:
    """Says its words one after another; remembers how far it got, and that it was closed."""

    def __init__(self, *words: str, then: Exception | None = None, hang: bool = False) -> None:
        self.words, self.then, self.hang = words, then, hang
        self.said: list[str] = []
        self.closed = False

    async def events(self) -> AsyncGenerator[str, None]:
        try:
            for word in self.words:
                self.said.append(word)
                yield word
            if self.then:
                raise self.then
            if self.hang:
                await asyncio.Event().wait()
        finally:
            self.closed = True


def joined(one: str, other: str) -> str | None:
    return one + other if one.islower() and other.islower() else None


def frames(turn: Turn, most: int = 100, heartbeat_s: float = 60.0) -> AsyncGenerator[bytes, None]:
    return frames_of(
        turn.events(),
        str.encode,
        lambda error: f"failed: {error}".encode(),
        joined,
        most_pending=most,
        heartbeat_s=heartbeat_s,
    )


async def idle() -> None:
    """Let every other task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_slow_reader_does_not_hold_the_turn_and_misses_nothing() -> None:
    turn = Turn("A", "b", "c", "d", "E", "f")
    async with aclosing(frames(turn)) as read:
        first = await anext(read)
        await idle()
        assert turn.closed, "the turn is over, though only one event was read"
        rest = [frame async for frame in read]
    assert [first, *rest] == [b"A", b"bcd", b"E", b"f"], "deltas that waited are one"


async def test_a_turn_waits_when_its_reader_is_too_far_behind() -> None:
    turn = Turn(*"ABCDEFGH")
    async with aclosing(frames(turn, most=2)) as read:
        assert await anext(read) == b"A"
        await idle()
        assert len(turn.said) <= 5
        assert [frame async for frame in read] == [b"B", b"C", b"D", b"E", b"F", b"G", b"H"]


async def test_a_quiet_turn_is_filled_with_comments() -> None:
    async with aclosing(frames(Turn("A", hang=True), heartbeat_s=0.001)) as read:
        got = [await anext(read) for _ in range(3)]
    assert got == [b"A", HEARTBEAT, HEARTBEAT]


async def test_what_breaks_the_turn_is_told_last() -> None:
    turn = Turn("A", "b", then=ValueError("broke"))
    got = [frame async for frame in frames(turn)]
    assert got == [b"A", b"b", b"failed: broke"]


@pytest.mark.parametrize("most", [1, 100])
async def test_a_reader_that_leaves_ends_the_turn_and_leaves_no_task(most: int) -> None:
    before = asyncio.all_tasks()
    turn = Turn("A", "B", "C", "D", hang=True)
    async with aclosing(frames(turn, most)) as read:
        await anext(read)
    assert turn.closed
    assert asyncio.all_tasks() == before
