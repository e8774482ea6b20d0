"""What bench/engine.py asks of every runtime and what it is told: JSON on a pipe.

Shapes are lists of token ids: no runtime's tokenizer is part of a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Ids = list[int]

NO_EXTRA_BUFFERS = (
    "llama.cpp's weight layout for this processor crashed; it is measured without (use_extra_bufts)"
)


@dataclass(frozen=True, slots=True)
class Work:
    """Continue every prompt by `new` tokens; there are several prompts or several candidates."""

    prompts: list[Ids]
    new: int
    candidates: int = 1
    """Continuations of the only prompt."""
    sampled: bool = False
    """At temperature 1; otherwise greedily."""
    keep: bool = False
    """What was read before need not be read again; otherwise every prompt is new."""
    stop: int | None = None
    """A token that ends a continuation early. Only our engine is given one: the others then write
    as many tokens as it wrote."""
    begin: list[Ids] | None = None
    """What the continuation may begin with; `new` does not count it. Only for our engine."""
    references: list[Ids] | None = None
    """Texts to copy from, for speculation. Only for our engine."""

    @property
    def sequences(self) -> int:
        return len(self.prompts) * self.candidates


@dataclass(frozen=True, slots=True)
class Timing:
    first_s: float
    """Until the first token of any continuation was known."""
    total_s: float
    tokens: int
    """Of all continuations, with their beginnings and the tokens that stopped them."""

    @property
    def per_s(self) -> float:
        return self.tokens / self.total_s


@dataclass(frozen=True, slots=True)
class Setup:
    """How a runtime is started."""

    weights: Path
    threads: int
    speculate: bool = False
    """Only our engine does."""
    adapter: Path | None = None
    """Only for our engine."""
    extra_buffers: bool = True
    """Only for llama.cpp: its own weight layouts for this processor."""


class Runtime(Protocol):
    def run(self, work: Work) -> Timing: ...
