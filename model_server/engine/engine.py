"""The engine: requests in, events out, one step at a time; every running sequence shares the step.

A step feeds each sequence what it knows but has not computed: much of a prompt, or the one token
drawn last with a few drafts behind it. Where its last known token is fed, the next one is drawn.
Reading prompts, decoding, given beginnings and verifying drafts are all the same step (continuous
batching: Orca, OSDI 2022; prompts read in pieces, beside decoding: Sarathi, arXiv 2308.16369).

Drafts never change what is drawn: the next token is drawn as without them, and what was computed
behind a draft is used only where the token drawn is that draft. So an answer at temperature 0 is
the same, and a sampled one has the same distribution and uses up the same random numbers.

Fairness: requests are admitted in the order they came; a few prompts share a step's
`prefill_tokens`, the oldest always and then the shortest, so that a short one never waits for the
whole of a long one, nor the long one for ever.

One thread calls submit, cancel and step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence as List
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from model_server.engine.batch import Batch, Ints, Span
from model_server.engine.cache import PrefixCache
from model_server.engine.requests import Event, Failed, Generate, Request, Score, Scored
from model_server.engine.runner import Runner
from model_server.engine.sampling import Floats, NumericalError
from model_server.engine.sequences import Branch, Candidate, Prompt, Sequence

_MOST_READING = 4
"""Prompts that share a step's reading: products of still fewer rows would cost as much."""


class EngineError(Exception):
    """A request that cannot be served; `kind` is that of requests.Failed."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(slots=True, eq=False)
class _Job:
    """A request inside the engine."""

    request: Request
    running: list[Sequence] = field(default_factory=list)
    reserved: list[Ints] = field(default_factory=list)
    """Slots for the sequences that will go on from the prompt."""
    branches: list[Branch] = field(default_factory=list)
    cancelled: set[int] = field(default_factory=set)
    """Candidates that nobody waits for any longer."""
    reused: int = 0

    @property
    def size(self) -> int:
        """Sequences that will run at once."""
        return self.request.n if isinstance(self.request, Generate) else len(self.request.branches)

    @property
    def places(self) -> int:
        """Sequences that run, or will when the prompt is read."""
        return len(self.reserved) or len(self.running)

    @property
    def room(self) -> list[int]:
        """Slots that each sequence needs of its own, from the prompt's last token on."""
        if isinstance(self.request, Score):
            return [1 + len(branch) for branch in self.request.branches]
        begin = max(map(len, self.request.begin), default=0)
        return [1 + begin + self.request.max_new] * self.request.n


@dataclass(frozen=True, slots=True, eq=False)
class _Feed:
    """A sequence's part in a step."""

    sequence: Sequence
    rows: int
    drafts: List[int]

    @property
    def size(self) -> int:
        return self.rows + len(self.drafts)


