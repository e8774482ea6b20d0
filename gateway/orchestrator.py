"""The loop of one turn: draft, query, tools, rewrite (LaMDA, arXiv 2201.08239, section 6.2).

Covers: who is asked what and when, the order of snippets, paging of repeated queries, what is left
out when it is too long for the model, and when the model is made to answer. Does not cover: HTTP,
sessions, citations. Only the `recipient` that the model server sends decides whether an output is a
query or the answer; the words "TS," and "User," in a message, a snippet or a draft are text like
any other.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from gateway.context import without_oldest
from gateway.events import (
    BaseDrafted,
    LoopEvent,
    QueryWritten,
    RoundDone,
    StageTimes,
    ToolAnswered,
    TurnDone,
)
from gateway.schemas import Round, StopReason, ToolReport
from gateway.seams import LanguageModel, ModelDeadline, ModelFailed, ModelRefused, Toolset
from gateway.snippets import clean_report, one_line, shorten
from services.contract import (
    BaseRequest,
    FinishReason,
    ResearchRequest,
    ResearchResponse,
    Sampling,
    Step,
    Turn,
    Usage,
)

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


@dataclass(frozen=True, slots=True)
class _Output:
    """What the model said, and why it was made to answer, if it was."""

    recipient: Literal["TS", "User"]
    text: str
    forced: StopReason | None = None
    finish_reason: FinishReason = "stop"
    said: bool = True
    """False: the model did not say it; the draft stands in for an answer."""


@dataclass(slots=True)
class _Turn:
    """One turn under way."""

    context: list[Turn]
    model: LanguageModel
    toolset: Toolset
    limits: TurnLimits
    sampling: Sampling
    clock: Callable[[], float]
    started: float
    role_turns: list[Turn] = field(default_factory=list)
    base: str = ""
    steps: list[Step] = field(default_factory=list)
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

    def note_time(self, stage: str, since: float) -> float:
        elapsed_ms = (self.clock() - since) * 1000
        self.spent_ms[stage] += elapsed_ms
        return elapsed_ms

    async def draft(self) -> BaseDrafted:
        """Have a draft written; it may take all of the budget, for nothing stands in for it."""
        since = self.clock()
        while True:
            request = BaseRequest(
                context=self.context, role_turns=self.role_turns, sampling=self.sampling
            )
            try:
                answer = await self.model.base(request, self.left_s())
                break
            except ModelRefused:
                if not self.drop_turns():
                    raise
        self.note_usage(answer.usage)
        self.base = shorten(one_line(answer.response), self.limits.max_response_chars)
        return BaseDrafted(self.base, self.note_time("base", since))

    async def ask(self, force: StopReason | None = None) -> _Output:
        """Let the model write a query or the answer; near the end of the budget, the answer.

        What is too long for the model is cut until it fits: the oldest turns of the dialog go
        first, then the newest snippets, after which the model is made to answer.
        """
        while True:
            kept_s = self.reserve_s() if force is None else 0.0
            if force is None and self.left_s() <= kept_s:
                force, kept_s = "deadline", 0.0
            if self.left_s() <= 0:
                return self.best_so_far("deadline")
            try:
                return self.read(await self.research(force, self.left_s() - kept_s), force)
            except ModelDeadline:
                if force is not None:
                    return self.best_so_far("deadline")
                force = "deadline"
            except ModelRefused:
                if self.drop_turns():
                    continue
                if not self.drop_snippets():
                    if not self.base:
                        raise
                    return self.best_so_far("exhausted")
                force = force or "exhausted"

    async def research(self, force: StopReason | None, timeout_s: float) -> ResearchResponse:
        request = ResearchRequest(
            context=self.context,
            role_turns=self.role_turns,
            base=self.base,
            steps=self.steps,
            force_user=force is not None,
            sampling=self.sampling,
        )
        since = self.clock()
        try:
            answer = await self.model.research(request, timeout_s)
        finally:
            self.note_time("rewrite" if self.steps else "query", since)
        self.note_usage(answer.usage)
        return answer

    def note_usage(self, usage: Usage) -> None:
        self.usage = Usage(
            prompt_tokens=self.usage.prompt_tokens + usage.prompt_tokens,
            completion_tokens=self.usage.completion_tokens + usage.completion_tokens,
            cached_tokens=self.usage.cached_tokens + usage.cached_tokens,
        )

    def read(self, answer: ResearchResponse, force: StopReason | None) -> _Output:
        if force is not None and answer.recipient != "User":
            raise ModelFailed("the model server wrote a query where an answer was demanded")
        text = shorten(one_line(answer.text), self.limits.max_response_chars)
        output = _Output(answer.recipient, text, force, answer.finish_reason)
        if output.recipient == "User" and not output.text:
            raise ModelFailed("the model server wrote an empty answer")
        return output

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

    def best_so_far(self, reason: StopReason) -> _Output:
        if not self.base:
            raise ModelDeadline("the turn's time ran out before anything was written")
        return _Output("User", self.base, reason, said=False)

    def why_not(self, query: str) -> StopReason | None:
        """Why this query is not sent to the toolset; None: it is."""
        key = _normalised(query)
        emptied = key in self.seen and not self.last_snippets(key)
        if not query or emptied:
            return "exhausted"
        if len(self.rounds) >= self.limits.max_rounds:
            return "max_rounds"
        return "deadline" if self.left_s() <= self.reserve_s() else None

    def last_snippets(self, key: str) -> list[str]:
        return next(s.snippets for s in reversed(self.steps) if _normalised(s.query) == key)

    async def round(self, query: str) -> AsyncGenerator[ToolAnswered | RoundDone, None]:
        number, limits = len(self.rounds) + 1, self.limits
        seen = self.seen.setdefault(_normalised(query), {})
        since = self.clock()
        reports: dict[str, ToolReport] = {}
        timeout_s = self.left_s() - self.reserve_s()
        asked = self.toolset.query(query, dict(seen), limits.snippets_per_tool, timeout_s)
        async with aclosing(asked) as answers:
            async for answer in answers:
                shown = min(len(answer.results), limits.snippets_per_tool)
                seen[answer.tool] = seen.get(answer.tool, 0) + shown
                report = clean_report(answer, limits.snippets_per_tool, limits.max_snippet_chars)
                reports[answer.tool] = report
                yield ToolAnswered(number, report)
        tools = [reports[name] for name in self.toolset.names]
        snippets = [text for tool in tools if tool.status == "ok" for text in tool.results]
        self.note_time("tools", since)
        self.steps.append(Step(query=query, snippets=snippets))
        self.rounds.append(Round(query=query, tools=tools, output=""))
        yield RoundDone(number, query, tools, snippets)

    def note_output(self, output: _Output) -> None:
        """Write down what the model said after the latest round."""
        if output.said and self.rounds:
            said = f"{output.recipient}, {output.text}"
            self.rounds[-1] = self.rounds[-1].model_copy(update={"output": said})

    def done(self, output: _Output) -> TurnDone:
        times = StageTimes(**{f"{stage}_ms": ms for stage, ms in self.spent_ms.items()})
        return TurnDone(
            response=output.text,
            base=self.base,
            rounds=self.rounds,
            stop_reason=output.forced or "user",
            times=times,
            finish_reason=output.finish_reason,
            usage=self.usage,
        )


async def run_turn(
    context: list[Turn],
    model: LanguageModel,
    toolset: Toolset,
    limits: TurnLimits,
    *,
    role_turns: Sequence[Turn] = (),
    sampling: Sampling | None = None,
    stream: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[LoopEvent, None]:
    """Run one turn over `context`, whose last turn is the user's; the last event is TurnDone.

    Raises ModelError when the model fails. The generator is to be closed (aclosing) by its user.
    """
    turn = _Turn(context, model, toolset, limits, sampling or Sampling(), clock, clock())
    turn.role_turns = list(role_turns)
    yield await turn.draft()
    while True:
        output = await turn.ask()
        turn.note_output(output)
        if output.recipient == "TS":
            query = output.text[: limits.max_query_chars].strip()
            reason = turn.why_not(query)
            if reason is None:
                yield QueryWritten(len(turn.rounds) + 1, query)
                async with aclosing(turn.round(query)) as events:
                    async for event in events:
                        yield event
                continue
            output = await turn.ask(force=reason)
        yield turn.done(output)
        return


def _normalised(query: str) -> str:
    return " ".join(query.casefold().split())
