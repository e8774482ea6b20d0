"""Reads dictionaries in the dictd format: a tab-separated index and a dictzip file.

Covers: finding the entries of a headword, and random access in the compressed file (RFC 1952
with the "RA" extra field, as dictzip(1) describes), so that nothing is unpacked or held in memory
as a whole. Does not cover: what an entry's text means (freedict.py).
"""

from __future__ import annotations

import mmap
import re
import struct
import zlib
from pathlib import Path

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_DIGIT = {character: value for value, character in enumerate(_BASE64)}
_HEADWORD = re.compile(rb"(?m)^[^\t\n]+")
_FLAG_EXTRA, _FLAG_NAME, _FLAG_COMMENT, _FLAG_CRC = 4, 8, 16, 2
MAX_ENTRIES = 40
MAX_ENTRY_BYTES = 65_536


class DictionaryError(Exception):
    """A dictionary's files are missing or not in the dictd format; the message names the file."""


def decode_number(text: str) -> int:
    """An index number: base 64, most significant digit first."""
    value = 0
    for character in text:
        value = value * 64 + _DIGIT[character]
    return value


class DictzipFile:
    """Random access to a dictzip file."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._chunk_bytes, sizes, start = _read_header(self._data)
        except (struct.error, ValueError) as error:
            self._data.close()
            raise DictionaryError(f"{path}: not a dictzip file ({error})") from error
        self._offsets = [start]
        for size in sizes:
            self._offsets.append(self._offsets[-1] + size)

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes of the unpacked text, from `offset`."""
        first = offset // self._chunk_bytes
        last = min((offset + length) // self._chunk_bytes, len(self._offsets) - 2)
        unpacked = b"".join(self._chunk(number) for number in range(first, last + 1))
        begin = offset - first * self._chunk_bytes
        return unpacked[begin : begin + length]

    def _chunk(self, number: int) -> bytes:
        packed = self._data[self._offsets[number] : self._offsets[number + 1]]
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed)

    def close(self) -> None:
        self._data.close()


def _read_header(data: mmap.mmap) -> tuple[int, list[int], int]:
    """Chunk size in bytes, each chunk's packed size, and where the first chunk starts."""
    magic, _method, flags = struct.unpack_from("<HBB", data, 0)
    if magic != 0x8B1F or not flags & _FLAG_EXTRA:
        raise ValueError("no gzip header with an extra field")
    (extra_bytes,) = struct.unpack_from("<H", data, 10)
    if data[12:14] != b"RA":
        raise ValueError("the extra field is not dictzip's")
    _version, chunk_bytes, count = struct.unpack_from("<HHH", data, 16)
    sizes = list(struct.unpack_from(f"<{count}H", data, 22))
    position = 12 + extra_bytes
    for flag in (_FLAG_NAME, _FLAG_COMMENT):
        if flags & flag:
            position = data.find(b"\0", position) + 1
    if flags & _FLAG_CRC:
        position += 2
    return chunk_bytes, sizes, position


class Dictionary:
    """One dictd dictionary, e.g. freedict-eng-fra."""

    def __init__(self, index: Path, text: Path) -> None:
        try:
            with index.open("rb") as file:
                self._index = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._text = DictzipFile(text)
        except (OSError, ValueError) as error:
            raise DictionaryError(f"{index}: {error}") from error
        headwords = _HEADWORD.findall(self._index)
        self._is_sorted = headwords == sorted(headwords)

    def __contains__(self, headword: str) -> bool:
        return _can_be_headword(headword) and self._first_line(headword.encode()) >= 0

    def entries(self, headword: str) -> list[str]:
        """The texts of the entries whose headword is exactly this, in the index's order."""
        if not _can_be_headword(headword):
            return []
        key = headword.encode()
        found: list[str] = []
        position = self._first_line(key)
        while position >= 0 and len(found) < MAX_ENTRIES:
            line, following = self._line(position)
            _headword, offset, length = line.decode().split("\t")[:3]
            size = min(decode_number(length), MAX_ENTRY_BYTES)
            entry = self._text.read(decode_number(offset), size).decode(errors="replace")
            if entry not in found:
                found.append(entry)
            if self._is_sorted:  # the next line, if it has this headword too
                has_more = self._index[following : following + len(key) + 1] == key + b"\t"
                position = following if has_more else -1
            else:
                position = _after(self._index.find(b"\n" + key + b"\t", position))
        return found

    def close(self) -> None:
        self._index.close()
        self._text.close()

    def _first_line(self, key: bytes) -> int:
        """Where the first line with this headword starts, or -1.

        Some dictd indexes follow a locale's order: those that are not in the order of bytes, which
        halving needs, are read from the start.
        """
        needle = key + b"\t"
        if not self._is_sorted:
            at_start = self._index[: len(needle)] == needle
            return 0 if at_start else _after(self._index.find(b"\n" + needle))
        low, high = 0, len(self._index)
        while low < high:
            middle = (low + high) // 2
            start = self._index.rfind(b"\n", 0, middle) + 1
            line, following = self._line(start)
            if line.partition(b"\t")[0] < key:
                low = following
            else:
                high = start
        return low if self._index[low : low + len(needle)] == needle else -1

    def _line(self, start: int) -> tuple[bytes, int]:
        """The line at `start` and where the next one starts."""
        end = self._index.find(b"\n", start)
        end = end if end >= 0 else len(self._index)
        return self._index[start:end], end + 1


def _after(position: int) -> int:
    return position + 1 if position >= 0 else -1


def _can_be_headword(text: str) -> bool:
    return bool(text) and not any(ord(character) < 0x20 for character in text)
