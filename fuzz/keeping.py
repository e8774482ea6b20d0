"""What a fuzzer does with each text: check it, count what was cut, keep or raise what was found.

A cut is an exception somewhere in SymPy, which may leave a half-made object behind in one of its
caches. Two things keep that from counting. The caches are emptied after every cut. And what is
found after one is asked again in a new process (fuzz/afresh.py) that no cut has been through: only
what breaks there too is a finding, the rest is counted as not repeated.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from sympy.core.cache import clear_cache

from fuzz.afresh import breaks_afresh
from fuzz.invariants import AlgebraCut, Finding, check


class Keeper:
    """folder: one file for each kind, the shortest text; None: the first finding ends the run."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._shortest: dict[str, int] = {}
        self._texts = self._answered = self._not_repeated = 0
        self._cuts: Counter[str] = Counter()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        """How many kinds of finding there are."""
        return len(self._shortest)

    def __str__(self) -> str:
        cuts = ", ".join(f"{count} in {where}" for where, count in self._cuts.most_common())
        return (
            f"{self._texts:,} texts, {self._answered:,} answered, {len(self)} findings, "
            f"{self._not_repeated} not repeated in a new process, "
            f"{self._cuts.total()} questions of algebra cut{f' ({cuts})' if cuts else ''}"
        )

    def take(self, text: str, limit_s: float) -> None:
        """Check one text. Finding: it breaks an invariant, and there is no folder to keep it in."""
        self._texts += 1
        try:
            self._answered += bool(check(text, limit_s))
        except AlgebraCut as cut:
            self._cuts[cut.where] += 1
            clear_cache()
        except Finding as finding:
            if not self._is_news(finding):
                return
            if self._cuts and not breaks_afresh(text):
                self._not_repeated += 1
                print(f"not repeated in a new process: {finding}", file=sys.stderr, flush=True)
            else:
                self.keep(finding)

    def keep(self, finding: Finding) -> None:
        """Finding: again, when there is no folder to keep it in."""
        known = self._shortest.get(finding.key)
        self._shortest[finding.key] = len(finding.text)
        if self._folder is None:
            raise finding
        if known is None:
            print(f"finding {len(self)}: {finding}", file=sys.stderr, flush=True)
        name = hashlib.sha256(finding.key.encode()).hexdigest()[:12]
        said = {"text": finding.text, "broke": finding.key, "detail": str(finding)}
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def _is_news(self, finding: Finding) -> bool:
        """Whether it is the first of its kind, or the shortest; without a folder, always."""
        known = self._shortest.get(finding.key)
        return self._folder is None or known is None or len(finding.text) < known
