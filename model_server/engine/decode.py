"""Generation: token ids in, token ids out.

Covers greedy and sampled decoding of one or n sequences from one prompt, a beginning restricted to
given options, and the probabilities of a choice of next tokens. Does not know what tokens mean.
Every function runs to its end unless `cancelled` says stop, which is asked before every step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from model_server.engine.cache import KVCache
from model_server.engine.model import Transformer

Cancelled = Callable[[], bool]

MIN_TEMPERATURE = 1e-3
"""Below it drawing is greedy, which it is in all but name."""
PREFILL_TOKENS = 256
"""A prompt is read in pieces of this length; between them the caller may cancel."""


class DecodeError(Exception):
    """Base of everything that ends a generation early."""


class ContextOverflowError(DecodeError):
    """Prompt and answer together would outgrow the model's context; the message gives the limit."""


class NumericalError(DecodeError):
    """The logits are not finite; no token can honestly be drawn from them."""


class GenerationCancelled(DecodeError):
    """The caller no longer wants the result."""


@dataclass(frozen=True, slots=True)
class SamplingParameters:
    """temperature 0 is greedy; top_k 0 and top_p 1 leave the distribution whole."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None

    def generator(self) -> torch.Generator:
        generator = torch.Generator()
        if self.seed is None:
            generator.seed()
        else:
            generator.manual_seed(self.seed)
        return generator


@dataclass(slots=True)
class Generated:
    """One finished sequence: its new ids, without the stop token."""

    ids: list[int] = field(default_factory=list)
    stopped: bool = False
    """True: the stop token ended it; False: the length limit did."""


def restrict(logits: Tensor, sampling: SamplingParameters) -> Tensor:
    """Probabilities (B, V) after temperature, top-k and nucleus (arXiv 1904.09751)."""
    # Measured from the largest, so that no temperature can carry a logit out of range.
    scaled = (logits - logits.amax(dim=-1, keepdim=True)) / sampling.temperature
    if sampling.top_k:
        kth = scaled.topk(min(sampling.top_k, scaled.shape[-1]), dim=-1).values[:, -1:]
        scaled = scaled.masked_fill(scaled < kth, -torch.inf)
    probabilities = scaled.softmax(dim=-1)
    if sampling.top_p < 1:
        ranked, order = probabilities.sort(dim=-1, descending=True)
        outside = ranked.cumsum(dim=-1) - ranked >= sampling.top_p  # the first is always inside
        ranked = ranked.masked_fill(outside, 0.0)
        probabilities = torch.zeros_like(probabilities).scatter(-1, order, ranked)
        probabilities = probabilities / probabilities.sum(dim=-1, keepdim=True)
    return probabilities


def draw(logits: Tensor, sampling: SamplingParameters, generator: torch.Generator) -> Tensor:
    """One token id per row: logits (B, V) -> (B,), int64."""
    if sampling.temperature < MIN_TEMPERATURE:
        return logits.argmax(dim=-1)
    return torch.multinomial(restrict(logits, sampling), 1, generator=generator).squeeze(-1)


def check_room(model: Transformer, prompt: int, new: int) -> None:
    """Raise ContextOverflowError when prompt and new tokens do not fit the model's context."""
    limit = model.config.max_context
    if prompt + new > limit:
        raise ContextOverflowError(
            f"context: {prompt} prompt tokens and up to {new} new ones; the limit is {limit} "
            "together (setting max_context_tokens)"
        )


class Reading:
    """A prompt the model has read, and what may follow it.

    `room` is the number of new tokens it can take. Raises ContextOverflowError when prompt and room
    do not fit the model's context.
    """

    def __init__(
        self, model: Transformer, prompt: Sequence[int], room: int, cancelled: Cancelled
    ) -> None:
        if not prompt:
            raise ValueError("the prompt is empty")
        check_room(model, len(prompt), room)
        self._model = model
        self._cancelled = cancelled
        self._cache: KVCache = model.new_cache(1, len(prompt) + room)
        for start in range(0, len(prompt), PREFILL_TOKENS):
            self.give(prompt[start : start + PREFILL_TOKENS])

    @torch.inference_mode()
    def _read(self, ids: Tensor) -> Tensor:
        """Feed ids (B, T); logits of what follows, (B, V)."""
        if self._cancelled():
            raise GenerationCancelled("cancelled")
        hidden = self._model(ids.to(self._model.device), self._cache)
        logits = self._model.logits(hidden[:, -1])
        if not bool(torch.isfinite(logits).all()):
            raise NumericalError("the model produced logits that are not finite")
        return logits

    def give(self, ids: Sequence[int]) -> None:
        """Continue with ids that are decided already."""
        self._logits = self._read(torch.tensor([list(ids)]))  # (1, V)

    def choose(self, options: Sequence[Sequence[int]], sampling: SamplingParameters) -> int:
        """Let the model begin with one of `options`; returns which and continues after it.

        Options are told apart token by token, each drawn among the tokens still possible.
        """
        generator = sampling.generator()
        cache_length = self._cache.length
        possible = list(range(len(options)))
        place = 0
        while len(possible) > 1:
            allowed = sorted({options[index][place] for index in possible})
            masked = torch.full_like(self._logits, -torch.inf)
            masked[:, allowed] = self._logits[:, allowed]
            token = int(draw(masked, sampling, generator))
            possible = [index for index in possible if options[index][place] == token]
            place += 1
            if len(possible) > 1:
                self.give([token])
        chosen = possible[0]
        self.give(options[chosen][self._cache.length - cache_length :])
        return chosen

    def probabilities(self, continuation: Sequence[int], tokens: Sequence[int]) -> list[float]:
        """P of each of `tokens` after `continuation`, among themselves; leaves no trace."""
        length = self._cache.length
        logits = self._read(torch.tensor([list(continuation)]))
        self._cache.rewind(length)
        shares: list[float] = logits[0, list(tokens)].softmax(dim=-1).tolist()
        return shares

    def generate(
        self, n: int, max_tokens: int, stop: int, sampling: SamplingParameters
    ) -> list[Generated]:
        """n sequences after the prompt, each up to `stop` or max_tokens, none of them empty.

        Uses the reading up.
        """
        generator = sampling.generator()
        out = [Generated() for _ in range(n)]
        if n > 1:
            self._cache.spread(n)
            self._logits = self._logits.expand(n, -1)
        self._logits = self._logits.clone()
        self._logits[:, stop] = -torch.inf  # an empty answer is no answer
        for place in range(max_tokens):
            tokens = draw(self._logits, sampling, generator)  # (n,)
            for sequence, token in zip(out, tokens.tolist(), strict=True):
                sequence.stopped = sequence.stopped or token == stop
                if not sequence.stopped:
                    sequence.ids.append(token)
            if all(sequence.stopped for sequence in out) or place == max_tokens - 1:
                break
            self._logits = self._read(tokens[:, None])
        return out