class Engine:
    def __init__(
        self, runner: Runner, max_running: int, prefill_tokens: int, max_drafts: int
    ) -> None:
        """max_running: sequences that share a step; prefill_tokens: of prompts, a step.

        max_drafts: most guesses verified in one step, of all sequences together; 0: none.
        """
        self._runner = runner
        self._cache = PrefixCache(runner.slots)
        self._max_running = max_running
        self._prefill_tokens = prefill_tokens
        self._max_drafts = max_drafts
        self._waiting: deque[_Job] = deque()
        self._jobs: dict[int, _Job] = {}
        self._events: list[Event] = []
        self._served: dict[str | None, int] = {}
        """The step that an adapter was last served in."""
        names = "steps prompt_tokens cached_tokens new_tokens drafted_tokens accepted_tokens"
        self._counts = dict.fromkeys(names.split(), 0)

    @property
    def busy(self) -> bool:
        return bool(self._events or self._waiting or self._jobs)

    def submit(self, request: Request) -> None:
        """Take a request in. What is wrong with it comes back as a Failed event.

        Raises ValueError while another request with its id is inside.
        """
        if self._find(request.id) is not None:
            raise ValueError(f"a request with the id {request.id} is inside already")
        job = _Job(request)
        try:
            self._check(job)
        except EngineError as error:
            self._fail(request.id, error.kind, str(error))
        else:
            self._waiting.append(job)

    def cancel(self, request: int, index: int | None = None) -> None:
        """Forget a request, or one candidate of a Generate: no event of it follows, and its slots
        are free. What is not inside any longer is let be.
        """
        if index is None:
            self._cancel_all(request)
        else:
            self._cancel_one(request, index)

    def _cancel_all(self, request: int) -> None:
        self._events = [event for event in self._events if event.id != request]
        self._waiting = deque(job for job in self._waiting if job.request.id != request)
        job = self._jobs.pop(request, None)
        if job is not None:
            self._drop(job)

    def _cancel_one(self, request: int, index: int) -> None:
        job = self._find(request)
        if job is None or isinstance(job.request, Score):
            return
        job.cancelled.add(index)
        if job.cancelled >= set(range(job.size)):
            self._cancel_all(request)
            return
        for one in job.running[:]:
            if isinstance(one, Candidate) and one.index == index:
                self._end(job, one)

    def _find(self, request: int) -> _Job | None:
        waiting = (job for job in self._waiting if job.request.id == request)
        return self._jobs.get(request) or next(waiting, None)

    def step(self) -> list[Event]:
        """One step of all that runs; the events since the last one."""
        self._admit()
        for part in self._parts(self._plan()):
            self._run(part)
        events, self._events = self._events, []
        return events

    def stats(self) -> dict[str, int]:
        """Counters since the start, and what is inside now."""
        return self._counts | {
            "running": sum(len(job.running) for job in self._jobs.values()),
            "waiting": len(self._waiting),
            "cache_slots": self._cache.size,
            "cache_used": self._cache.size - self._cache.free,
            "cache_held": self._cache.size - self._cache.available,
        }

    # --- admission ----------------------------------------------------------------------------

    def _check(self, job: _Job) -> None:
        request, limit = job.request, self._runner.config.max_context
        if wrong := _malformed(request, self._runner.config.vocab_size):
            raise EngineError("context", wrong)
        if request.adapter is not None and request.adapter not in self._runner.adapters:
            allowed = ", ".join(self._runner.adapters) or "none are loaded"
            raise EngineError(
                "adapter", f"adapter {request.adapter!r} is unknown; known: {allowed}"
            )
        longest = max(job.room) - 1
        if len(request.prompt) + longest > limit:
            raise EngineError(
                "context",
                f"context: {len(request.prompt)} prompt tokens and up to {longest} new ones; the "
                f"limit is {limit} together (setting max_context_tokens)",
            )
        need = len(request.prompt) + sum(job.room)
        if need > self._cache.size:
            raise EngineError(
                "context",
                f"n: {job.size} continuations need {need} tokens of cache together; the limit is "
                f"{self._cache.size} (setting kv_cache_tokens)",
            )
        if job.size > self._max_running:
            raise EngineError(
                "context",
                f"n: {job.size} continuations; at most {self._max_running} run at once "
                "(setting max_running)",
            )

    def _admit(self) -> None:
        running = sum(job.places for job in self._jobs.values())
        while self._waiting and running + self._waiting[0].size <= self._max_running:
            if not self._start(self._waiting[0]):
                return
            running += self._waiting.popleft().size

    def _start(self, job: _Job) -> bool:
        """Lease what is known of the prompt, take slots for all the rest; False: no room yet."""
        request = job.request
        lease = self._cache.lease(request.prompt[:-1], request.adapter)
        job.reused = len(lease.slots)
        unread = len(request.prompt) - 1 - job.reused
        if unread + sum(job.room) > self._cache.available:
            self._cache.release(lease)
            return False
        slots = np.concatenate((lease.slots, self._cache.take(unread)))
        job.reserved = [self._cache.take(room) for room in job.room]
        self._jobs[request.id] = job
        self._counts["prompt_tokens"] += len(request.prompt)
        self._counts["cached_tokens"] += job.reused
        if isinstance(request, Generate) and request.n == 1:
            slots = np.concatenate((slots, job.reserved.pop()))
            job.running = [
                Candidate(request, 0, lease, slots, reused=job.reused, max_drafts=self._max_drafts)
            ]
        else:
            job.running = [Prompt(request, request.prompt[:-1], lease, slots)]
            if unread == 0:
                self._end(job, job.running[0])
        return True

    def _fork(self, job: _Job) -> None:
        """The prompt is read and in the tree: begin what goes on from it."""
        request = job.request
        for index, own in enumerate(job.reserved):
            if index in job.cancelled:
                self._cache.give(own)
                continue
            lease = self._cache.lease(request.prompt[:-1], request.adapter)
            slots = np.concatenate((lease.slots, own))
            if isinstance(request, Generate):
                sequence: Sequence = Candidate(
                    request, index, lease, slots, reused=job.reused, max_drafts=self._max_drafts
                )
            else:
                sequence = Branch(request, index, lease, slots)
                job.branches.append(sequence)
            job.running.append(sequence)
        job.reserved = []

    # --- a step -------------------------------------------------------------------------------

    def _plan(self) -> list[_Feed]:
        """Who is fed what: one adapter a step, those in turn."""
        by_adapter: dict[str | None, list[Sequence]] = {}
        for job in self._jobs.values():
            by_adapter.setdefault(job.request.adapter, []).extend(job.running)
        if not by_adapter:
            return []
        adapter = min(by_adapter, key=lambda name: self._served.get(name, 0))
        self._served[adapter] = self._counts["steps"] + 1
        sequences = by_adapter[adapter]
        decoding = [one for one in sequences if one.pending == 1]
        most = self._max_drafts // max(1, len(decoding))
        feeds = [_Feed(one, 1, one.drafts(most)) for one in decoding]
        reading = [one for one in sequences if one.pending > 1]
        # The one that came first always gets a share, so that shorter ones cannot starve it.
        reading = reading[:1] + sorted(reading[1:], key=lambda one: one.pending)
        left = self._prefill_tokens
        for place, one in enumerate(reading):
            share = left // min(len(reading) - place, _MOST_READING)
            rows = min(one.pending, max(share, 1), left)
            if isinstance(one, Candidate) and 0 < self._runner.few_rows < rows == one.pending:
                rows -= 1  # logits come of few rows, whether the rest was in the cache or not
            if rows > 0:
                feeds.append(_Feed(one, rows, ()))
            left -= rows
        return feeds

    def _parts(self, feeds: List[_Feed]) -> list[list[_Feed]]:
        """Feeds of few rows apart from the others: theirs is another way of computing, and what is
        drawn while decoding must not depend on who shares the step."""
        most = self._runner.few_rows
        few = [feed for feed in feeds if feed.size <= most]
        if sum(feed.size for feed in few) > most:  # short pieces of prompts: faster with the many
            few = [feed for feed in few if feed.rows == 1]
        many = [feed for feed in feeds if feed not in few]
        parts: list[list[_Feed]] = []
        room = 0
        for feed in few:
            if feed.size > room:
                parts.append([])
                room = most
            parts[-1].append(feed)
            room -= feed.size
        return [*parts, many] if many else parts

    def _run(self, feeds: List[_Feed]) -> None:
        logits = self._runner.run(_batch(feeds))
        self._counts["steps"] += 1
        at = 0
        for feed in feeds:
            until = at + feed.sequence.wanted(feed.rows) + len(feed.drafts)
            self._take(feed, logits[at:until])
            at = until

    def _take(self, feed: _Feed, logits: Floats) -> None:
        sequence = feed.sequence
        job = self._jobs.get(sequence.request.id)
        if job is None:  # a sister's logits failed the request in this very step
            return
        known, accepted = len(sequence.ids), sequence.accepted
        try:
            self._events += sequence.take(feed.rows, feed.drafts, logits)
        except NumericalError as error:
            self._drop(self._jobs.pop(sequence.request.id), sound=False)
            self._fail(sequence.request.id, "numerical", str(error))
            return
        self._counts["new_tokens"] += len(sequence.ids) - known
        self._counts["drafted_tokens"] += len(feed.drafts)
        self._counts["accepted_tokens"] += sequence.accepted - accepted
        if sequence.done:
            self._end(job, sequence)

    # --- the end ------------------------------------------------------------------------------

    def _end(self, job: _Job, sequence: Sequence) -> None:
        """A sequence is done: keep what it read, go on to what follows it."""
        self._retire(sequence)
        job.running.remove(sequence)
        if isinstance(sequence, Prompt):
            self._fork(job)
        if job.running:
            return
        del self._jobs[job.request.id]
        if job.branches:
            likelihoods = tuple(one.log_likelihood for one in job.branches)
            options = tuple(one.options for one in job.branches)
            self._events.append(Scored(job.request.id, likelihoods, options, job.reused))

    def _retire(self, sequence: Sequence, sound: bool = True) -> None:
        lease, computed = sequence.lease, sequence.computed
        if sequence.keeps and sound:
            ids = sequence.ids[:computed]
            adapter = sequence.request.adapter
            lease = self._cache.keep(lease, ids, sequence.slots[:computed], adapter)
        else:
            computed = len(lease.slots)
        self._cache.release(lease)
        self._cache.give(sequence.slots[computed:])

    def _drop(self, job: _Job, sound: bool = True) -> None:
        """Free all a job holds. Not sound: what it read must not be read again."""
        for sequence in job.running:
            self._retire(sequence, sound)
        for slots in job.reserved:
            self._cache.give(slots)

    def _fail(self, request: int, kind: str, message: str) -> None:
        assert kind in ("context", "numerical", "adapter")
        self._events.append(Failed(request, kind, message))  # type: ignore[arg-type]


