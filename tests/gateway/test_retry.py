"""How long is waited before a call is made again, without waiting."""

from __future__ import annotations

import pytest

from gateway.retry import Retries

pytestmark = pytest.mark.anyio


class Slept(list[float]):
    async def __call__(self, wait_s: float) -> None:
        self.append(wait_s)


async def test_waits_double_and_are_drawn_from_nought_to_the_whole() -> None:
    slept, shares = Slept(), iter([1.0, 0.5, 0.0])
    retries = Retries(3, 0.1, lambda: next(shares), slept)
    made = [await retries.wait(number, 10.0, None) for number in range(4)]
    assert made == [True, True, True, False]
    assert slept == pytest.approx([0.1, 0.1, 0.0])


async def test_what_the_other_side_asks_for_is_waited_for_instead() -> None:
    slept = Slept()
    assert await Retries(1, 0.1, lambda: 1.0, slept).wait(0, 10.0, 3.0)
    assert slept == [3.0]


@pytest.mark.parametrize("retry_after_s", [None, 2.0])
async def test_a_wait_longer_than_the_time_left_is_not_begun(retry_after_s: float | None) -> None:
    slept = Slept()
    assert not await Retries(1, 2.0, lambda: 1.0, slept).wait(0, 2.0, retry_after_s)
    assert slept == []
