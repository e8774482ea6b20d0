"""The Apertium engine: whole sentences, where Apertium is installed.

Covers: choosing the route between two languages, and keeping a bounded number of modes running.
Does not cover: the modes' files (apertium_modes.py) or their processes (apertium_process.py).
"""

from __future__ import annotations

import shutil
import time
from collections import OrderedDict
from collections.abc import Collection
from itertools import permutations

from services.chassis import remaining_ms
from services.contract import ErrorCode
from services.translator.engines.apertium.modes import (
    Mode,
    ModeError,
    find_route,
    installed_modes,
    read_pipeline,
)
from services.translator.engines.apertium.process import ApertiumProcess
from services.translator.engines.interface import EngineError, Kind
from services.translator.reading.languages import Language, LanguageTable
from services.translator.settings import Settings

_MARKS = frozenset("*#@\0")


class ApertiumEngine:
    """Translates with installed pairs, directly or over one language between."""

    name = "apertium"
    kind = Kind.SENTENCES

    def __init__(self, settings: Settings, languages: LanguageTable) -> None:
        self._settings = settings
        self._modes = installed_modes(settings.apertium_dir, languages) if _has_tools() else {}
        self._running: OrderedDict[str, ApertiumProcess] = OrderedDict()

    def pairs(self) -> Collection[tuple[str, str]]:
        codes = {code for pair in self._modes for code in pair}
        return [pair for pair in permutations(codes, 2) if find_route(self._modes, *pair)]

    def running(self) -> list[str]:
        """The modes whose processes are kept, least recently used first."""
        return list(self._running)

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        route = find_route(self._modes, source.code, target.code)
        text = " ".join(text.split())
        # A mark in the text itself could not be told from the one for an unknown word.
        if len(route) > 1 and not self._settings.apertium_over_third:
            return []
        if not route or _MARKS & set(text) or len(text) > self._settings.apertium_max_chars:
            return []
        end_s = time.monotonic() + self._timeout_s()
        for mode in route:
            process = await self._process(mode)
            if process is None:
                return []
            translated = await process.translate(text, timeout_s=end_s - time.monotonic())
            if not translated:
                return []
            text = translated
        return [text]

    async def stop(self) -> None:
        for process in self._running.values():
            await process.stop()
        self._running.clear()

    def _timeout_s(self) -> float:
        left_ms = remaining_ms()
        own_s = self._settings.apertium_timeout_s
        return own_s if left_ms is None else min(own_s, left_ms / 1000)

    async def _process(self, mode: Mode) -> ApertiumProcess | None:
        if mode.name in self._running:
            self._running.move_to_end(mode.name)
            return self._running[mode.name]
        if len(self._running) >= self._settings.apertium_max_pairs:
            await self._make_room()
        try:
            stages = read_pipeline(mode.path)
        except (ModeError, OSError):
            return None
        process = ApertiumProcess(stages, max_waiting=self._settings.apertium_max_waiting)
        return self._running.setdefault(mode.name, process)

    async def _make_room(self) -> None:
        idle = next((name for name, process in self._running.items() if not process.busy), None)
        if idle is None:
            raise EngineError(ErrorCode.OVERLOADED, "every Apertium process is in use")
        await self._running.pop(idle).stop()


def _has_tools() -> bool:
    return shutil.which("lt-proc") is not None
