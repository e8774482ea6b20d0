"""One token from one row of logits. Plain numpy: a row is too short for anything faster."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from model_server.engine.batch import Ints
from model_server.engine.requests import SamplingParameters

Floats = npt.NDArray[np.float32]

MIN_TEMPERATURE = 1e-3
"""Below it drawing is greedy, which it is in all but name."""
_NEGLIGIBLE = 1e-6
_BLOCK = 256


class NumericalError(Exception):
    """The logits are not finite; no token can honestly be drawn from them."""


def log_sum_exp(logits: Floats) -> float:
    """ln of the sum of exp over logits (V,). Raises NumericalError unless it is finite."""
    largest = float(logits.max())
    if not math.isfinite(largest):
        raise NumericalError("the model produced logits that are not finite")
    return largest + math.log(float(np.exp(logits - np.float32(largest)).sum()))


def candidates(logits: Floats, sampling: SamplingParameters) -> tuple[Ints, Floats]:
    """What may be drawn from logits (V,): ids (K,) and probabilities (K,), which sum to 1.

    After temperature, top-k, and the nucleus of top-p (arXiv 1904.09751), in this order.
    """
    ids: Ints = np.arange(len(logits))
    if 0 < sampling.top_k < len(logits):
        ids = np.sort(np.argpartition(logits, -sampling.top_k)[-sampling.top_k :])
        logits = logits[ids]
    # Measured from the largest, so that no temperature can carry a logit out of range.
    shares = logits - logits.max()
    shares /= np.float32(sampling.temperature)
    np.exp(shares, out=shares)
    shares /= shares.sum()
    if sampling.top_p < 1:
        # Sorting is slow: leave out the long tail when the nucleus cannot reach into it.
        likely = np.flatnonzero(shares > _NEGLIGIBLE)
        if shares[likely].sum() < sampling.top_p:
            likely = np.arange(len(shares))
        best_first = likely[np.argsort(-shares[likely], kind="stable")]
        before = np.cumsum(shares[best_first]) - shares[best_first]
        nucleus = best_first[(before < sampling.top_p) | (np.arange(len(before)) == 0)]
        ids, shares = ids[nucleus], shares[nucleus] / shares[nucleus].sum()
    return ids, shares


def draw(logits: Floats, sampling: SamplingParameters, rng: np.random.Generator) -> int:
    """One token id from logits (V,); uses up one random number unless greedy."""
    if sampling.temperature < MIN_TEMPERATURE:
        return int(logits.argmax())
    ids, shares = candidates(logits, sampling)
    return int(ids[_place(shares, rng.random())])


def _place(shares: Floats, share: float) -> int:
    """Where the running sum of shares (K,) passes `share` of their total."""
    starts = np.arange(0, len(shares), _BLOCK)  # first which block, then where in it: less to add
    up_to = np.cumsum(np.add.reduceat(shares, starts), dtype=np.float64)
    goal = share * up_to[-1]
    block = min(int(np.searchsorted(up_to, goal, "right")), len(starts) - 1)
    before = up_to[block - 1] if block else 0.0
    within = before + np.cumsum(shares[starts[block] :][:_BLOCK], dtype=np.float64)
    return int(starts[block]) + min(int(np.searchsorted(within, goal, "right")), len(within) - 1)
