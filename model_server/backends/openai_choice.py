"""Which of a few given texts comes next, by the probabilities of the next token. Plain numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence


def shares(top: Mapping[str, float], options: Sequence[str]) -> list[float]:
    """P of each option among them all, from ln P of the likeliest next tokens.

    A token counts for the one option that it begins, for none when it begins several. An option
    without a token gets the least probability listed, which is at least its own.
    """
    found: list[float] = [0.0] * len(options)
    for token, log_p in top.items():
        if (option := fits(token, options)) is not None:
            found[option] += math.exp(log_p)
    least = math.exp(min(top.values(), default=0.0)) or 1e-30
    weights = [one or least for one in found]
    return [one / sum(weights) for one in weights]


def fits(token: str, options: Sequence[str]) -> int | None:
    """Which option a token begins; None when it begins none or several."""
    fitting = [i for i, one in enumerate(options) if token and one.startswith(token)]
    return fitting[0] if len(fitting) == 1 else None


def only(chosen: int, of: int) -> list[float]:
    """All weight on one of several."""
    return [float(i == chosen) for i in range(of)]


def drawn(weights: Sequence[float], temperature: float, seed: int | None) -> int:
    """The index of a weight: the greatest at temperature 0, else drawn by weight ** (1 / T)."""
    best = max(range(len(weights)), key=lambda i: weights[i])
    if temperature == 0.0:
        return best
    scaled = [(one / weights[best]) ** (1.0 / temperature) for one in weights]
    return random.Random(seed).choices(range(len(weights)), scaled)[0]
