"""Ways from one language to another over the installed modes.

Covers: the best route: fewest modes, then the highest product of what was measured of each, then
the name. Does not cover: which modes there are (modes.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from services.translator.engines.apertium.modes import Mode
from services.translator.quality import Quality

MAX_HOPS = 3
UNMEASURED_CHRF = 0.0
"""Taken for a mode that was not measured: a route of measured ones comes first."""
PREFERRED_REGIONS = ("BR",)
"""Taken where no region is asked for: the phrase list has its words too."""

Route = tuple[Mode, ...]


class Routes:
    """All routes of up to `max_hops` modes, found once."""

    def __init__(
        self, modes: Sequence[Mode], quality: Quality, *, engine: str, max_hops: int = MAX_HOPS
    ) -> None:
        self._modes: dict[tuple[str, str], dict[str, Mode]] = {}
        for mode in modes:
            self._modes.setdefault((mode.source, mode.target), {})[mode.region] = mode
        self._chrf = {pair: quality.chrf(engine, *pair) or UNMEASURED_CHRF for pair in self._modes}
        self._best = self._find(max_hops)

    def pairs(self) -> list[tuple[str, str]]:
        return sorted(self._best)

    def find(self, source: str, target: str, region: str = "") -> Route:
        """The modes to run one after the other; () when there is no way."""
        path = self._best.get((source, target), ())
        last = len(path) - 2
        return tuple(
            self._variant((start, end), region if place == last else "")
            for place, (start, end) in enumerate(pairwise(path))
        )

    def _variant(self, pair: tuple[str, str], region: str) -> Mode:
        """The mode of this region; without one, the preferred region's or the plain one."""
        variants = self._modes[pair]
        wanted = (region, "") if region else (*PREFERRED_REGIONS, "")
        for one in wanted:
            if one in variants:
                return variants[one]
        return min(variants.values(), key=lambda mode: mode.name)

    def _find(self, max_hops: int) -> dict[tuple[str, str], tuple[str, ...]]:
        """(source, target) -> the languages on the best way, both ends included."""
        best: dict[tuple[str, str], tuple[str, ...]] = {}
        paths: list[tuple[str, ...]] = [
            (start,) for start in sorted({source for source, _ in self._modes})
        ]
        for _ in range(max_hops):
            longer = [
                (*path, end) for path in paths for start, end in self._modes if start == path[-1]
            ]
            paths = [path for path in longer if len(set(path)) == len(path)]
            found: dict[tuple[str, str], tuple[str, ...]] = {}
            for path in sorted(paths, key=self._rank):
                found.setdefault((path[0], path[-1]), path)
            best = {**found, **best}  # a shorter way stays
        return best

    def _rank(self, path: Sequence[str]) -> tuple[float, Sequence[str]]:
        hops = pairwise(path)
        return (-prod(self._chrf[hop] / 100 for hop in hops), path)
