"""Several rankings into one: reciprocal rank fusion (Cormack, Clarke and Buettcher 2009).

Scores of different rankings cannot be compared; places can. Each ranking gives 1 / (k + place) to
what it has, places counted from 1.
"""

from __future__ import annotations

from collections.abc import Sequence

K = 60.0
"""The paper's constant: how little the first place is worth more than the tenth."""


def fuse(rankings: Sequence[Sequence[int]], k: float = K) -> list[tuple[int, float]]:
    """Ids best first with their fused score; of equal ones the lower id first."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, one in enumerate(ranking, start=1):
            scores[one] = scores.get(one, 0.0) + 1.0 / (k + place)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
