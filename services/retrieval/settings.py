"""The retrieval tool's settings: environment variables GROUNDLING_RETRIEVAL_<FIELD>."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from services.chassis import ServiceSettings, data_dir

PREFIX = "GROUNDLING_RETRIEVAL_"


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """GROUNDLING_RETRIEVAL_DATA_DIR, else `retrieval` in the data folder all parts share."""
    own = environ.get(f"{PREFIX}DATA_DIR")
    return Path(own).expanduser() if own else data_dir(environ) / "retrieval"


class Settings(ServiceSettings):
    """What the retrieval tool can be told besides what every service can."""

    data_dir: Path = Field(default_factory=default_data_dir)
    """Where facts.tsv is, and is built when missing or out of date. Default: `retrieval` in
    GROUNDLING_DATA_DIR, else in $XDG_DATA_HOME/groundling or ~/.local/share/groundling."""
    query_share: float = Field(default=0.35, gt=0, le=1)
    """Share of a query's weight that must be in the subject's name. Default: 0.35."""
    name_share: float = Field(default=0.55, gt=0, le=1)
    """Share of a subject's name that must be mentioned where an attribute is asked for, and of a
    value where the subject is. Default: 0.55."""
    name_share_alone: float = Field(default=0.6, gt=0, le=1)
    """The same where no attribute is asked for. Default: 0.6."""
    keep_share: float = Field(default=0.6, ge=0, le=1)
    """Subjects scoring less than this share of the best are dropped. Default: 0.6."""
    prominence_weight: float = Field(default=1.0, ge=0)
    """The best-known subject scores 1 + this as much as an unknown one. Default: 1."""
    max_results: int = Field(default=50, ge=1)
    """Results kept for paging; what is ranked below is never returned. Default: 50."""
    max_words: int = Field(default=40, ge=1)
    """Longest query, in words; no fact is about a longer one. Default: 40."""
    max_waiting: int = Field(default=16, ge=1)
    """Queries that may wait for the search, which runs one at a time; more answer 429.
    Default: 16."""
