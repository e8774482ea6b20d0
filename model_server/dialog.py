"""What the model is asked: draft (base), research (query or grounded rewrite), score.

Bodies in, bodies out; prompts come from model_server.prompts, a Backend continues them. Drafts and
research are streams of events that end with the whole response, and a plain call waits for that
end, so both say the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from model_server.backends.base import Ask, Backend, Chose, Ended, Likelihood, Piece
from model_server.prompts import (
    ATTRIBUTES,
    Segment,
    attribute_prefix,
    base_prompt,
    recipient_prefix,
    research_prompt,
    score_frame,
    score_prompt,
)
from services.contract import (
    Attribute,
    BaseRequest,
    BaseResponse,
    Candidate,
    ContinuationScore,
    Delta,
    RecipientChosen,
    ResearchRequest,
    ResearchResponse,
    ScoreRequest,
    ScoreResponse,
    Scores,
    Usage,
)

BaseEvent = Delta | BaseResponse
ResearchEvent = RecipientChosen | Delta | ResearchResponse
T = TypeVar("T", bound=BaseResponse | ResearchResponse)

DIGITS = ("0", "1")
"""What the model answers when it scores (LaMDA, section 6.1)."""

_SCORING: tuple[Segment, ...] = (
    *score_frame(),
    *(f"{attribute_prefix(one)}{DIGITS[0]}" for one in ATTRIBUTES),
)
"""All that is read behind a candidate to score it, so that none is drafted that cannot be."""


def rank(scores: Scores) -> float:
    """3 P(sensible) + P(specific) + P(interesting) (LaMDA, section 6.1)."""
    return 3 * scores.sensible + scores.specific + scores.interesting


@dataclass(slots=True)
class _Drawn:
    """A candidate as far as it has come."""

    pieces: list[str] = field(default_factory=list)
    end: Ended | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def ended(self) -> Ended:
        assert self.end is not None, "a backend ends every candidate or fails"
        return self.end


@dataclass(frozen=True, slots=True)
class DialogModel:
    """A backend that is asked in the protocol of prompts.py. Raises what the backend raises."""

    backend: Backend
    base_max_tokens: int
    research_max_tokens: int
    safety_threshold: float

    # --- drafts -------------------------------------------------------------------------------

    async def base(self, request: BaseRequest) -> BaseResponse:
        """n drafts; with n > 1 scored, unsafe ones dropped (unless all are), best first."""
        return await _last(self.stream_base(request), BaseResponse)

    async def stream_base(self, request: BaseRequest) -> AsyncGenerator[BaseEvent, None]:
        """The drafts' texts as they are written, then the response."""
        segments = base_prompt(request.role_turns, request.context)
        ask = Ask(
            max_tokens=request.sampling.max_tokens or self.base_max_tokens,
            sampling=request.sampling,
            n=request.n,
            references=tuple(turn.content for turn in reversed(request.context)),
            adapter=request.adapter,
            followed_by=_SCORING if request.n > 1 else (),
        )
        drawn = [_Drawn() for _ in range(request.n)]
        async with aclosing(self.backend.write(segments, ask)) as events:
            async for event in events:
                if isinstance(event, Piece):
                    drawn[event.index].pieces.append(event.text)
                    yield Delta(index=event.index, text=event.text)
                elif isinstance(event, Ended):
                    drawn[event.index].end = event
        candidates = [_candidate(one) for one in drawn]
        if request.n > 1:
            candidates = self._ranked(await self._scored(request, candidates))
        yield BaseResponse(
            response=candidates[0].text,
            candidates=candidates,
            usage=_usage(drawn),
            model=self.backend.info().model,
        )

    async def _scored(self, request: BaseRequest, drawn: Sequence[Candidate]) -> list[Candidate]:
        """The candidates with their scores; equal texts are scored once, all of them at once."""
        scoring: dict[str, asyncio.Task[dict[Attribute, float]]] = {}
        try:
            async with asyncio.TaskGroup() as group:
                for text in {one.text: None for one in drawn}:
                    prompt = score_prompt(request.role_turns, request.context, text)
                    asked = self._probabilities(prompt, ATTRIBUTES, request.adapter)
                    scoring[text] = group.create_task(asked)
        except ExceptionGroup as group_of_one_cause:
            raise group_of_one_cause.exceptions[0] from None
        scores = {text: Scores.model_validate(task.result()) for text, task in scoring.items()}
        return [one.model_copy(update={"scores": scores[one.text]}) for one in drawn]

    def _ranked(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        scored = [(one, one.scores) for one in candidates if one.scores is not None]
        safe = [pair for pair in scored if pair[1].safe >= self.safety_threshold]
        best_first = sorted(safe or scored, key=lambda pair: -rank(pair[1]))
        return [one for one, _ in best_first]

    # --- research -----------------------------------------------------------------------------

    async def research(self, request: ResearchRequest) -> ResearchResponse:
        """The next query, or the response to the user; the model's first tokens decide which."""
        return await _last(self.stream_research(request), ResearchResponse)

    async def stream_research(
        self, request: ResearchRequest
    ) -> AsyncGenerator[ResearchEvent, None]:
        """The recipient, the text as it is written, then the response."""
        segments = research_prompt(request.role_turns, request.context, request.base, request.steps)
        recipients = _ALLOWED[request.force_user]
        ask = Ask(
            max_tokens=request.sampling.max_tokens or self.research_max_tokens,
            sampling=request.sampling,
            begin=tuple(recipient_prefix(one) for one in recipients),
            references=_references(request),
            adapter=request.adapter,
        )
        recipient = recipients[0]
        drawn = _Drawn()
        if request.force_user:
            yield RecipientChosen(recipient=recipient)
        async with aclosing(self.backend.write(segments, ask)) as events:
            async for event in events:
                if isinstance(event, Chose) and not request.force_user:
                    recipient = recipients[event.choice]
                    yield RecipientChosen(recipient=recipient)
                elif isinstance(event, Piece):
                    drawn.pieces.append(event.text)
                    yield Delta(index=0, text=event.text)
                elif isinstance(event, Ended):
                    drawn.end = event
        yield ResearchResponse(
            recipient=recipient,
            text=drawn.text,
            usage=_usage([drawn]),
            model=self.backend.info().model,
            finish_reason=drawn.ended.reason,
        )

    # --- scores -------------------------------------------------------------------------------

    async def score(self, request: ScoreRequest) -> ScoreResponse:
        """P("1") of each attribute after context and response; ln P of each continuation."""
        probabilities: dict[Attribute, float] = {}
        if request.attributes:
            prompt = score_prompt(request.role_turns, request.context, request.response)
            probabilities = await self._probabilities(prompt, request.attributes, request.adapter)
        likelihoods: list[Likelihood] = []
        if request.continuations:
            begun = [*base_prompt(request.role_turns, request.context), request.response]
            prompt = [segment for segment in begun if segment]
            likelihoods = await self.backend.likelihoods(
                prompt, request.continuations, request.adapter
            )
        return ScoreResponse(
            probabilities=probabilities,
            continuations=[
                ContinuationScore(log_likelihood=one.log_likelihood, tokens=one.tokens)
                for one in likelihoods
            ],
            model=self.backend.info().model,
        )

    async def _probabilities(
        self, prompt: Sequence[Segment], attributes: Sequence[Attribute], adapter: str | None
    ) -> dict[Attribute, float]:
        """P("1") of each attribute, asked on its own, all in one pass."""
        asked = list(dict.fromkeys(attributes))
        branches = [attribute_prefix(one) for one in asked]
        shares = await self.backend.probabilities(prompt, branches, DIGITS, adapter)
        return {name: share[1] for name, share in zip(asked, shares, strict=True)}


_ALLOWED: dict[bool, tuple[Literal["TS", "User"], ...]] = {
    False: ("TS", "User"),
    True: ("User",),
}
"""The recipients there are, by whether the user is forced."""


def _references(request: ResearchRequest) -> tuple[str, ...]:
    """What a query or response copies from, as it would stand there: after a space.

    A response keeps the draft where it was right, and takes what was found last first. A query
    takes the message's words before the draft's.
    """
    message, base = request.context[-1].content, request.base
    found = request.steps[-1].snippets if request.steps else None
    texts = [message, base] if found is None else [base, *found, message]
    return tuple(f" {text.strip()}" for text in texts if text.strip())


def _candidate(drawn: _Drawn) -> Candidate:
    end = drawn.ended
    return Candidate(
        text=drawn.text,
        scores=None,
        log_likelihood=end.log_likelihood,
        finish_reason=end.reason,
    )


def _usage(drawn: Sequence[_Drawn]) -> Usage:
    return Usage(
        prompt_tokens=drawn[0].ended.prompt_tokens,
        completion_tokens=sum(one.ended.tokens for one in drawn),
        cached_tokens=drawn[0].ended.cached_tokens,
    )


async def _last(events: AsyncGenerator[object, None], kind: type[T]) -> T:
    """The response that a stream ends with."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, kind):
                return event
    raise AssertionError("a stream ends with its response or an exception")
