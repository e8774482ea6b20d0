"""The bodies that OpenAI's clients get: a completion, or its chunks.

Covers: OpenAI's fields, and one of our own, `groundling`, beside each choice's other fields.
Does not cover: what is put into them (gateway.openai_api.completion).
"""

from __future__ import annotations

from typing import Literal

from gateway.schemas import Citation, LedgerEntry, Round, StopReason, Timings
from services.contract import Body, FinishReason

# --- ours -----------------------------------------------------------------------------------


class Trace(Body):
    """How an answer came about; see gateway.schemas.ChatResponse."""

    ignored: list[str]
    """Paths of the request's fields that had no effect, e.g. "messages.0" (a system message)."""
    base: str
    rounds: list[Round]
    citations: list[Citation]
    ledger: list[LedgerEntry]
    stop_reason: StopReason
    timings: Timings


# --- OpenAI's -------------------------------------------------------------------------------


class UrlCitation(Body):
    """`content[start_index:end_index]`, in Unicode code points, is said at the URL."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(Body):
    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class AnswerMessage(Body):
    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(Body):
    index: int
    message: AnswerMessage
    finish_reason: FinishReason
    logprobs: None = None
    groundling: Trace


class PromptTokens(Body):
    cached_tokens: int


class CompletionUsage(Body):
    """Of all calls of the model for all choices: drafts, queries and rewrites."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokens


class Completion(Body):
    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage
    system_fingerprint: str


class FirstDelta(Body):
    role: Literal["assistant"] = "assistant"
    content: Literal[""] = ""
    refusal: None = None


class TextDelta(Body):
    """More of the answer; never of the draft."""

    content: str


class LastDelta(Body):
    annotations: list[Annotation]


class ChunkChoice(Body):
    index: int
    delta: FirstDelta | TextDelta
    finish_reason: None = None
    logprobs: None = None


class LastChoice(Body):
    """The end of one choice."""

    index: int
    delta: LastDelta
    finish_reason: FinishReason
    logprobs: None = None
    groundling: Trace


class Chunk(Body):
    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice | LastChoice]
    system_fingerprint: str


class CountingChunk(Chunk):
    """A chunk where `stream_options.include_usage` asks for the usage: null but in the last."""

    usage: CompletionUsage | None
