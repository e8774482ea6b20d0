"""A child's log file: kept small, followed for errors, and quoted when the child dies.

Covers: `<data dir>/logs/<name>.log`; the run before is `<name>.log.1`. Does not cover: what a
service writes (JSON lines, from services.chassis), or shipping logs elsewhere.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

MAX_BYTES = 20_000_000
"""A log that grows past this moves to <name>.log.1 and starts anew."""
MAX_READ_BYTES = 65_536
"""Read at most this much per look; the rest waits for the next."""
ERROR_LEVELS = ("ERROR", "CRITICAL")


class ChildLog:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._partial = b""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.replace(self._previous)
        path.touch()

    @property
    def _previous(self) -> Path:
        return self.path.with_name(f"{self.path.name}.1")

    def new_errors(self) -> list[str]:
        """Error lines written since the last call, shortened for a terminal."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read(MAX_READ_BYTES)
        self._offset += len(data)
        *lines, self._partial = (self._partial + data).split(b"\n")
        self._partial = self._partial[-MAX_READ_BYTES:]
        self._rotate()
        shown = (_error(line.decode("utf-8", "replace")) for line in lines)
        return [line for line in shown if line]

    def tail(self, count: int) -> list[str]:
        """The last lines of the file, as they are."""
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MAX_READ_BYTES))
            text = file.read().decode("utf-8", "replace")
        return text.splitlines()[-count:]

    def _rotate(self) -> None:
        # Copied and cut rather than renamed: the child keeps appending to the file it has open.
        if self._offset > MAX_BYTES:
            shutil.copyfile(self.path, self._previous)
            self.path.write_bytes(b"")
            self._offset = 0


def _error(line: str) -> str | None:
    """What to show of a log line; None when it reports no error."""
    try:
        record: Any = json.loads(line)
    except ValueError:
        return line if line.startswith(ERROR_LEVELS) else None
    if not isinstance(record, dict) or str(record.get("level", "")).upper() not in ERROR_LEVELS:
        return None
    place = record.get("at")
    said = [
        record.get("event") or line,
        *(record.get(key) for key in ("method", "route", "status", "error")),
        place[-1] if isinstance(place, list) and place else None,
    ]
    return " ".join(str(part) for part in said if part is not None)
