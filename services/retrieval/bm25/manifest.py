"""The manifest: which segments an index has, in the order they were sealed, and their checksums.

One JSON file, replaced atomically; its own checksum is its first line.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.retrieval.bm25.files import DamagedError, replace_file
from services.retrieval.bm25.segment import SegmentInfo

FILE = "manifest.json"
FORMAT = 1


def write_manifest(folder: Path, segments: Sequence[SegmentInfo]) -> bytes:
    """Returns what was written."""
    body = json.dumps(
        {
            "format": FORMAT,
            "segments": [
                {
                    "name": one.name,
                    "documents": one.documents,
                    "codes": one.codes,
                    "files": {name: list(stamp) for name, stamp in one.files.items()},
                }
                for one in segments
            ],
        },
        indent=1,
    ).encode()
    data = b"%08x\n%s" % (zlib.crc32(body), body)
    replace_file(folder / FILE, data)
    return data


def read_manifest(folder: Path) -> bytes | None:
    """None where there is none."""
    try:
        return (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None


def parse_manifest(data: bytes) -> list[SegmentInfo]:
    """Raises DamagedError where it is not what was written."""
    checksum, _, body = data.partition(b"\n")
    if b"%08x" % zlib.crc32(body) != checksum:
        raise DamagedError(f"{FILE} does not have the checksum it names")
    content: dict[str, Any] = json.loads(body)
    if content["format"] != FORMAT:
        raise DamagedError(f"{FILE} has format {content['format']}; this is for {FORMAT}")
    return [
        SegmentInfo(
            one["name"],
            one["documents"],
            one["codes"],
            {name: (size, checksum) for name, (size, checksum) in one["files"].items()},
        )
        for one in content["segments"]
    ]
