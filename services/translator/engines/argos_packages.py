"""Translation models found in a folder: Argos packages and plain CTranslate2 folders.

    NAME.argosmodel    a zip archive of an Argos package; read in place, nothing is unpacked
    NAME/              the same as a folder: metadata.json, model/, sentencepiece.model
    en-fr/             CTranslate2's model.bin and vocabulary, here or in model/, with source.spm
                       and target.spm, or sentencepiece.model

Covers: which there are, what is wrong with those that cannot be used, and reading their parts. Does
not cover: loading (ctranslate.py); packages with bpe.model, which need the Moses tokeniser.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from services.translator.engines.libretranslate_codes import language_of
from services.translator.reading.languages import Language, LanguageTable

SUFFIX = ".argosmodel"
MAX_FILE_BYTES = 4 * 2**30
"""A part of a package larger than this is not read."""
MAX_METADATA_BYTES = 2**16
MAX_ARCHIVE_ENTRIES = 10_000

_PAIR = re.compile(r"(?:.*[-_])?([a-z]{2,3})[-_]([a-z]{2,3})", re.IGNORECASE)
_VOCABULARIES = ("shared_vocabulary", "source_vocabulary", "target_vocabulary")


class PackageError(Exception):
    """A package cannot be used; the message says what is wrong with it."""


class _Store(Protocol):
    """The files of a package."""

    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file, by its path inside the package."""
        ...

    def read(self, name: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    path: Path

    def sizes(self) -> Mapping[str, int]:
        files = [*self.path.glob("*"), *self.path.glob("model/*")]
        return {
            file.relative_to(self.path).as_posix(): file.stat().st_size
            for file in files
            if file.is_file()
        }

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()


@dataclass(frozen=True, slots=True)
class ZipStore:
    """An archive whose files lie in one folder, or in none."""

    path: Path
    prefix: str

    def sizes(self) -> Mapping[str, int]:
        with zipfile.ZipFile(self.path) as archive:
            return {
                one.filename.removeprefix(self.prefix): one.file_size
                for one in archive.infolist()
                if one.filename.startswith(self.prefix) and not one.is_dir()
            }

    def read(self, name: str) -> bytes:
        # zipfile stops at the size the archive states, and raises BadZipFile on a wrong checksum.
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(self.prefix + name)


@dataclass(frozen=True, slots=True)
class Package:
    """A model for one direction; `changed` tells it from a later one at the same place."""

    path: Path
    changed: int
    source: Language
    target: Language
    target_prefix: str
    model_dir: str
    """Where model.bin lies inside the package: "model/" or ""."""
    source_pieces: str
    target_pieces: str
    """SentencePiece models, by their paths inside the package."""
    store: _Store = field(compare=False)

    @property
    def name(self) -> str:
        return self.path.name

    def model_files(self) -> dict[str, bytes]:
        names = [name for name in self.store.sizes() if name.startswith(self.model_dir)]
        inside = {name.removeprefix(self.model_dir): name for name in names}
        return {
            name: self._read(full)
            for name, full in inside.items()
            if name in ("model.bin", "config.json") or name.partition(".")[0] in _VOCABULARIES
        }

    def pieces(self) -> tuple[bytes, bytes]:
        return self._read(self.source_pieces), self._read(self.target_pieces)

    def _read(self, name: str) -> bytes:
        try:
            return self.store.read(name)
        except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise PackageError(f"{name} cannot be read; it may be cut short") from error
        except ValueError as error:  # zlib's too
            raise PackageError(f"{name} is damaged") from error


def read_package(path: Path, languages: LanguageTable) -> Package | None:
    """The package at `path`; None when it is something else. PackageError: it is a broken one."""
    try:
        store = _store(path)
        if store is None:
            return None
        sizes = store.sizes()
        if "metadata.json" in sizes:
            return _argos(path, store, sizes, languages)
        if not any(name in sizes for name in ("model.bin", "model/model.bin")):
            return None
        named = _PAIR.fullmatch(path.name)
        if named is None:
            raise PackageError("no metadata.json, and its name is no pair, such as en-fr")
        return _package(path, store, sizes, languages, {"from_code": named[1], "to_code": named[2]})
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise PackageError("it cannot be read; it may be cut short") from error


def _store(path: Path) -> _Store | None:
    if path.is_dir():
        return FolderStore(path)
    if path.suffix.lower() != SUFFIX or not path.is_file():
        return None
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if len(names) > MAX_ARCHIVE_ENTRIES:
        raise PackageError(f"it has more than {MAX_ARCHIVE_ENTRIES} files")
    metadata = [name for name in names if PurePosixPath(name).name == "metadata.json"]
    if not metadata:
        raise PackageError("metadata.json is missing")
    return ZipStore(path, min(metadata, key=len).removesuffix("metadata.json"))


def _argos(
    path: Path, store: _Store, sizes: Mapping[str, int], languages: LanguageTable
) -> Package | None:
    if sizes["metadata.json"] > MAX_METADATA_BYTES:
        raise PackageError("metadata.json is too large")
    try:
        metadata = json.loads(store.read("metadata.json"))
    except (ValueError, RecursionError) as error:
        raise PackageError("metadata.json is not JSON") from error
    if not isinstance(metadata, dict):
        raise PackageError("metadata.json is not an object")
    if metadata.get("type", "translate") != "translate":
        return None  # a sentence splitter, for example
    return _package(path, store, sizes, languages, metadata)


def _package(
    path: Path,
    store: _Store,
    sizes: Mapping[str, int],
    languages: LanguageTable,
    metadata: Mapping[str, object],
) -> Package:
    model_dir = "model/" if "model/model.bin" in sizes else ""
    vocabularies = {
        name.removeprefix(model_dir).partition(".")[0]
        for name in sizes
        if name.startswith(model_dir)
    }
    if not sizes.get(f"{model_dir}model.bin"):
        raise PackageError("model.bin is missing or empty")
    if not ("shared_vocabulary" in vocabularies or set(_VOCABULARIES[1:]) <= vocabularies):
        raise PackageError("the model's vocabulary is missing")
    if max(sizes.values()) > MAX_FILE_BYTES:
        raise PackageError("a file in it is larger than 4 GiB")
    prefix = metadata.get("target_prefix", "")
    source_pieces, target_pieces = _pieces(sizes, model_dir)
    return Package(
        path=path,
        changed=_changed(path, model_dir),
        source=_language(metadata, "from_code", languages),
        target=_language(metadata, "to_code", languages),
        target_prefix=prefix if isinstance(prefix, str) else "",
        model_dir=model_dir,
        source_pieces=source_pieces,
        target_pieces=target_pieces,
        store=store,
    )


def _pieces(sizes: Mapping[str, int], model_dir: str) -> tuple[str, str]:
    for folder in ("", model_dir):
        if sizes.get(f"{folder}sentencepiece.model"):
            return (f"{folder}sentencepiece.model",) * 2
        pair = f"{folder}source.spm", f"{folder}target.spm"
        if all(sizes.get(name) for name in pair):
            return pair
    if "bpe.model" in sizes:
        raise PackageError("it has bpe.model, which is not supported: only sentencepiece.model is")
    raise PackageError("sentencepiece.model is missing or empty")


def _language(metadata: Mapping[str, object], key: str, languages: LanguageTable) -> Language:
    code = metadata.get(key)
    found = language_of(code, languages) if isinstance(code, str) else None
    if found is None:
        raise PackageError(f"its {key} is missing or names no language")
    return found


def _changed(path: Path, model_dir: str) -> int:
    """Nanoseconds since the epoch."""
    file = path / model_dir / "model.bin" if path.is_dir() else path
    return file.stat().st_mtime_ns
