"""The Apertium engine: whole sentences, where Apertium is installed.

Covers: a sentence along the route between two languages, names that no dictionary has, and
keeping a bounded number of modes running. Does not cover: the modes' files (modes.py), routes
(routes.py), processes (process.py), what an answer says (stream.py, unknown.py).
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence

from services.chassis import remaining_ms
from services.contract import ErrorCode
from services.translator.engines.apertium.capitals import spellings
from services.translator.engines.apertium.modes import (
    Mode,
    ModeError,
    installed_modes,
    read_pipeline,
)
from services.translator.engines.apertium.names import Names
from services.translator.engines.apertium.process import ApertiumProcess
from services.translator.engines.apertium.routes import MAX_HOPS, Routes
from services.translator.engines.apertium.stream import StreamError, decode, encode
from services.translator.engines.apertium.tidy import tidy
from services.translator.engines.interface import EngineError, Kind
from services.translator.quality import Quality
from services.translator.reading.languages import Language, LanguageTable
from services.translator.settings import Settings


class ApertiumEngine:
    """Translates with installed pairs, directly or over one or two languages between."""

    name = "apertium"
    kind = Kind.SENTENCES

    def __init__(
        self, settings: Settings, languages: LanguageTable, quality: Quality | None = None
    ) -> None:
        """quality: measured figures, which choose between routes of the same length."""
        self._settings = settings
        self._languages = languages
        self._routes = Routes(
            installed_modes(settings.apertium_dir, languages) if _has_tools() else [],
            quality or Quality(),
            engine=self.name,
            max_hops=MAX_HOPS if settings.apertium_over_third else 1,
        )
        self._running: OrderedDict[str, ApertiumProcess] = OrderedDict()
        self._expiry: dict[str, asyncio.TimerHandle] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    def pairs(self) -> Collection[tuple[str, str]]:
        return self._routes.pairs()

    def running(self) -> list[str]:
        """The modes whose processes are kept, least recently used first."""
        return list(self._running)

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        """One translation of a sentence, or none when it holds words Apertium does not know."""
        region = target.locale.rpartition("_")[2] if "_" in target.locale else ""
        if len(text) > self._settings.apertium_max_chars:
            return []
        end_s = time.monotonic() + self._timeout_s()
        failure: EngineError | None = None
        for route in self._routes.find(source.code, target.code, region):
            try:
                translated = await self._along(route, text, end_s)
            except (StreamError, ModeError, OSError):
                continue
            except EngineError as error:
                failure = failure or error
                continue
            if translated:
                return [tidy(translated, text, target.code)]
        if failure is not None:
            raise failure
        return []

    async def stop(self) -> None:
        for name in list(self._expiry):
            self._expiry.pop(name).cancel()
        running, self._running = self._running, OrderedDict()
        await asyncio.gather(*(process.stop() for process in running.values()), *self._stopping)

    async def _along(self, route: Sequence[Mode], text: str, end_s: float) -> str | None:
        """The text after every mode of the route; None when one does not know its words."""
        names = Names()
        original = text
        for mode in route:
            source = self._languages.by_code(mode.source)
            assert source is not None, "the mode was read with this table"
            kept: str | None = None
            spelled = spellings(text, original, source.code, is_first=mode is route[0])
            for place, sent in enumerate(spelled):
                stream = encode(sent)
                process = await self._process(mode)
                output = await process.send(stream, timeout_s=end_s - time.monotonic())
                answer = decode(output, sent)
                if answer.marks and place + 1 < len(spelled):
                    continue
                kept = names.keep(answer, sent, source, min_known=self._settings.apertium_min_known)
                break
            if not kept:
                return None
            text = kept
        return names.restore(text)

    def _timeout_s(self) -> float:
        left_ms = remaining_ms()
        own_s = self._settings.apertium_timeout_s
        return own_s if left_ms is None else min(own_s, left_ms / 1000)

    async def _process(self, mode: Mode) -> ApertiumProcess:
        self._keep_for_now(mode.name)
        if mode.name in self._running:
            self._running.move_to_end(mode.name)
            return self._running[mode.name]
        stages = read_pipeline(mode.path)
        while len(self._running) >= self._settings.apertium_max_pairs:
            await self._make_room()
        process = ApertiumProcess(stages, max_waiting=self._settings.apertium_max_waiting)
        return self._running.setdefault(mode.name, process)

    async def _make_room(self) -> None:
        idle = next((name for name, process in self._running.items() if not process.busy), None)
        if idle is None:
            raise EngineError(ErrorCode.OVERLOADED, "every Apertium process is in use")
        await self._running.pop(idle).stop()

    def _keep_for_now(self, name: str) -> None:
        """Stop this mode when it was not used for long."""
        if name in self._expiry:
            self._expiry[name].cancel()
        loop = asyncio.get_running_loop()
        self._expiry[name] = loop.call_later(self._settings.apertium_idle_s, self._expire, name)

    def _expire(self, name: str) -> None:
        process = self._running.get(name)
        if process is not None and process.busy:
            self._keep_for_now(name)
            return
        del self._expiry[name]
        if process is not None:
            task = asyncio.get_running_loop().create_task(self._running.pop(name).stop())
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)


def _has_tools() -> bool:
    return shutil.which("lt-proc") is not None
