"""Several turns at the same time, their events as they come.

Covers: `together`. Each turn runs in a task of its own; whoever stops reading ends them all.
Does not cover: events that wait for a slow reader (gateway.sse).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TypeVar

E = TypeVar("E")


async def together(runs: Sequence[AsyncGenerator[E, None]]) -> AsyncGenerator[tuple[int, E], None]:
    """Each event with the number of its run. The first exception of a run ends all, and is raised.

    The runs wait for their reader.
    """
    waiting: asyncio.Queue[tuple[int, E] | Exception | None] = asyncio.Queue(1)
    tasks = [asyncio.create_task(_forward(index, run, waiting)) for index, run in enumerate(runs)]
    try:
        left = len(tasks)
        while left:
            item = await waiting.get()
            if item is None:
                left -= 1
            elif isinstance(item, Exception):
                raise item
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _forward(
    index: int,
    run: AsyncGenerator[E, None],
    waiting: asyncio.Queue[tuple[int, E] | Exception | None],
) -> None:
    try:
        async with aclosing(run) as events:
            async for event in events:
                await waiting.put((index, event))
    except Exception as error:
        await waiting.put(error)
    else:
        await waiting.put(None)
