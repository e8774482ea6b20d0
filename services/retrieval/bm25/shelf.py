"""An index's folder: which segments are in it, who may write, and what a crash left behind.

lock            held by the process that writes (flock)
manifest.json   the segments that count, with their checksums
00000001/ …     segments
new-…           being written; leftovers are removed by the next writer
"""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from services.retrieval.bm25.files import NEW, DamagedError
from services.retrieval.bm25.manifest import FILE, parse_manifest, read_manifest, write_manifest
from services.retrieval.bm25.part import Part
from services.retrieval.bm25.segment import ASIDE, SegmentInfo, open_segment
from services.retrieval.lock import FolderLock

TRIES = 10


class Shelf:
    def __init__(self, folder: Path, *, writable: bool) -> None:
        self.folder = folder
        self.damaged: list[str] = []
        self._infos: dict[str, SegmentInfo] = {}
        self._manifest: bytes | None = None
        self._last = 0
        self._names = threading.Lock()
        self._lock = FolderLock(folder)
        if writable:
            _take(self._lock, folder)

    @property
    def writable(self) -> bool:
        return self._lock.held

    def close(self) -> None:
        self._lock.release()

    def load(self, known: Sequence[Part]) -> list[Part]:
        """The manifest's segments, those not in `known` checked and opened; damaged ones dropped.

        A writer removes what is damaged or left over.
        """
        for _ in range(TRIES):
            self._manifest = read_manifest(self.folder)
            parts, damaged = self._open(known)
            # A segment may be gone because the writer merged it away: then the manifest is new.
            if not damaged or self.writable or not self.changed():
                break
        self.damaged += damaged
        if self.writable:
            if damaged or self._manifest is None:
                self._manifest = write_manifest(self.folder, list(self._infos.values()))
            self._sweep()
        return parts

    def changed(self) -> bool:
        """Whether the manifest is another one than was loaded."""
        return read_manifest(self.folder) != self._manifest

    def new_name(self) -> str:
        with self._names:
            taken = [int(one.name) for one in self._content() if one.name.isdecimal()]
            self._last = max([self._last, *taken]) + 1
            return f"{self._last:08d}"

    def open_written(self, info: SegmentInfo) -> Part:
        """A segment just written; removed again where it cannot be opened. Raises OSError."""
        try:
            return open_segment(self.folder, info)
        except (DamagedError, OSError) as error:
            self.remove([info.name])
            reason = f"{self.folder / info.name} cannot be read after it was written: {error}"
            raise OSError(errno.EIO, reason) from error

    def replace(self, names: Iterable[str], info: SegmentInfo | None) -> None:
        """From now on `info` counts instead of `names`; on the disk when this returns.

        It takes the place of the last of them, and where there are none comes last: of two
        segments with the same id, the later one has the newer document.
        """
        gone = set(names)
        last = max([-1, *(place for place, name in enumerate(self._infos) if name in gone)])
        infos: dict[str, SegmentInfo] = {}
        for place, (name, one) in enumerate(self._infos.items()):
            if name not in gone:
                infos[name] = one
            if place == last and info is not None:
                infos[info.name] = info
        if not gone and info is not None:
            infos[info.name] = info
        try:
            self._manifest = write_manifest(self.folder, list(infos.values()))
        except OSError:
            if info is not None and not self.changed():
                self.remove([info.name])
            raise
        self._infos = infos

    def remove(self, names: Iterable[str]) -> None:
        """Processes that have them mapped keep them until they refresh."""
        for name in names:
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def _open(self, known: Sequence[Part]) -> tuple[list[Part], list[str]]:
        self._infos = {}
        if self._manifest is None:
            # The first writer writes one before any segment.
            there = any(one.name.isdecimal() for one in self._content())
            missing = f"{self.folder}: {FILE} is missing; every segment was dropped"
            return [], [missing] if there else []
        try:
            infos = parse_manifest(self._manifest)
        except DamagedError as error:
            return [], [f"{self.folder}: {error}; every segment was dropped"]
        by_name = {part.name: part for part in known}
        parts: list[Part] = []
        damaged: list[str] = []
        for info in infos:
            try:
                part = by_name.get(info.name) or open_segment(self.folder, info)
            except DamagedError as error:
                damaged.append(f"{self.folder / info.name}: {error}; the segment was dropped")
                continue
            parts = [*(_without_those_of(part, older) for older in parts), part]
            self._infos[info.name] = info
        return parts, damaged

    def _content(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.is_dir() else []

    def _sweep(self) -> None:
        """Nothing that an index did not make."""
        (self.folder / (FILE + NEW)).unlink(missing_ok=True)
        for one in self._content():
            made_here = one.name.isdecimal() or one.name.startswith(ASIDE)
            if made_here and one.is_dir() and one.name not in self._infos:
                shutil.rmtree(one, ignore_errors=True)


def _without_those_of(newer: Part, older: Part) -> Part:
    """An id is in two segments where a document was replaced: deletions are not written."""
    new, old = newer.postings.ids, older.postings.ids
    if not len(old):
        return older
    first, last = np.searchsorted(new, old[0]), np.searchsorted(new, old[-1], side="right")
    places = older.places(new[first:last])
    return older.without(places[places >= 0])


def _take(lock: FolderLock, folder: Path) -> None:
    """The lock, unless another process has it or nothing can be written. Raises OSError where there
    is no folder and none can be made."""
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # a folder that can only be read
        lock.take()
