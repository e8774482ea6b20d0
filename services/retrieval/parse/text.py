"""Plain text, and what encoding any text is in.

Covers: UTF-8, UTF-16 and UTF-32 by mark or by their zeros, and other encodings by what letters they
would give (charset-normalizer); what is no text at all is refused. Does not cover: files that mix
encodings.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from services.retrieval.documents.model import Document, Section
from services.retrieval.parse.record import Limits, ParseError, Record, Source, checked

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 2**18
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_MAX_CONTROL_SHARE = 0.01
_MAX_TITLE_CHARS = 100
_SENTENCE_ENDS = tuple(".,;:!?…。！？")  # noqa: RUF001
_UNDERLINE = re.compile(r"[ \t]*(?:={3,}|-{3,}|~{3,}|\*{3,}|#{3,})[ \t]*\r?(?:\n|\Z)")
NOT_TEXT = "is binary, not text"


def parse(source: Source, limits: Limits, after: int) -> Iterator[Record]:
    text = decode(source.read(limits)).strip()
    title = _first_line(text) or source.title
    document = Document(source.id, title, source.url, (Section("", text),))
    yield Record(1, checked(document, limits))


def _first_line(text: str) -> str:
    """Where it stands alone like a title, or is underlined as one, else ""."""
    if overline := _UNDERLINE.match(text):
        text = text[overline.end() :]
    line, _, rest = text.partition("\n")
    line = line.strip()
    if not 0 < len(line) <= _MAX_TITLE_CHARS or not any(map(str.isalnum, line)):
        return ""
    if _UNDERLINE.match(rest):
        return line
    alone = rest[:1] in ("\n", "\r") and rest.strip() and line[-1:] not in _SENTENCE_ENDS
    return line if alone else ""


def decode(data: bytes) -> str:
    """ParseError where it is not text."""
    encoding = encoding_of(data[:_SAMPLE_BYTES], whole=len(data) <= _SAMPLE_BYTES)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise ParseError(_undecodable(encoding, error.start)) from None
        # The sample was plain ASCII or broke off; the rest says otherwise.
        around = max(0, error.start - _SAMPLE_BYTES // 2)
        return _decode_as(data, _guessed(data[around : around + _SAMPLE_BYTES]))
    return _readable(text)


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return _readable(data.decode(encoding))
    except (UnicodeDecodeError, LookupError) as error:
        at = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise ParseError(_undecodable(encoding, at)) from None


def encoding_of(sample: bytes, *, whole: bool = False) -> str:
    """From the beginning of a file, or from all of it. ParseError where it is not text."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if zeros := _by_zeros(sample):
        return zeros
    control = sum(byte in _CONTROL for byte in sample)
    if b"\0" in sample or control > _MAX_CONTROL_SHARE * len(sample):
        raise ParseError(NOT_TEXT)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=whole)
    except UnicodeDecodeError:
        return _guessed(sample)
    return "utf-8"


def _by_zeros(sample: bytes) -> str | None:
    """UTF-16 without a mark: letters of most scripts' plain text have a zero every other byte."""
    even, odd = sample[0::2], sample[1::2]
    if not odd:
        return None
    if odd.count(0) > 0.4 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and not odd.count(0):
        return "utf-16-be"
    return None


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - slow to load, rarely needed

    best = from_bytes(data).best()
    if best is None:
        raise ParseError(f"{NOT_TEXT}, or in an unknown encoding; save it as UTF-8")
    return best.encoding


def _undecodable(encoding: str, at: int) -> str:
    return f"is not valid {encoding} (byte {at:,}); save it as UTF-8"


def _readable(text: str) -> str:
    """ParseError where what was decoded is no text after all."""
    sample = text[:_SAMPLE_BYTES]
    control = sum(ord(character) in _CONTROL for character in sample)
    if control > _MAX_CONTROL_SHARE * len(sample):
        raise ParseError(NOT_TEXT)
    return text
