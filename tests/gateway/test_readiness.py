"""A look at what is missing, shared by those who ask for it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.readiness import FRESH_S, Shared
from services.contract import Missing

pytestmark = pytest.mark.anyio

GONE = Missing(part="calculator", how="start it", required=False)


class Look:
    """Finds one part more missing at each look; waits where it is told to."""

    def __init__(self) -> None:
        self.looks = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.now = 100.0

    async def __call__(self) -> Sequence[Missing]:
        self.looks += 1
        found = [GONE] * self.looks
        await self.may_end.wait()
        return found

    def clock(self) -> float:
        return self.now


async def test_those_who_ask_at_once_share_one_look() -> None:
    look = Look()
    shared = Shared(look, look.clock)
    look.may_end.clear()
    asking = [asyncio.create_task(shared()) for _ in range(5)]
    await asyncio.sleep(0)
    look.may_end.set()
    assert await asyncio.gather(*asking) == [[GONE]] * 5
    assert look.looks == 1


async def test_a_look_is_good_for_a_moment_and_then_taken_again() -> None:
    look = Look()
    shared = Shared(look, look.clock)
    assert await shared() == [GONE]
    look.now += FRESH_S * 0.9
    assert await shared() == [GONE]
    look.now += FRESH_S * 0.1
    assert await shared() == [GONE, GONE]


async def test_one_who_leaves_in_the_middle_leaves_the_look_to_the_next() -> None:
    look = Look()
    shared = Shared(look, look.clock)
    look.may_end.clear()
    first = asyncio.create_task(shared())
    await asyncio.sleep(0)
    first.cancel()
    look.may_end.set()
    assert await shared() == [GONE, GONE]
