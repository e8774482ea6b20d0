"""What counting reaches: the loss of unigram and bigram models, to hold a trained one against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model_server.training.corpus import Ids

_DISCOUNT = 0.75


def unigram_probabilities(stream: Ids, vocab_size: int) -> npt.NDArray[np.float64]:
    """(V,) each token's share of the stream, one added to every count (Laplace)."""
    counts = np.bincount(stream, minlength=vocab_size) + 1.0
    shares: npt.NDArray[np.float64] = counts / counts.sum()
    return shares


def unigram_loss(stream: Ids, windows: npt.NDArray[np.int64], vocab_size: int) -> float:
    """Mean negative log-likelihood of the windows' targets (W, T + 1), nats a token."""
    return float(-np.log(unigram_probabilities(stream, vocab_size)[windows[:, 1:]]).mean())


def bigram_loss(stream: Ids, windows: npt.NDArray[np.int64], vocab_size: int) -> float:
    """The same, each token given the one before: absolute discounting, unigrams below.

    Ney, Essen and Kneser 1994, section 3: p(w|v) = max(c(vw) - D, 0) / c(v) + D n(v) / c(v) p(w),
    n(v) the number of different tokens seen after v.
    """
    unigram = unigram_probabilities(stream, vocab_size)
    keys = stream[:-1].astype(np.int64) * vocab_size + stream[1:]
    pairs, counts = np.unique(keys, return_counts=True)
    followed = np.bincount(stream[:-1], minlength=vocab_size)  # c(v)
    different = np.bincount(pairs // vocab_size, minlength=vocab_size)  # n(v)
    before, after = windows[:, :-1].ravel(), windows[:, 1:].ravel()
    wanted = before * vocab_size + after
    places = np.searchsorted(pairs, wanted).clip(max=len(pairs) - 1)
    seen = np.where(pairs[places] == wanted, counts[places] - _DISCOUNT, 0.0)
    total = np.maximum(followed[before], 1)
    left = np.where(followed[before] > 0, _DISCOUNT * different[before] / total, 1.0)
    return float(-np.log(seen / total + left * unigram[after]).mean())