def _malformed(request: Request, vocabulary: int) -> str | None:
    """What is wrong with a request whatever runs it; None: nothing."""
    if isinstance(request, Generate):
        texts = [request.prompt, request.stop, *request.begin, *request.references]
        asked = min(request.n, request.max_new)
    else:
        texts = [request.prompt, request.options, *request.branches]
        asked = len(request.branches)
    if not request.prompt or asked < 1:
        return "the prompt is empty, or nothing is asked about it"
    ids = [token for text in texts for token in text]
    if min(ids) < 0 or max(ids) >= vocabulary:
        return f"token ids from {min(ids)} to {max(ids)}; the model has 0 to {vocabulary - 1}"
    begin = sorted(request.begin) if isinstance(request, Generate) else []
    if any(one == other[: len(one)] for one, other in pairwise(begin)):
        return "begin: an option is how another one begins"
    return None


def _batch(feeds: List[_Feed]) -> Batch:
    ids: list[int] = []
    spans: list[Span] = []
    wanted: list[int] = []
    for feed in feeds:
        sequence, start = feed.sequence, feed.sequence.computed
        new = [*sequence.ids[start : start + feed.rows], *feed.drafts]
        ids += new
        spans.append(Span(sequence.slots[: start + len(new)], len(new)))
        wanted += range(len(ids) - len(feed.drafts) - sequence.wanted(feed.rows), len(ids))
    return Batch(
        np.array(ids, np.int64),
        tuple(spans),
        np.array(wanted, np.int64),
        feeds[0].sequence.request.adapter,
    )
