"""The Apertium engine: whole sentences, where Apertium is installed.

Covers: a sentence along the route between two languages, and the names on its way. Does not cover:
the modes' files (modes.py), routes (routes.py), which modes run (running.py), what an answer says
(stream.py), which words may stay as they are (names.py).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Sequence

from services.chassis import remaining_ms
from services.translator.engines.apertium.capitals import spellings
from services.translator.engines.apertium.courtesy import PLEASE, with_please, without_please
from services.translator.engines.apertium.modes import Mode, ModeError, installed_modes
from services.translator.engines.apertium.names import Names
from services.translator.engines.apertium.routes import MAX_HOPS, Routes
from services.translator.engines.apertium.running import RunningModes
from services.translator.engines.apertium.stream import StreamError, decode, encode
from services.translator.engines.apertium.tidy import tidy
from services.translator.engines.interface import EngineError, Kind
from services.translator.quality import Quality
from services.translator.reading.languages import ENGLISH_CODE, Language, LanguageTable
from services.translator.settings import Settings

START_PATIENCE = 4
"""How many times as long as a text a pair may take to start: on a busy machine a text's time may be
too short, and the next text finds the pair ready."""


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
        self._modes = RunningModes(
            max_modes=settings.apertium_max_pairs,
            max_waiting=settings.apertium_max_waiting,
            start_timeout_s=START_PATIENCE * settings.apertium_timeout_s,
            idle_s=settings.apertium_idle_s,
        )

    def pairs(self) -> Collection[tuple[str, str]]:
        return self._routes.pairs()

    def running(self) -> list[str]:
        """The modes whose processes are kept, least recently used first."""
        return self._modes.names()

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        """One translation of a sentence, or none when it holds words Apertium does not know."""
        region = target.locale.rpartition("_")[2] if "_" in target.locale else ""
        if len(text) > self._settings.apertium_max_chars:
            return []
        end_s = time.monotonic() + self._timeout_s()
        polite = source.code == ENGLISH_CODE and target.code in PLEASE
        rest = without_please(text) if polite else None
        text = rest or text
        failure: EngineError | None = None
        for route in self._routes.find(source.code, target.code, region):
            if failure is not None and time.monotonic() >= end_s:
                break
            try:
                translated = await self._along(route, text, end_s)
            except (StreamError, ModeError, OSError):
                continue
            except EngineError as error:
                failure = failure or error
                continue
            if translated:
                tidied = tidy(translated, text, target.code)
                return [with_please(tidied, target.code) if rest else tidied]
        if failure is not None:
            raise failure
        return []

    async def stop(self) -> None:
        await self._modes.stop()

    async def _along(self, route: Sequence[Mode], text: str, end_s: float) -> str | None:
        """The text after every mode of the route; None when one does not know its words."""
        names = Names()
        original = text
        encode(text)  # what cannot be sent starts nothing
        self._modes.start_ahead(route)
        for mode in route:
            source = self._languages.by_code(mode.source)
            assert source is not None, "the mode was read with this table"
            kept: str | None = None
            spelled = spellings(text, original, source.code, is_first=mode is route[0])
            for place, sent in enumerate(spelled):
                output = await self._modes.send(mode, encode(sent), end_s)
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


def _has_tools() -> bool:
    return shutil.which("lt-proc") is not None
