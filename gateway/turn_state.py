"""One turn under way: what is known so far, what it may take, and what it has taken.

Covers: the dialog as the model is given it and what is left out when it is too long, the time left,
tokens and times. Does not cover: asking anybody (gateway.drafting, gateway.research,
gateway.rounds).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.context import without_oldest
from gateway.events import StageTimes
from gateway.retry import NO_RETRIES, Retries
from gateway.schemas import Round
from gateway.seams import LanguageModel, Toolset
from services.contract import FinishReason, Sampling, Step, Turn, Usage

RESERVE_SHARE = 0.25
"""At most this share of a turn's budget is kept for the forced answer."""


@dataclass(frozen=True, slots=True)
class TurnLimits:
    budget_s: float
    answer_reserve_s: float
    max_rounds: int
    snippets_per_tool: int
    max_snippet_chars: int
    max_query_chars: int
    max_response_chars: int
    model_retries: Retries = NO_RETRIES


@dataclass(slots=True)
class TurnState:
    context: list[Turn]
    """Its last turn is the user's."""
    model: LanguageModel
    toolset: Toolset
    limits: TurnLimits
    sampling: Sampling
    stream: bool
    clock: Callable[[], float]
    started: float
    role_turns: list[Turn] = field(default_factory=list)
    base: str = ""
    base_finish: FinishReason = "stop"
    steps: list[Step] = field(default_factory=list)
    """What the model is told of the rounds."""
    rounds: list[Round] = field(default_factory=list)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    """Per normalised query: results already seen, per tool."""
    usage: Usage = field(default_factory=lambda: Usage(prompt_tokens=0, completion_tokens=0))
    spent_ms: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("base", "query", "tools", "rewrite"), 0.0)
    )

    def left_s(self) -> float:
        return self.started + self.limits.budget_s - self.clock()

    def reserve_s(self) -> float:
        return min(self.limits.answer_reserve_s, self.limits.budget_s * RESERVE_SHARE)

    @property
    def bounded(self) -> bool:
        """The request bounds its answer; drafts and queries are written without these bounds."""
        return bool(self.sampling.stop) or self.sampling.max_tokens is not None

    def free_sampling(self) -> Sampling:
        """How drafts and queries are drawn."""
        if not self.bounded:
            return self.sampling
        return self.sampling.model_copy(update={"stop": [], "max_tokens": None})

    def note_time(self, stage: str, since: float) -> None:
        self.spent_ms[stage] += (self.clock() - since) * 1000

    def times(self) -> StageTimes:
        return StageTimes(**{f"{stage}_ms": ms for stage, ms in self.spent_ms.items()})

    def note_usage(self, usage: Usage) -> None:
        self.usage = Usage(
            prompt_tokens=self.usage.prompt_tokens + usage.prompt_tokens,
            completion_tokens=self.usage.completion_tokens + usage.completion_tokens,
            cached_tokens=self.usage.cached_tokens + usage.cached_tokens,
        )

    def drop_turns(self) -> bool:
        """Leave out the dialog's oldest exchange; False: only the message is left."""
        dropped = len(self.context) > 1
        self.context = without_oldest(self.context)
        return dropped

    def drop_snippets(self) -> bool:
        """Leave out the snippets of the newest step that has any; False: none has."""
        for number, step in reversed(list(enumerate(self.steps))):
            if step.snippets:
                self.steps[number] = Step(query=step.query, snippets=[])
                return True
        return False
