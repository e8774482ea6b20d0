"""Server-sent events: framing, and comments that keep a quiet stream alive.

Covers: the text/event-stream format (WHATWG HTML, section 9.2). Does not cover: which events there
are (gateway.chat), or resuming: a turn cannot be taken up in its middle, so events carry no id.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from pydantic import BaseModel

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = b": the turn is under way\n\n"


def frame(event: str, data: BaseModel) -> bytes:
    """One event. JSON has no raw line feeds, so the data is one line."""
    return f"event: {event}\ndata: {data.model_dump_json()}\n\n".encode()


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
