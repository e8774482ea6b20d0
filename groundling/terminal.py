"""Text from elsewhere, made safe for a terminal: models, tools and documents may hold anything."""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """The text without control characters (escape sequences among them), line feed and tab kept."""
    return "".join(
        REPLACEMENT
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
        else character
        for character in text
    )


def one_line(text: str) -> str:
    return " ".join(printable(text).split())
