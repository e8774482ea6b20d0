"""What the translator's tests share: the language table, a small engine, small dictionaries."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.translator.engines.interface import EngineError, Kind
from services.translator.reading.languages import (
    Language,
    LanguageTable,
    build_language_table,
)

ALL_PAIRS = [(a, b) for a in ("en", "fr", "es", "de") for b in ("en", "fr", "es", "de") if a != b]


@dataclass
class FakeEngine:
    """Knows what it is given; remembers what it was asked: (text, source code, target code)."""

    known: Mapping[str, list[str]] = field(default_factory=dict)
    failure: EngineError | None = None
    name: str = "fake"
    kind: Kind = Kind.SENTENCES
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    able: Collection[tuple[str, str]] = field(default_factory=lambda: ALL_PAIRS)
    stopped: bool = False

    def pairs(self) -> Collection[tuple[str, str]]:
        return self.able

    async def translate(self, text: str, source: Language, target: Language) -> list[str]:
        self.asked.append((text, source.code, target.code))
        if self.failure is not None:
            raise self.failure
        return list(self.known.get(text, []))

    async def stop(self) -> None:
        self.stopped = True


@pytest.fixture(scope="session")
def languages() -> LanguageTable:
    return build_language_table()


@pytest.fixture
def fake_engine() -> type[FakeEngine]:
    return FakeEngine


_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_CHUNK_BYTES = 64  # small, so that entries cross chunks


def _number(value: int) -> str:
    digits = ""
    while value or not digits:
        value, digit = divmod(value, 64)
        digits = _BASE64[digit] + digits
    return digits


def write_dictionary(folder: Path, pair: str, entries: Mapping[str, str], title: str = "") -> None:
    """freedict-PAIR.index and .dict.dz, as dictfmt and dictzip write them."""
    text, lines = b"", []
    for headword, entry in {"00databaseshort": title or pair, **entries}.items():
        encoded = f"{headword}\n{entry}\n".encode()
        lines.append(
            f"{headword.split(' /')[0].lower()}\t{_number(len(text))}\t{_number(len(encoded))}"
        )
        text += encoded
    index = "\n".join(["00database\tA\tA", *sorted(lines)]) + "\n"
    (folder / f"freedict-{pair}.index").write_text(index, encoding="utf-8")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    chunks = []
    for start in range(0, len(text), _CHUNK_BYTES):
        chunk = packer.compress(text[start : start + _CHUNK_BYTES])
        chunks.append(chunk + packer.flush(zlib.Z_FULL_FLUSH))
    sizes = struct.pack(f"<{len(chunks)}H", *map(len, chunks))
    extra = b"RA" + struct.pack("<HHHH", 6 + len(sizes), 1, _CHUNK_BYTES, len(chunks)) + sizes
    header = struct.pack("<HBBLBBH", 0x8B1F, 8, 4 | 8, 0, 0, 3, len(extra)) + extra + b"name\0"
    tail = packer.flush() + struct.pack("<LL", zlib.crc32(text), len(text))
    (folder / f"freedict-{pair}.dict.dz").write_bytes(header + b"".join(chunks) + tail)


@pytest.fixture(name="write_dictionary")
def write_dictionary_() -> Callable[..., None]:
    return write_dictionary


@pytest.fixture
def dictionaries(tmp_path: Path) -> Path:
    """A folder with a French and an English-to-French dictionary, and an Indonesian one."""
    write_dictionary(
        tmp_path,
        "eng-fra",
        {
            "dog /dɔg/": "1. clebs, toutou\n2. chien <masc>",
            "blackboard": "tableau noir [school]",
            "bank": 'banque; rive\n  see: {river}\n  "the bank"  - la banque\n  Note: money',
        },
    )
    write_dictionary(tmp_path, "fra-eng", {"chien": "dog", "toutou": "doggy", "clebs": "mutt"})
    write_dictionary(
        tmp_path,
        "eng-ind",
        {"roof": "1. atap\nthe cover of a house\n2. langit-langit 2.\ninside"},
        title="English-Indonesian FreeDict+WikDict dictionary",
    )
    return tmp_path
