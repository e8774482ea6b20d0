"""Ways from one language to another over the installed modes.

Covers: the best routes of a pair, in the order in which they are tried: the next one is taken for a
sentence whose words the one before does not know. Does not cover: which modes there are (modes.py).

Fewest modes come first, then the highest product of what was measured of each mode, then the name.
Only where whole routes were measured (quality.tsv has them as "apertium:es-ca-fr") is a longer one
taken first, when it is better by HOP_CHRF for each mode more: some direct modes are small, and
Spanish to French is better over Catalan.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from services.translator.engines.apertium.modes import Mode
from services.translator.quality import Quality

MAX_HOPS = 3
MAX_TRIED = 2
"""Routes of a pair that are tried one after the other: each keeps further modes in memory, of 50 to
650 MB."""
HOP_CHRF = 2.0
"""What a mode more must gain: it costs time and memory."""
UNMEASURED_CHRF = 0.0
"""Taken for a mode that was not measured: a route of measured ones comes first."""
PREFERRED_REGIONS = ("BR",)
"""Taken where no region is asked for: the phrase list has its words too."""

Route = tuple[Mode, ...]
Path = tuple[str, ...]
"""The languages on the way, both ends included."""


class Routes:
    """The best routes of up to `max_hops` modes, found once."""

    def __init__(
        self, modes: Sequence[Mode], quality: Quality, *, engine: str, max_hops: int = MAX_HOPS
    ) -> None:
        self._engine = engine
        self._quality = quality
        self._modes: dict[tuple[str, str], dict[str, Mode]] = {}
        for mode in modes:
            self._modes.setdefault((mode.source, mode.target), {})[mode.region] = mode
        self._best = self._find(max_hops)

    def pairs(self) -> list[tuple[str, str]]:
        return sorted(self._best)

    def find(self, source: str, target: str, region: str = "") -> list[Route]:
        """The routes to try, each the modes to run one after the other; [] when there is no way."""
        return [self._route(path, region) for path in self._best.get((source, target), ())]

    def _route(self, path: Path, region: str) -> Route:
        last = len(path) - 2
        return tuple(
            self._variant(pair, region if place == last else "")
            for place, pair in enumerate(pairwise(path))
        )

    def _variant(self, pair: tuple[str, str], region: str) -> Mode:
        """The mode of this region; without one, the preferred region's or the plain one."""
        variants = self._modes[pair]
        wanted = (region, "") if region else (*PREFERRED_REGIONS, "")
        for one in wanted:
            if one in variants:
                return variants[one]
        return min(variants.values(), key=lambda mode: mode.name)

    def _find(self, max_hops: int) -> dict[tuple[str, str], list[Path]]:
        paths: list[Path] = [(start,) for start in sorted({source for source, _ in self._modes})]
        found: dict[tuple[str, str], list[Path]] = {}
        for _ in range(max_hops):
            longer = [
                (*path, end) for path in paths for start, end in self._modes if start == path[-1]
            ]
            paths = [path for path in longer if len(set(path)) == len(path)]
            for path in paths:
                found.setdefault((path[0], path[-1]), []).append(path)
        return {pair: sorted(ways, key=self._rank)[:MAX_TRIED] for pair, ways in found.items()}

    def _rank(self, path: Path) -> tuple[float, int, float, Path]:
        hops = len(path) - 1
        whole = self._quality.chrf(f"{self._engine}:{'-'.join(path)}", path[0], path[-1])
        each = (self._quality.chrf(self._engine, *hop) or UNMEASURED_CHRF for hop in pairwise(path))
        measured = HOP_CHRF * hops - whole if whole is not None else 0.0
        return (measured, hops, -prod(chrf / 100 for chrf in each), path)
