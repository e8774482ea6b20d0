"""Where everything made at set-up or while running is kept: facts, search index, sessions, logs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "GROUNDLING_DATA_DIR"


def data_dir_from(environ: Mapping[str, str]) -> Path:
    """services.chassis.data_dir, loaded when asked: `groundling chat` needs no web framework."""
    from services.chassis import data_dir  # noqa: PLC0415

    return data_dir(environ)
