"""Answers of ours as an OpenAI completion, whole or in chunks.

Covers: what of a turn goes into which field. Does not cover: the fields themselves
(gateway.openai_api.answers) or running the turns (gateway.openai_api.choices).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

from gateway.events import LoopEvent, ResponseDelta, TurnDone
from gateway.openai_api.answers import (
    Annotation,
    AnswerMessage,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    CompletionUsage,
    CountingChunk,
    FirstDelta,
    LastChoice,
    LastDelta,
    PromptTokens,
    TextDelta,
    Trace,
    UrlCitation,
)
from gateway.schemas import ChatResponse
from gateway.turns import TurnBegun

Event = TurnBegun | LoopEvent | ChatResponse


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one completion; what all of its chunks say is here."""

    id: str
    created: int
    model: str
    fingerprint: str
    ignored: list[str]
    counts: bool
    """Whether chunks are to tell the usage."""

    async def whole(self, events: AsyncIterator[tuple[int, Event]]) -> Completion:
        answers = {index: event async for index, event in events if isinstance(event, ChatResponse)}
        return Completion(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=[self._choice(index, answers[index]) for index in sorted(answers)],
            usage=_usage(list(answers.values())),
            system_fingerprint=self.fingerprint,
        )

    async def chunks(self, events: AsyncIterator[tuple[int, Event]]) -> AsyncGenerator[Chunk, None]:
        """The chunks as the turns go on, those of several choices mixed."""
        answers: list[ChatResponse] = []
        begun: set[int] = set()
        async for index, event in events:
            match event:
                case TurnBegun():
                    yield self._chunk(ChunkChoice(index=index, delta=FirstDelta()))
                case ResponseDelta(text=text):
                    begun.add(index)
                    yield self._chunk(ChunkChoice(index=index, delta=TextDelta(content=text)))
                case TurnDone(response=text) if index not in begun:
                    yield self._chunk(ChunkChoice(index=index, delta=TextDelta(content=text)))
                case ChatResponse():
                    answers.append(event)
                    yield self._chunk(self._last(index, event))
        if self.counts:
            yield self._chunk(usage=_usage(answers))

    def _chunk(
        self, *choices: ChunkChoice | LastChoice, usage: CompletionUsage | None = None
    ) -> Chunk:
        chunk = Chunk(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=list(choices),
            system_fingerprint=self.fingerprint,
        )
        return CountingChunk(**dict(chunk), usage=usage) if self.counts else chunk

    def _choice(self, index: int, answer: ChatResponse) -> Choice:
        return Choice(
            index=index,
            message=AnswerMessage(content=answer.response, annotations=_annotations(answer)),
            finish_reason=answer.finish_reason,
            groundling=self._trace(answer),
        )

    def _last(self, index: int, answer: ChatResponse) -> LastChoice:
        return LastChoice(
            index=index,
            delta=LastDelta(annotations=_annotations(answer)),
            finish_reason=answer.finish_reason,
            groundling=self._trace(answer),
        )

    def _trace(self, answer: ChatResponse) -> Trace:
        same = {name: getattr(answer, name) for name in Trace.model_fields if name != "ignored"}
        return Trace(ignored=self.ignored, **same)


def _annotations(answer: ChatResponse) -> list[Annotation]:
    """The citations that have an address; the others stand in the trace alone."""
    return [
        Annotation(
            url_citation=UrlCitation(
                start_index=citation.start,
                end_index=citation.end,
                title=citation.source.title,
                url=citation.source.url,
            )
        )
        for citation in answer.citations
        if citation.source is not None and citation.source.url is not None
    ]


def _usage(answers: Sequence[ChatResponse]) -> CompletionUsage:
    prompt = sum(answer.usage.prompt_tokens for answer in answers)
    completion = sum(answer.usage.completion_tokens for answer in answers)
    cached = sum(answer.usage.cached_tokens for answer in answers)
    return CompletionUsage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=PromptTokens(cached_tokens=cached),
    )
