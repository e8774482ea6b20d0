"""Times as the tables hold them: ISO 8601 in UTC with milliseconds, which compare as text."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """moment: with its zone."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def timestamp_now() -> str:
    return timestamp(datetime.now(UTC))
