"""What a server says while it writes a completion: text, tokens with probabilities, counts.

Completions are always streamed, also when one token is wanted: llama-cpp-python takes seconds for
probabilities otherwise, and then puts those of a prompt's tokens in the wrong places.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from model_server.backends.base import Ended
from model_server.backends.openai_wire import Json, Wire, nonsense

COMPLETIONS = "/v1/completions"


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer."""

    text: str
    id: int | None
    log_probability: float | None
    """ln P at temperature 1; None where the server left it out, as for a prompt's first token."""
    top: Mapping[str, float]
    """ln P of the likeliest tokens there, by their text."""


@dataclass(slots=True)
class Answer:
    """One completion, as far as it has come."""

    text: str = ""
    tokens: list[Token] = field(default_factory=list)
    """Empty when the server tells no probabilities."""
    reason: str | None = None
    """Why it ended: "stop", "length", or a server's own word; None: it has not."""
    usage: Json = field(default_factory=dict)

    def take(self, chunk: Json) -> str:
        """Add a chunk of the stream; its text."""
        if isinstance(usage := chunk.get("usage"), dict):
            self.usage = usage
        if chunk.get("choices") == []:
            return ""  # vLLM's last chunk holds the usage alone
        choice = _only_choice(chunk)
        self.reason = choice.get("finish_reason") or self.reason
        self.tokens += _tokens_of(choice)
        text = choice.get("text") or ""
        if not isinstance(text, str):
            raise nonsense("has a text that is none")
        self.text += text
        return text

    @property
    def prompt_tokens(self) -> int:
        """0 when the server does not say."""
        return _count(self.usage, "prompt_tokens")

    @property
    def log_likelihood(self) -> float | None:
        """ln P of the text; None when not every token came with a probability.

        llama.cpp leaves out tokens that are the beginning of a character.
        """
        known = [one.log_probability for one in self.tokens if one.log_probability is not None]
        written = _count(self.usage, "completion_tokens") or len(self.tokens)
        return math.fsum(known) if known and len(known) == written else None

    def ended(self, index: int, sent_tokens: int) -> Ended:
        """`sent_tokens`: the prompt's length where the server does not say (llama-cpp-python)."""
        return Ended(
            index,
            "length" if self.reason == "length" else "stop",
            tokens=_count(self.usage, "completion_tokens") or len(self.tokens),
            log_likelihood=self.log_likelihood,
            prompt_tokens=self.prompt_tokens or sent_tokens,
            cached_tokens=_count(self.usage.get("prompt_tokens_details"), "cached_tokens"),
        )


async def answered(wire: Wire, body: Json) -> Answer:
    """A completion as a whole."""
    answer = Answer()
    body = {**body, "stream": True, "stream_options": {"include_usage": True}}
    async with aclosing(wire.stream(COMPLETIONS, body)) as chunks:
        async for chunk in chunks:
            answer.take(chunk)
    return answer


def _count(told: object, name: str) -> int:
    value = told.get(name) if isinstance(told, dict) else None
    return value if isinstance(value, int) else 0


def _only_choice(answer: Json) -> Json:
    """The answer's one choice; Failure(upstream) when there is none."""
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise nonsense("has no choices")
    choice: Json = choices[0]
    return choice


def _tokens_of(choice: Json) -> list[Token]:
    """A choice's tokens with their probabilities; [] when the server gave none.

    Two shapes: parallel lists (OpenAI's completions, vLLM, llama-cpp-python) and a list of objects
    under `content` (llama.cpp, and OpenAI's chat completions).
    """
    found = choice.get("logprobs")
    if not isinstance(found, dict):
        return []
    try:
        if isinstance(content := found.get("content"), list):
            return [_token(one) for one in content]
        texts, chosen = found["tokens"], found["token_logprobs"]
        tops = found.get("top_logprobs") or [None] * len(texts)
        return [
            Token(text, None, _number(value), {key: float(v) for key, v in (top or {}).items()})
            for text, value, top in zip(texts, chosen, tops, strict=True)
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise nonsense("has token probabilities in no known shape") from error


def _token(one: Json) -> Token:
    top = {entry["token"]: float(entry["logprob"]) for entry in one.get("top_logprobs") or []}
    return Token(one["token"], one.get("id"), _number(one["logprob"]), top)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
