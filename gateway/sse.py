"""A turn that runs at its own pace while a client reads its events at another.

Covers: events kept for a slow reader, a bounded number of them; comments that keep a quiet stream
alive; and that the turn ends with its response, however that ends. Does not cover: framing
(services.chassis.sse), which events there are (gateway.chat), or resuming: a turn cannot be taken
up in its middle, so events carry no id.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Generic, TypeVar

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.chassis.sse import MEDIA_TYPE

HEARTBEAT = b": the turn is under way\n\n"

T = TypeVar("T")


class Pending(Generic[T]):
    """Events that wait for their reader: at most `most`, where two that `join` makes one count as
    one. One task puts, one takes."""

    def __init__(self, most: int, join: Callable[[T, T], T | None]) -> None:
        self._most = most
        self._join = join
        self._items: deque[T] = deque()
        self._ended = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, item: T) -> None:
        """Returns when there is room for it; the request's deadline is this wait's."""
        if self._items and (joined := self._join(self._items[-1], item)) is not None:
            self._items[-1] = joined
            return
        while len(self._items) >= self._most:
            self._room.clear()
            await self._room.wait()
        self._items.append(item)
        self._news.set()

    def end(self) -> None:
        self._ended = True
        self._news.set()

    def take(self) -> T | None:
        """The oldest; None: there is none now."""
        if not self._items:
            self._news.clear()
            return None
        self._room.set()
        return self._items.popleft()

    async def wait(self, at_most_s: float) -> bool:
        """Wait until there is something to take, or the end; False: neither came in time."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    @property
    def over(self) -> bool:
        return self._ended and not self._items


class TurnStream(StreamingResponse):
    """The frames as a response; however it ends, they are closed, and with them the turn."""

    def __init__(
        self, frames: AsyncGenerator[bytes, None], events: AsyncGenerator[object, None]
    ) -> None:
        """frames: those of `events`, which are closed even if no frame has been asked for."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        self._frames = frames
        self._events = events
        super().__init__(frames, media_type=MEDIA_TYPE, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._frames.aclose()
            await self._events.aclose()


async def frames_of(
    events: AsyncGenerator[T, None],
    framed: Callable[[T], bytes],
    failed: Callable[[Exception], bytes],
    join: Callable[[T, T], T | None],
    *,
    most_pending: int,
    heartbeat_s: float,
    begun: Sequence[T] = (),
) -> AsyncGenerator[bytes, None]:
    """The events as they come, framed (b"": not one for the client), and comments when none does.

    begun: events that came before these. An exception of theirs is the last frame. The events run
    in a task of their own, which ends with this generator.
    """
    pending = Pending(most_pending, join)
    turn = asyncio.create_task(_run(events, pending))
    try:
        for first in begun:
            yield framed(first)
        while not pending.over:
            event = pending.take()
            if event is not None:
                if frame := framed(event):
                    yield frame
            elif not pending.over and not await pending.wait(heartbeat_s):
                yield HEARTBEAT
        try:
            await turn
        except Exception as error:
            yield failed(error)
    finally:
        turn.cancel()
        await asyncio.wait({turn})
        if not turn.cancelled():
            turn.exception()  # looked at, or asyncio reports it as never retrieved


async def _run(events: AsyncGenerator[T, None], pending: Pending[T]) -> None:
    try:
        async with aclosing(events):
            async for event in events:
                await pending.put(event)
    finally:
        pending.end()
