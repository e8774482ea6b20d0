"""The sequences that share a step: what each still has to read, and what it makes of logits.

    Prompt      read once, on behalf of the several sequences that go on from it
    Candidate   one answer being written
    Branch      one continuation whose probability is asked for

`ids` are known tokens, the first `computed` of them are in the KV cache, at `slots`.
"""

from __future__ import annotations

from collections import abc
from typing import Literal

import numpy as np

from model_server.engine.batch import Ints
from model_server.engine.cache import Lease
from model_server.engine.lookup import Lookup
from model_server.engine.requests import (
    Began,
    Event,
    Finished,
    Generate,
    Request,
    Score,
    Tokens,
)
from model_server.engine.sampling import Floats, draw, log_sum_exp


class Sequence:
    keeps = True
    """Whether what it read is worth keeping when it ends."""

    def __init__(self, request: Request, ids: abc.Iterable[int], lease: Lease, slots: Ints) -> None:
        """`slots` (room for all it may become) begins with the lease's, which are computed."""
        self.request = request
        self.ids = list(ids)
        self.lease = lease
        self.slots = slots
        self.computed = len(lease.slots)
        self.accepted = 0
        """Drafts that were right."""
        self.done = False

    @property
    def pending(self) -> int:
        """Known tokens that are not computed."""
        return len(self.ids) - self.computed

    def drafts(self, most: int) -> list[int]:
        """Guesses at what comes after the known tokens."""
        return []

    def wanted(self, rows: int) -> int:
        """After how many of the next `rows` tokens logits are wanted: the last so many."""
        return 0

    def take(self, rows: int, drafts: abc.Sequence[int], logits: Floats) -> list[Event]:
        """`rows` known tokens and all drafts were computed; logits (wanted + drafts, V).

        Raises NumericalError.
        """
        self.computed += rows
        self.done = self.pending == 0
        return []


class Prompt(Sequence):
    """All but the last token of a prompt; each sequence that goes on from it reads the last."""


class Branch(Sequence):
    keeps = False

    def __init__(self, request: Score, index: int, lease: Lease, slots: Ints) -> None:
        super().__init__(request, (*request.prompt, *request.branches[index]), lease, slots)
        self.index = index
        self.log_likelihood = 0.0
        self._options = list(request.options)
        self.options: tuple[float, ...] = ()
        """ln P(option) after the branch, once done."""

    def wanted(self, rows: int) -> int:
        return rows

    def take(self, rows: int, drafts: abc.Sequence[int], logits: Floats) -> list[Event]:
        for place, row in enumerate(logits, start=self.computed + 1):
            total = log_sum_exp(row)
            if place < len(self.ids):
                self.log_likelihood += float(row[self.ids[place]]) - total
            else:
                self.options = tuple(float(row[one]) - total for one in self._options)
        return super().take(rows, drafts, logits)


class Candidate(Sequence):
    def __init__(
        self,
        request: Generate,
        index: int,
        lease: Lease,
        slots: Ints,
        *,
        reused: int,
        max_drafts: int,
    ) -> None:
        super().__init__(request, request.prompt, lease, slots)
        self._generate = request
        self.index = index
        self._reused = reused
        seed = request.sampling.seed
        self._rng = np.random.default_rng(None if seed is None else [seed, index])
        self._options = dict(enumerate(request.begin))
        """What it may still begin with."""
        self._place = 0
        self._new = 0
        self._log_likelihood = 0.0
        self._lookup = Lookup(request.references, max_drafts)
        self._began: list[Event] = self._begin() if len(self._options) == 1 else []

    def drafts(self, most: int) -> list[int]:
        room = self._generate.max_new - self._new - 1
        return [] if self._options else self._lookup.draft(min(most, room))

    def wanted(self, rows: int) -> int:
        return int(rows == self.pending)

    def take(self, rows: int, drafts: abc.Sequence[int], logits: Floats) -> list[Event]:
        self.computed += rows
        events, self._began = self._began, []
        if not len(logits):
            return events
        if self._options:
            return [*events, *self._choose(logits[0])]
        written: list[int] = []
        accepted = 0
        reason: Literal["stop", "length"] | None = None
        for row, guess in zip(logits, (*drafts, None), strict=True):
            token = self._draw(row, may_stop=bool(self._new or written))
            if token in self._generate.stop:
                reason = "stop"
                break
            written.append(token)
            if self._new + len(written) == self._generate.max_new:
                reason = "length"
                break
            if token != guess:
                break
            accepted += 1
            self.computed += 1
        self._write(written, len(drafts), accepted)
        if written:
            events.append(Tokens(self._generate.id, self.index, tuple(written)))
        if reason is not None:
            self.done = True
            total = self._log_likelihood
            events.append(Finished(self._generate.id, self.index, reason, total, self._reused))
        return events

    def _write(self, tokens: list[int], drafted: int, accepted: int) -> None:
        self.ids += tokens
        self._new += len(tokens)
        self.accepted += accepted
        for token in tokens:
            self._lookup.add(token)
        if drafted:
            self._lookup.judge(drafted, accepted)

    def _draw(self, row: Floats, *, may_stop: bool) -> int:
        total = log_sum_exp(row)
        if not may_stop:  # an empty answer is no answer
            row = row.copy()
            row[list(self._generate.stop)] = -np.inf
        token = draw(row, self._generate.sampling, self._rng)
        self._log_likelihood += float(row[token]) - total
        return token

    def _choose(self, row: Floats) -> list[Event]:
        """Draw the next token among those that tell the options apart."""
        allowed = [option[self._place] for option in self._options.values()]
        among = np.full_like(row, -np.inf)
        among[allowed] = row[allowed]
        total = log_sum_exp(row)
        token = draw(among, self._generate.sampling, self._rng)
        self._log_likelihood += float(row[token]) - total
        self._options = {
            choice: option
            for choice, option in self._options.items()
            if option[self._place] == token
        }
        self._place += 1
        self.ids.append(token)
        return self._begin() if len(self._options) == 1 else []

    def _begin(self) -> list[Event]:
        """One option is left: its rest is given, not drawn."""
        [(choice, option)] = self._options.items()
        self._options = {}
        self.ids += option[self._place :]
        return [Began(self._generate.id, self.index, choice)]
