"""Tools' results and their sources as all others see them: single lines, bounded in length and
number.

Covers: cleaning of text that others wrote. Does not cover: what the text means; whatever it says,
it is data.
"""

from __future__ import annotations

from unicodedata import category

from gateway.schemas import ToolReport
from services.contract import Source

NOT_TEXT = ("Cc", "Cs")
"""Unicode categories that services.contract.Text refuses: controls and lone surrogates."""
ELLIPSIS = "…"
MAX_URL_CHARS = 2_048


def one_line(text: str) -> str:
    """Text with every run of white space made one space, and control characters dropped."""
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """Text without control characters; white space stays, whatever its category."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c.isspace() or category(c) not in NOT_TEXT)


def shorten(text: str, limit: int) -> str:
    """Text of at most `limit` characters, cut at a word where there is one in the last half."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + ELLIPSIS


def clean_report(report: ToolReport, limit: int, max_chars: int) -> ToolReport:
    """The report with at most `limit` results, each one line; results without text are left out."""
    pairs = [
        (shorten(line, max_chars), _clean_source(source, max_chars))
        for result, source in zip(report.results[:limit], report.sources[:limit], strict=True)
        if (line := one_line(result))
    ]
    return report.model_copy(
        update={"results": [text for text, _ in pairs], "sources": [source for _, source in pairs]}
    )


def _clean_source(source: Source | None, max_chars: int) -> Source | None:
    """Title cut like a result; a URL that is broken or very long is left out, not cut."""
    if source is None:
        return None
    url = source.url
    if url is not None and (len(url) > MAX_URL_CHARS or one_line(url) != url):
        url = None
    return Source(title=shorten(one_line(source.title), max_chars), url=url, score=source.score)
