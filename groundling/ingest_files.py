"""Which files `groundling ingest` reads: what was named, and what the folders among it hold.

Covers: hidden files, kinds that are not read, globs, links in circles, one file by two ways.
Does not cover: reading them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Found:
    path: Path
    """Absolute, links resolved: what the journal and the documents' ids know it by."""
    shown: str
    """As the user would name it."""
    url: str | None
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Walk:
    """What was found, and what was left out and why."""

    files: list[Found] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Name and reason of what could not be looked at."""
    hidden: int = 0
    excluded: int = 0
    unsupported: Counter[str] = field(default_factory=Counter)
    """By ending."""


@dataclass(frozen=True, slots=True)
class Choice:
    endings: tuple[str, ...]
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    base_url: str | None = None


def walk(paths: Sequence[Path], choice: Choice) -> Walk:
    """In order of the paths given, each folder's entries by name."""
    found = Walk()
    seen: set[Path] = set()
    for path in paths:
        try:
            if path.is_dir():
                for shown, below in _below(path, choice, found):
                    _add(shown, below, choice, found, seen)
            else:
                # Named by the user: taken even if hidden; a kind not read is an error then.
                _add(path, path.name, choice, found, seen)
        except OSError as error:
            found.failures.append((str(path), _reason(error)))
    return found


def _below(folder: Path, choice: Choice, found: Walk) -> Iterator[tuple[Path, str]]:
    """Files below the folder that are wanted, each with its way from there."""
    waiting: list[tuple[Path, str, frozenset[tuple[int, int]]]] = [(folder, "", frozenset())]
    while waiting:
        here, way, above = waiting.pop()
        try:
            status = here.stat()
            key = (status.st_dev, status.st_ino)
            if key in above:
                continue  # a link to a folder above it
            with os.scandir(here) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            found.failures.append((str(here), _reason(error)))
            continue
        folders = []
        for entry in ordered:
            relative = f"{way}{entry.name}"
            if entry.name.startswith("."):
                found.hidden += 1
            elif _matches(relative, choice.exclude):
                found.excluded += 1
            elif (is_folder := _is_folder(entry, here, found)) is None:
                continue
            elif is_folder:
                folders.append((here / entry.name, f"{relative}/", above | {key}))
            elif choice.include and not _matches(relative, choice.include):
                found.excluded += 1
            elif entry.name.lower().endswith(choice.endings):
                yield here / entry.name, relative
            else:
                found.unsupported[os.path.splitext(entry.name)[1].lower() or "none"] += 1
        waiting.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str], here: Path, found: Walk) -> bool | None:
    try:
        return entry.is_dir()
    except OSError as error:  # a link to itself, or through a folder that is closed to us
        found.failures.append((str(here / entry.name), _reason(error)))
        return None


def _matches(relative: str, globs: Sequence[str]) -> bool:
    name = relative.rpartition("/")[2]
    return any(fnmatch(relative, glob) or fnmatch(name, glob) for glob in globs)


def _add(path: Path, relative: str, choice: Choice, found: Walk, seen: set[Path]) -> None:
    try:
        resolved = path.resolve(strict=True)
        status = resolved.stat()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before 3.13
        reason = _reason(error) if isinstance(error, OSError) else "is a link to itself"
        found.failures.append((str(path), reason))
        return
    if resolved in seen:
        return
    seen.add(resolved)
    if not resolved.is_file():
        found.failures.append((str(path), "is neither a file nor a folder"))
        return
    url = None
    if choice.base_url is not None:
        url = f"{choice.base_url.rstrip('/')}/{quote(os.fsencode(relative))}"
    found.files.append(Found(resolved, str(path), url, status.st_size, status.st_mtime_ns))


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
