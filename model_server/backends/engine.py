"""This project's own engine, in a process beside this one: text to tokens, and tokens to text.

The process is supervision.py's, and so are the failures of a request. Loads no torch.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from math import exp

from model_server.backends.base import Ask, Chose, Ended, Likelihood, Piece
from model_server.backends.launching import Launch
from model_server.backends.supervision import LOADING, Supervisor
from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.engine.requests import (
    Began,
    Finished,
    Generate,
    Ids,
    SamplingParameters,
    Score,
    Scored,
    Tokens,
)
from model_server.link import Setup
from model_server.prompts import END, START, Segment, encode
from model_server.streaming import TextStream
from services.chassis import Failure
from services.contract import ErrorCode, InfoResponse, Missing, Sampling

Said = Chose | Piece | Ended


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What this process needs of a model."""

    name: str
    tokenizer: BPETokenizer


def open_vocabulary(setup: Setup) -> Vocabulary:
    """Of the weights' own files. Raises CheckpointError or TokenizerError."""
    checkpoint = open_checkpoint(setup.weights, setup.max_context)
    for control in (START, END):
        checkpoint.tokenizer.control(control)  # without them it cannot speak the protocol
    return Vocabulary(checkpoint.name, checkpoint.tokenizer)


class EngineBackend:
    def __init__(
        self,
        setup: Setup | None,
        launch: Launch,
        lack: Missing = LOADING,
        vocabulary: Callable[[Setup], Vocabulary] = open_vocabulary,
        silence_s: float = 60.0,
    ) -> None:
        """setup None: there is nothing to load, for the reason `lack`.

        A worker that says nothing for `silence_s` while it has work is replaced.
        """
        self.supervisor = Supervisor(setup, launch, vocabulary, lack, silence_s)
        self._setup = setup

    async def start(self) -> None:
        await self.supervisor.start()

    async def stop(self) -> None:
        await self.supervisor.stop()

    def missing(self) -> list[Missing]:
        lack = self.supervisor.lack
        return [] if lack is None else [lack]

    def info(self) -> InfoResponse:
        says, vocabulary = self.supervisor.ready
        setup = self._setup
        assert setup is not None, "nothing is ready without one"
        adapter = setup.adapters[setup.own_adapter] if setup.own_adapter else setup.merged
        return InfoResponse(
            model=f"{vocabulary.name} + {adapter.stem}" if adapter else vocabulary.name,
            weights=setup.weights.name,
            adapter=adapter.name if adapter else None,
            dtype=says.dtype,
            device=says.device,
            threads=says.threads,
            max_context_tokens=says.max_context,
            adapters=list(says.adapters),
            backend="engine",
            max_running=setup.max_running,
            kv_cache_tokens=setup.kv_cache_tokens,
        )

    async def write(self, prompt: Sequence[Segment], ask: Ask) -> AsyncGenerator[Said, None]:
        tokenizer = self._tokenizer
        ids = encode(prompt, tokenizer)
        self._check_room(len(ids) + ask.max_tokens, len(encode(ask.followed_by, tokenizer)))

        def request(number: int) -> Generate:
            return Generate(
                id=number,
                prompt=tuple(ids),
                max_new=ask.max_tokens,
                stop=(tokenizer.control(END),),
                n=ask.n,
                sampling=_parameters(ask.sampling),
                begin=_encode_all(tokenizer, ask.begin),
                references=_encode_all(tokenizer, ask.references),
                adapter=self._adapter(ask.adapter),
            )

        stops = ask.sampling.stop
        open_ones = {index: _Candidate(tokenizer, index, stops) for index in range(ask.n)}
        async with self.supervisor.asked(request) as inbox:
            while open_ones:
                event = await inbox.next()
                assert isinstance(event, Began | Tokens | Finished)
                candidate = open_ones.get(event.index)
                if candidate is None:  # a stop text has ended it, which the engine learns only now
                    continue
                for said in candidate.hear(event, len(ids)):
                    if isinstance(said, Ended):
                        del open_ones[said.index]
                        if open_ones and not isinstance(event, Finished):
                            inbox.cancel(said.index)
                    yield said

    async def probabilities(
        self,
        prompt: Sequence[Segment],
        branches: Sequence[str],
        options: Sequence[str],
        adapter: str | None,
    ) -> list[list[float]]:
        tokenizer = self._tokenizer
        asked = tuple(tokenizer.encode(option)[0] for option in options)
        scored = await self._score(prompt, _encode_all(tokenizer, branches), asked, adapter)
        return [_shares(one) for one in scored.options]

    async def likelihoods(
        self, prompt: Sequence[Segment], continuations: Sequence[str], adapter: str | None
    ) -> list[Likelihood]:
        branches = _encode_all(self._tokenizer, continuations)
        scored = await self._score(prompt, branches, (), adapter)
        return [
            Likelihood(log_likelihood=one, tokens=len(ids))
            for one, ids in zip(scored.log_likelihoods, branches, strict=True)
        ]

    async def _score(
        self,
        prompt: Sequence[Segment],
        branches: tuple[Ids, ...],
        options: Ids,
        adapter: str | None,
    ) -> Scored:
        ids = tuple(encode(prompt, self._tokenizer))

        def request(number: int) -> Score:
            return Score(number, ids, branches, options, self._adapter(adapter))

        async with self.supervisor.asked(request) as inbox:
            event = await inbox.next()
        assert isinstance(event, Scored)
        return event

    def _check_room(self, written: int, behind: int) -> None:
        """Whether there is room for `behind` tokens more. What has none behind the engine checks.

        Raises Failure(invalid_request).
        """
        assert self._setup is not None, "nothing is ready without one"
        limits = {
            "max_context_tokens": self.supervisor.ready[0].max_context,
            "kv_cache_tokens": self._setup.kv_cache_tokens,
        }
        setting, limit = min(limits.items(), key=lambda pair: pair[1])
        if behind and written + behind > limit:
            message = (
                f"context: {written} tokens of prompt and answer, and {behind} to score it; the "
                f"limit is {limit} together (setting {setting})"
            )
            raise Failure(ErrorCode.INVALID_REQUEST, message)

    @property
    def _tokenizer(self) -> BPETokenizer:
        return self.supervisor.ready[1].tokenizer

    def _adapter(self, asked: str | None) -> str | None:
        return asked if asked is not None or self._setup is None else self._setup.own_adapter


