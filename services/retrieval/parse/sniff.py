"""What a file's first bytes say it is, where they say it plainly."""

from __future__ import annotations

from services.retrieval.parse.formats import Format
from services.retrieval.parse.record import ParseError

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "bzip2"),
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_HTML = (b"<!doctype html", b"<html")


def check_content(head: bytes, kind: Format, *, whole: bool) -> None:
    """ParseError where the content is plainly not of that format. whole: the head is all of it."""
    if whole and not head.strip():
        raise ParseError("is empty")
    found = _recognised(head)
    if found not in kind.content:
        said = f", not {kind.name}" if found is None else f": it is {found}, not {kind.name}"
        raise ParseError(f"is not what its name or type says{said}")


def _recognised(head: bytes) -> str | None:
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return name
    if b"%PDF-" in head[:1024]:  # the standard lets something stand before it
        return "PDF"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML):
        return "HTML"
    return None
