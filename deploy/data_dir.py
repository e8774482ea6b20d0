"""Where everything made at set-up or while running is kept: facts, search index, sessions, logs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "GROUNDLING_DATA_DIR"


def data_dir_from(environ: Mapping[str, str]) -> Path:
    """GROUNDLING_DATA_DIR, else $XDG_DATA_HOME/groundling, else ~/.local/share/groundling."""
    if named := environ.get(VARIABLE):
        return Path(named).expanduser().absolute()
    share = environ.get("XDG_DATA_HOME")
    return (Path(share) if share else Path.home() / ".local" / "share") / "groundling"
