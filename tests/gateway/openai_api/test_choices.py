"""Several runs at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from gateway.openai_api.choices import together

pytestmark = pytest.mark.anyio


class Run:
    """Yields its items, then raises, waits for ever or ends; knows whether it has been closed."""

    def __init__(self, *items: str, then: Exception | None = None, waits: bool = False) -> None:
        self.items = items
        self.then = then
        self.waits = waits
        self.begun = self.closed = False

    async def events(self) -> AsyncGenerator[str, None]:
        self.begun = True
        try:
            for item in self.items:
                yield item
            if self.waits:
                await asyncio.Event().wait()
            if self.then is not None:
                raise self.then
        finally:
            await asyncio.sleep(0)  # closing takes its time
            self.closed = True


async def test_each_runs_events_keep_their_order_and_number() -> None:
    runs = [Run("a", "b", "c"), Run("d"), Run()]
    seen = [item async for item in together([run.events() for run in runs])]
    assert [event for number, event in seen if number == 0] == ["a", "b", "c"]
    assert sorted(seen)[3:] == [(1, "d")]
    assert all(run.closed for run in runs)


async def test_an_exception_ends_all_runs_and_is_raised() -> None:
    runs = [Run("a", waits=True), Run("b", then=ValueError("broken"))]
    with pytest.raises(ValueError, match="broken"):
        _ = [item async for item in together([run.events() for run in runs])]
    assert all(run.closed for run in runs)


async def test_whoever_stops_reading_ends_all_runs() -> None:
    runs = [Run("a", waits=True), Run("b", "c", "d")]
    before = asyncio.all_tasks()
    async with aclosing(together([run.events() for run in runs])) as events:
        async for _ in events:
            break
    assert all(run.closed for run in runs if run.begun)
    assert asyncio.all_tasks() == before
