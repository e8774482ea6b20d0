"""What the engine is asked and what it answers: plain numbers, ready to cross a process boundary.

    Generate  ->  Began?  Tokens*  Finished          for each of its n candidates
    Score     ->  Scored
    either    ->  Failed                             once, and nothing after it

Requests carry an id of the caller's choosing; whatever answers a request carries its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ids = tuple[int, ...]
"""Token ids."""


@dataclass(frozen=True, slots=True)
class SamplingParameters:
    """temperature 0 is greedy; top_k 0 and top_p 1 leave the distribution whole."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    """The same seed draws the same tokens; None: another one each time."""


@dataclass(frozen=True, slots=True)
class Generate:
    """n continuations of a prompt, each of at least one token, up to a stop token or max_new."""

    id: int
    prompt: Ids
    max_new: int
    """Most new tokens of a candidate, those of `begin` not counted."""
    stop: Ids
    """Tokens that end a candidate and are not part of it."""
    n: int = 1
    sampling: SamplingParameters = SamplingParameters()
    begin: tuple[Ids, ...] = ()
    """What a candidate may begin with: the model chooses one of them, token by token."""
    references: tuple[Ids, ...] = ()
    """Texts it may well copy from, likeliest first: drafts for speculation come from them."""
    adapter: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How likely each of several continuations of one prompt is."""

    id: int
    prompt: Ids
    branches: tuple[Ids, ...]
    options: Ids = ()
    """Tokens whose probability is asked for after each branch."""
    adapter: str | None = None


Request = Generate | Score


@dataclass(frozen=True, slots=True)
class Began:
    """A candidate has begun with `begin[choice]`."""

    id: int
    index: int
    choice: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """The next tokens of a candidate: one, or several when drafts were right."""

    id: int
    index: int
    ids: Ids


@dataclass(frozen=True, slots=True)
class Finished:
    id: int
    index: int
    reason: Literal["stop", "length"]
    log_likelihood: float
    """Natural logarithm of P(candidate), its stop token included, under the model at temperature 1;
    not that of what was given (a prompt, an option of `begin` without a rival)."""
    reused: int
    """Tokens of the prompt that were not read again."""


@dataclass(frozen=True, slots=True)
class Scored:
    id: int
    log_likelihoods: tuple[float, ...]
    """ln P(branch) of each branch, after the prompt."""
    options: tuple[tuple[float, ...], ...]
    """For each branch, ln P(option) of each option after it."""
    reused: int


@dataclass(frozen=True, slots=True)
class Failed:
    id: int
    kind: Literal["context", "numerical", "adapter"]
    """context: too long or malformed; numerical: logits not finite; adapter: an unknown one."""
    message: str


Event = Began | Tokens | Finished | Scored | Failed
