"""Files that are whole or not there: written aside with a checksum, synced, renamed, verified.

A checksum is zlib's CRC-32: it finds what disks and interrupted writes do to a file, not what an
attacker does.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

CHUNK = 1 << 20
NEW = ".new"
"""Ends the name of a file that will replace another."""


class DamagedError(Exception):
    """A file is not what was written; the message names it and says how."""


class ChecksummedFile:
    """Written in pieces; after the `with` block it is on the disk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self.size = 0
        self.checksum = 0

    def write(self, array: NDArray[Any]) -> None:
        contiguous: Any = np.ascontiguousarray(array)
        data = memoryview(contiguous).cast("B") if array.size else b""
        self.checksum = zlib.crc32(data, self.checksum)
        self.size += len(data)
        self._file.write(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._file:
            if error is None:
                self._file.flush()
                os.fsync(self._file.fileno())


def sync_folder(folder: Path) -> None:
    """Names in a folder are on the disk when the folder was synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes) -> None:
    """The old content or the new, whatever happens meanwhile."""
    aside = path.with_name(path.name + NEW)
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def verify(path: Path, size: int, checksum: int) -> None:
    """Raises DamagedError. Reads the whole file."""
    try:
        actual = path.stat().st_size
        if actual != size:
            raise DamagedError(f"{path.name} has {actual} bytes instead of {size}")
        found = 0
        with path.open("rb") as file:
            while data := file.read(CHUNK):
                found = zlib.crc32(data, found)
    except OSError as error:
        raise DamagedError(f"{path.name} cannot be read: {error.strerror}") from error
    if found != checksum:
        raise DamagedError(f"{path.name} has checksum {found:08x} instead of {checksum:08x}")


def mapped(path: Path, kind: str) -> NDArray[Any]:
    """A file as a read-only array of `kind`; processes share its pages.

    Raises DamagedError where it is gone: a merge in another process may remove it at any moment.
    """
    try:
        if not path.stat().st_size:  # cannot be mapped
            empty = np.empty(0, kind)
            empty.flags.writeable = False
            return empty
        return np.asarray(np.memmap(path, dtype=kind, mode="r"))
    except FileNotFoundError as error:
        raise DamagedError(f"{path.name} cannot be read: {error.strerror}") from error
