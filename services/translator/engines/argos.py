"""The Argos engine: sentences, by the translation models found in a folder.

Covers: finding models anew when the folder changes, choosing one for a pair and its regional form,
deadlines, and saying what is wrong with a package. Does not cover: translating over a third
language, or getting packages: their files are put into the folder by hand.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from services.chassis import data_dir, remaining_ms
from services.contract import ErrorCode, Missing
from services.translator.engines.argos_packages import (
    SUFFIX,
    Package,
    PackageError,
    read_package,
)
from services.translator.engines.ctranslate import ModelError, SentenceModel
from services.translator.engines.ctranslate_models import LoadedModels
from services.translator.engines.ctranslate_probe import survives
from services.translator.engines.interface import EngineError, Kind
from services.translator.engines.libretranslate_codes import distance
from services.translator.reading.languages import Language, LanguageTable
from services.translator.sentences import Sentence, join, split
from services.translator.settings import Settings

RESCAN_S = 5.0
"""How often the folder is looked at, at most."""
LONGEST_S = 30.0
"""For one text where the request has no deadline of its own."""
LIBRARIES = ("ctranslate2", "sentencepiece")
GET_LIBRARIES = "pip install 'groundling[argos]'"

_log = logging.getLogger(__name__)
Signature = tuple[tuple[str, int, int], ...]


def argos_dir(settings: Settings, environ: Mapping[str, str]) -> Path:
    """Where packages are looked for: the setting, else `argos` in the data folder."""
    return settings.argos_dir or data_dir(environ) / "argos"


class ArgosEngine:
    name = "argos"
    kind = Kind.SENTENCES

    def __init__(self, settings: Settings, folder: Path, languages: LanguageTable) -> None:
        self._folder = folder
        self._languages = languages
        self._able = all(find_spec(library) is not None for library in LIBRARIES)
        self._executor = ThreadPoolExecutor(settings.argos_max_loaded + 1, "argos")
        self._models = LoadedModels(
            _load, self._executor, most=settings.argos_max_loaded, idle_s=settings.argos_idle_s
        )
        self._seen: Signature | None = None
        self._looked_at_s = 0.0
        self._packages: list[Package] = []
        self._broken: dict[str, str] = {}
        """What is wrong, by the file's name."""

    def pairs(self) -> Collection[tuple[str, str]]:
        if not self._able:
            return ()
        return {(one.source.code, one.target.code) for one in self._usable()}

    @property
    def loaded(self) -> list[str]:
        """Names of the packages whose models are in memory."""
        return [package.name for package in self._models.loaded]

    def missing(self) -> list[Missing]:
        """What /readyz says of it: no packages, no libraries, packages that are broken."""
        self._look()
        parts = [
            Missing(
                part=f"argos package {name}", how=f"replace or remove it: {what}", required=False
            )
            for name, what in sorted(self._broken.items())
        ]
        if not self._packages:
            how = f"put Argos packages (*{SUFFIX}) into {self._folder}"
            parts.append(Missing(part="argos (better sentences)", how=how, required=False))
        if not self._able:
            parts.append(Missing(part=" ".join(LIBRARIES), how=GET_LIBRARIES, required=False))
        return parts

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        package = self._package(source, target) if self._able else None
        if package is None:
            return []
        before, sentences = split(text)
        left_ms = remaining_ms()
        try:
            async with asyncio.timeout(LONGEST_S if left_ms is None else left_ms / 1000):
                found = await self._run(package, [sentence.text for sentence in sentences])
        except TimeoutError:
            message = f"argos: {package.name} did not answer in time"
            raise EngineError(ErrorCode.DEADLINE, message) from None
        if not found or not all(found):
            return []
        if len(found) == 1:
            return [join(before, [Sentence(one, sentences[0].after)]) for one in found[0]]
        best = [Sentence(one[0], was.after) for one, was in zip(found, sentences, strict=True)]
        return [join(before, best)]

    async def stop(self) -> None:
        self._models.clear()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _run(self, package: Package, sentences: list[str]) -> list[list[str]]:
        try:
            async with self._models.use(package) as model:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._executor, model.translate, sentences)
        except (ModelError, PackageError) as error:
            self._broken[package.name] = str(error)
            _log.warning("a translation model cannot be loaded; /readyz tells which")
            message = f"argos: {package.name} cannot be loaded: {error}"
            raise EngineError(ErrorCode.UNAVAILABLE, message) from error

    def _package(self, source: Language, target: Language) -> Package | None:
        """The one nearest in regional form."""
        ranked = []
        for number, package in enumerate(self._usable()):
            distances = distance(source, package.source), distance(target, package.target)
            if distances[0] is not None and distances[1] is not None:
                ranked.append((distances[1], distances[0], number, package))
        return min(ranked)[3] if ranked else None

    def _usable(self) -> list[Package]:
        self._look()
        return [package for package in self._packages if package.name not in self._broken]

    def _look(self) -> None:
        """Read the folder again if it changed."""
        now_s = time.monotonic()
        if self._seen is not None and now_s - self._looked_at_s < RESCAN_S:
            return
        self._looked_at_s = now_s
        seen = _signature(self._folder)
        if seen == self._seen:
            return
        self._seen, self._packages, self._broken = seen, [], {}
        for name, _, _ in seen:
            try:
                package = read_package(self._folder / name, self._languages)
            except PackageError as error:
                self._broken[name] = str(error)
                continue
            if package is not None:
                self._packages.append(package)


def _signature(folder: Path) -> Signature:
    """Name, size and time of change of each entry, of folders the newest inside."""
    found = []
    try:
        for entry in sorted(folder.iterdir()):
            if not entry.name.startswith("."):
                inside = [entry, *entry.glob("*"), *entry.glob("model/*")]
                states = [one.stat() for one in inside]
                size = sum(state.st_size for state in states)
                found.append((entry.name, size, max(state.st_mtime_ns for state in states)))
    except OSError:  # no such folder, or a file went away while we looked
        return tuple(found)
    return tuple(found)


def _load(package: Package) -> SentenceModel:
    if not survives(package.path):
        raise ModelError("its model is damaged: the process of a trial died of it")
    return SentenceModel(package.model_files(), package.pieces(), package.target_prefix)
