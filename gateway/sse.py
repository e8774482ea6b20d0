"""Comments that keep a quiet stream of server-sent events alive.

Does not cover: framing (services.chassis.sse), which events there are (gateway.chat), or resuming:
a turn cannot be taken up in its middle, so events carry no id.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

HEARTBEAT = b": the turn is under way\n\n"


async def with_heartbeat(
    frames: AsyncGenerator[bytes, None], every_s: float
) -> AsyncGenerator[bytes, None]:
    """The frames as they come, and a comment whenever none came for `every_s`.

    Each frame is awaited in a task, so that a heartbeat does not cut the work it waits for; closing
    this generator cancels that work.
    """
    pending: asyncio.Task[bytes] | None = None
    try:
        while True:
            if pending is None:
                pending = asyncio.ensure_future(anext(frames))
            done, _ = await asyncio.wait({pending}, timeout=every_s)
            if not done:
                yield HEARTBEAT
                continue
            try:
                piece = pending.result()
            except StopAsyncIteration:
                return
            pending = None
            yield piece
    finally:
        if pending is not None and not pending.done():
            pending.cancel()
            await asyncio.wait({pending})
        await frames.aclose()