class _Candidate:
    """One candidate's events, as text."""

    def __init__(self, tokenizer: BPETokenizer, index: int, stops: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._index = index
        self._text = TextStream(stops)
        self._tokens = 0

    def hear(self, event: Began | Tokens | Finished, prompt_tokens: int) -> list[Said]:
        match event:
            case Began(choice=choice):
                return [Chose(self._index, choice)]
            case Tokens(ids=ids):
                self._tokens += len(ids)
                said = self._piece(self._text.feed(b"".join(map(self._tokenizer.piece, ids))))
                if not self._text.stopped:
                    return said
                # The engine's own end, with the likelihood, is of a longer text.
                return [*said, Ended(self._index, "stop", self._tokens, None, prompt_tokens, 0)]
            case Finished(reason=reason, log_likelihood=likelihood, reused=reused):
                end = Ended(self._index, reason, self._tokens, likelihood, prompt_tokens, reused)
                return [*self._piece(self._text.end()), end]

    def _piece(self, text: str) -> list[Said]:
        return [Piece(self._index, text)] if text else []


def _encode_all(tokenizer: BPETokenizer, texts: Sequence[str]) -> tuple[Ids, ...]:
    return tuple(tuple(tokenizer.encode(text)) for text in texts)


def _parameters(sampling: Sampling) -> SamplingParameters:
    return SamplingParameters(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        seed=sampling.seed,
    )


def _shares(log_probabilities: Sequence[float]) -> list[float]:
    """P of each among these alone."""
    highest = max(log_probabilities)
    weights = [exp(one - highest) for one in log_probabilities]
    return [weight / sum(weights) for weight in weights]
