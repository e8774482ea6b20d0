"""What a session is called in a list: its first message, shortened."""

from __future__ import annotations

MAX_TITLE_CHARS = 80


def title_of(message: str) -> str:
    """One line of at most MAX_TITLE_CHARS characters."""
    line = " ".join(message.split())
    return line if len(line) <= MAX_TITLE_CHARS else f"{line[: MAX_TITLE_CHARS - 1].rstrip()}…"
