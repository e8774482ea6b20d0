"""Answers of ours as an OpenAI completion, whole or in chunks.

Covers: what of a turn goes into which field. Does not cover: the fields themselves
(gateway.openai_api.answers) or running the turns (gateway.openai_api.choices).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import asdict, dataclass

from gateway.events import ResponseDelta
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
from gateway.turns import Event, TurnBegun


@dataclass(frozen=True, slots=True)
class Head:
    """What a completion and all of its chunks say alike."""

    id: str
    created: int
    model: str
    system_fingerprint: str


async def whole(
    head: Head, ignored: list[str], events: AsyncIterator[tuple[int, Event]]
) -> Completion:
    answers = {index: event async for index, event in events if isinstance(event, ChatResponse)}
    return Completion(
        **asdict(head),
        choices=[
            Choice(
                index=index,
                message=AnswerMessage(content=answer.response, annotations=_annotations(answer)),
                finish_reason=answer.finish_reason,
                groundling=_trace(answer, ignored),
            )
            for index, answer in sorted(answers.items())
        ],
        usage=_usage(answers.values()),
    )


class Chunks:
    """The chunks of one completion, those of several choices mixed."""

    def __init__(self, head: Head, ignored: list[str], choices: int, *, counts: bool) -> None:
        """`counts`: the usage is asked for."""
        self._head = asdict(head)
        self._ignored = ignored
        self._choices = choices
        self._counts = counts
        self._answers: list[ChatResponse] = []

    def of(self, index: int, event: Event) -> Iterator[Chunk]:
        """The chunks that an event of choice `index` comes to; after the last, the usage."""
        match event:
            case TurnBegun():
                yield self._chunk(ChunkChoice(index=index, delta=FirstDelta()))
            case ResponseDelta(text=text):
                yield self._chunk(ChunkChoice(index=index, delta=TextDelta(content=text)))
            case ChatResponse():
                self._answers.append(event)
                last = LastChoice(
                    index=index,
                    delta=LastDelta(annotations=_annotations(event)),
                    finish_reason=event.finish_reason,
                    groundling=_trace(event, self._ignored),
                )
                yield self._chunk(last)
                if self._counts and self.complete:
                    yield self._chunk(usage=_usage(self._answers))

    @property
    def complete(self) -> bool:
        return len(self._answers) == self._choices

    def _chunk(
        self, *choices: ChunkChoice | LastChoice, usage: CompletionUsage | None = None
    ) -> Chunk:
        if self._counts:
            return CountingChunk(**self._head, choices=list(choices), usage=usage)
        return Chunk(**self._head, choices=list(choices))


def _trace(answer: ChatResponse, ignored: list[str]) -> Trace:
    same = {name: getattr(answer, name) for name in Trace.model_fields if name != "ignored"}
    return Trace(ignored=ignored, **same)


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


def _usage(answers: Collection[ChatResponse]) -> CompletionUsage:
    prompt = sum(answer.usage.prompt_tokens for answer in answers)
    completion = sum(answer.usage.completion_tokens for answer in answers)
    cached = sum(answer.usage.cached_tokens for answer in answers)
    return CompletionUsage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=PromptTokens(cached_tokens=cached),
    )
