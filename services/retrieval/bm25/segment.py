"""A segment: postings and their sorted terms as one folder of flat files that never changes.

Every file is a little-endian array without a header; sizes and checksums are in the manifest.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.retrieval.bm25.files import (
    ChecksummedFile,
    DamagedError,
    mapped,
    sync_folder,
    verify,
)
from services.retrieval.bm25.part import Part
from services.retrieval.bm25.postings import Postings
from services.retrieval.bm25.vocabulary import Vocabulary

KINDS = {
    "ids": "<i8",
    "lengths": "<i4",
    "offsets": "<i8",
    "docs": "<i4",
    "codes": "",  # uint16 or uint32: the segment says
    "pair_frequencies": "<i4",
    "pair_lengths": "<i4",
    "terms": "|u1",
    "term_offsets": "<i8",
}
ASIDE = "new-"


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """What the manifest says of a segment."""

    name: str
    documents: int
    codes: str
    files: Mapping[str, tuple[int, int]]
    """Size in bytes and CRC-32 of each."""


class SortedTerms:
    """Terms of a segment: their order is their number."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.find = vocabulary.find

    def sorted(self) -> tuple[Vocabulary, NDArray[np.int64]]:
        return self._vocabulary, np.arange(len(self._vocabulary))


Write = Callable[[str, NDArray[Any]], None]


def write_segment(
    folder: Path, name: str, codes: NDArray[Any], fill: Callable[[Write], int]
) -> SegmentInfo:
    """fill(write) appends arrays to files by name and returns how many documents there are.

    The folder is there under its name when everything is on the disk, or not at all.
    codes: any array of the type the codes have.
    """
    aside = folder / (ASIDE + name)
    aside.mkdir()
    try:
        with ExitStack() as stack:
            files = {
                one: stack.enter_context(ChecksummedFile(aside / f"{one}.bin")) for one in KINDS
            }
            documents = fill(lambda one, array: files[one].write(array))
        sync_folder(aside)
        aside.rename(folder / name)
        sync_folder(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    sizes = {one: (file.size, file.checksum) for one, file in files.items()}
    return SegmentInfo(name, documents, f"<u{codes.dtype.itemsize}", sizes)


def write_postings(
    folder: Path, name: str, postings: Postings, vocabulary: Vocabulary
) -> SegmentInfo:
    def fill(write: Write) -> int:
        for one in KINDS:
            if hasattr(postings, one):
                write(one, getattr(postings, one))
        write("terms", vocabulary.blob)
        write("term_offsets", vocabulary.offsets)
        return len(postings.ids)

    return write_segment(folder, name, postings.codes, fill)


def open_segment(folder: Path, info: SegmentInfo) -> Part:
    """Raises DamagedError where a file is not what was written. Reads everything once."""
    arrays = {}
    for one, kind in KINDS.items():
        path = folder / info.name / f"{one}.bin"
        if one not in info.files:
            raise DamagedError(f"{path.name} is not in the manifest")
        verify(path, *info.files[one])
        arrays[one] = mapped(path, kind or info.codes)
    vocabulary = Vocabulary(arrays.pop("terms"), arrays.pop("term_offsets"))
    return Part.of(info.name, Postings(**arrays), SortedTerms(vocabulary))
