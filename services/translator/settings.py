"""Settings of the translator: variables GROUNDLING_TRANSLATOR_*."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from services.chassis import ToolSettings

PREFIX = "GROUNDLING_TRANSLATOR_"


class Settings(ToolSettings):
    """What the translator can be told besides what every service can."""

    apertium_dir: Path = Path("/usr/share/apertium")
    """Where Apertium's data lies: its modes are in `modes/` there. Default: Debian's."""
    freedict_dir: Path = Path("/usr/share/dictd")
    """Where FreeDict's dictd files lie. Default: Debian's."""
    apertium_timeout_s: float = Field(default=3.0, gt=0)
    """How long one Apertium translation may take, waiting in the queue included; a pair may take
    four times as long to start. Default: 3."""
    apertium_max_pairs: int = Field(default=6, ge=1)
    """Language pairs whose processes are kept running; the least recently used one is stopped
    when another is needed. One pair is 6 to 15 processes, which together take 50 to 650 MB (Catalan
    to French; most take 100 to 200). Default: 6."""
    apertium_max_waiting: int = Field(default=64, ge=1)
    """Requests that may wait for one pair; more are refused as overloaded. Default: 64."""
    apertium_over_third: bool = True
    """Translate over a third language where no pair is direct, as English to French over Spanish.
    Worse than a direct pair; false declines instead. Default: true."""
    apertium_max_chars: int = Field(default=500, ge=1)
    """Longest text given to Apertium, in characters; longer ones are declined. Default: 500."""
    apertium_idle_s: float = Field(default=300.0, gt=0)
    """A pair unused for this long is stopped and its memory given back. Default: 300."""
    apertium_min_known: float = Field(default=0.5, ge=0, le=1)
    """Share of a sentence's words that Apertium must know: with fewer, it is declined; with more,
    names it does not know are kept as they were written. A word that is no name declines in any
    case. Default: 0.5."""
    argos_dir: Path | None = None
    """Folder of Argos packages or CTranslate2 models. Default: `argos` in the data folder."""
    argos_max_loaded: int = Field(default=2, ge=1)
    """Models kept in memory; the least recently used one makes room. Default: 2."""
    argos_idle_s: float = Field(default=900.0, gt=0)
    """A model unused for this long is unloaded. Default: 900."""
    libretranslate_url: str | None = Field(default=None, pattern=r"^https?://")
    """A LibreTranslate server to ask as one more engine. Default: none."""
    libretranslate_api_key: SecretStr | None = None
    """The key that server wants. Default: none."""
    libretranslate_timeout_s: float = Field(default=3.0, gt=0)
    """How long it may take for one text. Default: 3."""
    api_key: SecretStr | None = Field(default=None, min_length=1)
    """The key that clients of /translate and /detect must send. Default: none is needed."""
    detector: Literal["low", "high", "off"] = "low"
    """How a text's language is found when the request does not say: `low` and `high` are lingua's
    accuracy modes; `off` takes English. Default: low."""
    max_batch: int = Field(default=32, ge=1)
    """Texts in one /translate request. Default: 32."""
