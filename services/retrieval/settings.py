"""The retrieval tool's settings: environment variables GROUNDLING_RETRIEVAL_<FIELD>."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from services.chassis import ServiceSettings

PREFIX = "GROUNDLING_RETRIEVAL_"


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """GROUNDLING_RETRIEVAL_DATA_DIR, else `retrieval` in the data folder all parts share."""
    own = environ.get(f"{PREFIX}DATA_DIR")
    if own:
        return Path(own)
    shared = environ.get("GROUNDLING_DATA_DIR")
    if shared:
        return Path(shared) / "retrieval"
    home = environ.get("XDG_DATA_HOME")
    base = Path(home) if home else Path.home() / ".local" / "share"
    return base / "groundling" / "retrieval"


class Settings(ServiceSettings):
    data_dir: Path = Field(default_factory=default_data_dir)
    """Where facts.tsv is, and is built when missing. Default: see `default_data_dir`."""
