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
    weights = np.exp((logits - logits.max()) / np.float32(sampling.temperature))
    shares = weights / weights.sum()
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
    up_to = np.cumsum(shares, dtype=np.float64)
    return int(ids[min(np.searchsorted(up_to, rng.random() * up_to[-1], "right"), len(ids) - 1)])
