"""One step's work: rows of tokens from several sequences, laid end to end.

A sequence takes part with its next `rows` tokens: one when it decodes, one and some drafts when it
speculates, many while its prompt is read. Nothing is padded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Span:
    """A sequence's part in a step: its last `rows` positions."""

    slots: Ints
    """(S,) the cache slot of each of its positions, these rows' included."""
    rows: int


@dataclass(frozen=True)
class Batch:
    ids: Ints
    """(N,) the token of each row, span after span."""
    spans: tuple[Span, ...]
    wanted: Ints
    """(W,) rows after which a token is wanted: only for these the output head is computed."""
    adapter: str | None = None
    """The adapter of every row, None: the weights as they are."""

    def __post_init__(self) -> None:
        assert sum(span.rows for span in self.spans) == len(self.ids)

    @cached_property
    def positions(self) -> Ints:
        """(N,) each row's place in its sequence, from 0."""
        ends = [(len(span.slots) - span.rows, len(span.slots)) for span in self.spans]
        return np.concatenate([np.arange(start, end) for start, end in ends])

    @cached_property
    def table(self) -> Ints:
        """(sum of S,) every span's slots, one span after another."""
        return np.concatenate([span.slots for span in self.spans])

    @cached_property
    def table_start(self) -> Ints:
        """(N,) where in `table` the row's sequence begins."""
        lengths = [len(span.slots) for span in self.spans]
        starts = np.cumsum([0, *lengths[:-1]])
        return np.repeat(starts, [span.rows for span in self.spans])
