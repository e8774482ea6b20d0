"""The seam between the protocol (dialog.py) and whatever runs the language model.

    backends/engine.py   this project's own engine, in a process beside this one
    backends/openai.py   vLLM, llama.cpp or any OpenAI-compatible server

A backend gets prompts as segments (prompts.py), so that only the protocol itself can write control
tokens, and gives text back. Failures are services.chassis.Failure: invalid_request (too long, an
unknown adapter), overloaded (queue full), unavailable (not loaded, restarting), upstream, internal.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from model_server.prompts import Segment
from services.contract import InfoResponse, Missing, Sampling


@dataclass(frozen=True, slots=True)
class Ask:
    """How to continue a prompt."""

    max_tokens: int
    sampling: Sampling
    n: int = 1
    begin: tuple[str, ...] = ()
    """What the text must begin with: the model chooses one. Not part of the text given back."""
    references: tuple[str, ...] = ()
    """Texts it may well copy from, likeliest first."""
    adapter: str | None = None
    """None: the server's own."""
    followed_by: tuple[Segment, ...] = ()
    """What is to fit behind the longest text there can be; else invalid_request, before any."""


@dataclass(frozen=True, slots=True)
class Chose:
    """A candidate has begun with `begin[choice]`."""

    index: int
    choice: int


@dataclass(frozen=True, slots=True)
class Piece:
    """More text of a candidate: whole characters, and nothing a stop text may yet take back."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A candidate is complete; the pieces before it, joined, are its text."""

    index: int
    reason: Literal["stop", "length"]
    tokens: int
    log_likelihood: float | None
    """None when the backend does not say."""
    prompt_tokens: int
    cached_tokens: int
    """Of the prompt, those that were not read again."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    log_likelihood: float
    tokens: int


class Backend(Protocol):
    async def start(self) -> None:
        """Begin to load or connect, and return; `missing` says when it is done."""

    async def stop(self) -> None:
        """End everything that `start` began."""

    def missing(self) -> list[Missing]:
        """What is lacking before it can answer; empty when it can."""

    def info(self) -> InfoResponse:
        """Raises Failure(unavailable) while it cannot answer."""

    def write(
        self, prompt: Sequence[Segment], ask: Ask
    ) -> AsyncGenerator[Chose | Piece | Ended, None]:
        """Continue a prompt. Closing the generator, or cancelling its task, frees the slot."""

    async def probabilities(
        self,
        prompt: Sequence[Segment],
        branches: Sequence[str],
        options: Sequence[str],
        adapter: str | None,
    ) -> list[list[float]]:
        """For each branch, P of each option after prompt and branch, among the options alone."""

    async def likelihoods(
        self, prompt: Sequence[Segment], continuations: Sequence[str], adapter: str | None
    ) -> list[Likelihood]:
        """ln P(continuation) after the prompt, of each."""
