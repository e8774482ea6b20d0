"""Models kept in memory: few at once, the least recently used one makes room, idle ones go.

Covers: loading each model once, in a thread, however many ask; and giving memory back. Does not
cover: what a model is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
M = TypeVar("M")


class _Held(Generic[M]):
    def __init__(self, loading: asyncio.Future[M]) -> None:
        self.loading = loading
        self.users = 0
        self.timer: asyncio.TimerHandle | None = None


class LoadedModels(Generic[K, M]):
    def __init__(
        self, load: Callable[[K], M], executor: Executor, *, most: int, idle_s: float
    ) -> None:
        """load: called in the executor. most: models in memory at once."""
        self._load = load
        self._executor = executor
        self._most = most
        self._idle_s = idle_s
        self._held: OrderedDict[K, _Held[M]] = OrderedDict()
        self._freed = asyncio.Event()

    @property
    def loaded(self) -> list[K]:
        """Those in memory or being loaded, the least recently used first."""
        return list(self._held)

    @asynccontextmanager
    async def use(self, key: K) -> AsyncIterator[M]:
        """The model, which stays while it is used; raises what `load` raises.

        Waits while all places are taken by models in use. A caller that is cancelled leaves the
        loading to go on: the next one will want it.
        """
        held = await self._place(key)
        held.users += 1
        try:
            try:
                model = await asyncio.shield(held.loading)
            except BaseException:
                if held.loading.done() and self._held.get(key) is held:
                    self._drop(key)
                raise
            yield model
        finally:
            held.users -= 1
            if held.users == 0 and self._held.get(key) is held:
                loop = asyncio.get_running_loop()
                held.timer = loop.call_later(self._idle_s, self._drop, key)
            self._freed.set()

    def clear(self) -> None:
        for key in self.loaded:
            self._drop(key)

    async def _place(self, key: K) -> _Held[M]:
        while key not in self._held and len(self._held) >= self._most:
            unused = next((one for one, held in self._held.items() if held.users == 0), None)
            if unused is not None:
                self._drop(unused)
            else:
                self._freed.clear()
                await self._freed.wait()
        held = self._held.get(key)
        if held is None:
            loop = asyncio.get_running_loop()
            held = _Held(loop.run_in_executor(self._executor, self._load, key))
            held.loading.add_done_callback(_retrieve)
            self._held[key] = held
        if held.timer is not None:
            held.timer.cancel()
            held.timer = None
        self._held.move_to_end(key)
        return held

    def _drop(self, key: K) -> None:
        held = self._held.pop(key)
        if held.timer is not None:
            held.timer.cancel()
        self._freed.set()


def _retrieve(loading: asyncio.Future[M]) -> None:
    """Look at how it ended, or asyncio reports an exception nobody waited for."""
    if not loading.cancelled():
        loading.exception()
