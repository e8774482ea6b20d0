"""Settings of the translator: variables GROUNDLING_TRANSLATOR_*."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.chassis import ToolSettings

PREFIX = "GROUNDLING_TRANSLATOR_"


class Settings(ToolSettings):
    """What the translator can be told besides what every service can."""

    apertium_dir: Path = Path("/usr/share/apertium")
    """Where Apertium's data lies: its modes are in `modes/` there. Default: Debian's."""
    freedict_dir: Path = Path("/usr/share/dictd")
    """Where FreeDict's dictd files lie. Default: Debian's."""
    apertium_timeout_s: float = Field(default=3.0, gt=0)
    """How long one Apertium translation may take, waiting in the queue included. Default: 3."""
    apertium_max_pairs: int = Field(default=6, ge=1)
    """Language pairs whose processes are kept running; the least recently used one is stopped
    when another is needed. One pair is 8 to 16 small processes. Default: 6."""
    apertium_max_waiting: int = Field(default=16, ge=1)
    """Requests that may wait for one pair; more are refused as overloaded. Default: 16."""
    apertium_over_third: bool = True
    """Translate over a third language where no pair is direct, as English to French over Spanish.
    Worse than a direct pair; false declines instead. Default: true."""
    apertium_max_chars: int = Field(default=500, ge=1)
    """Longest text given to Apertium, in characters; longer ones are declined. Default: 500."""
