"""What a fuzzer does with findings: stop at the first, or keep one of each kind and go on."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from fuzz.invariants import Finding


class Keeper:
    """folder: one file for each kind, the shortest text; None: the first finding ends the run."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._shortest: dict[str, int] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        return len(self._shortest)

    def keep(self, finding: Finding) -> None:
        """Finding: again, when there is no folder to keep it in."""
        if self._folder is None:
            raise finding
        known = self._shortest.get(finding.key)
        if known is not None and known <= len(finding.text):
            return
        if known is None:
            print(f"finding {len(self) + 1}: {finding}", file=sys.stderr, flush=True)
        self._shortest[finding.key] = len(finding.text)
        name = hashlib.sha256(finding.key.encode()).hexdigest()[:12]
        said = {"text": finding.text, "broke": finding.key, "detail": str(finding)}
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
