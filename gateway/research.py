"""What the model says next: a query for the tools, or the answer to the user.

Covers: one output of the model, in deltas where it is an answer and the turn is streamed; when the
model is made to answer; what is left out when it is too long for the model; asking again; and what
stands in when time runs out. Only the `recipient` that the model server sends decides whether an
output is a query: nothing is passed on before it has said "User". Does not cover: asking the tools
(gateway.rounds).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from gateway.events import ResponseDelta
from gateway.running_line import RunningLine
from gateway.schemas import StopReason
from gateway.seams import (
    ModelDeadline,
    ModelError,
    ModelFailed,
    ModelRefused,
    ModelUnavailable,
)
from gateway.turn_state import TurnState
from services.contract import (
    Delta,
    FinishReason,
    RecipientChosen,
    ResearchRequest,
    ResearchResponse,
)


@dataclass(frozen=True, slots=True)
class Output:
    """What the model said, and why it was made to answer, if it was."""

    recipient: Literal["TS", "User"]
    text: str
    forced: StopReason | None = None
    finish_reason: FinishReason = "stop"
    said: bool = True
    """False: the model did not say it; the draft stands in for an answer."""


class _ToUser(Exception):
    """A free call speaks to the user, but the request bounds its answer: ask for a bounded one."""


@dataclass(slots=True)
class _Plan:
    """How the model is to be asked, until it has said something that can be used."""

    turn: TurnState
    forced: bool
    """It is made to answer, as the request bounds its answer."""
    reason: StopReason | None
    """Why; None: it chose to."""
    tries: int = 0

    def kept_s(self) -> float:
        return 0.0 if self.forced else self.turn.reserve_s()

    def in_time(self) -> bool:
        """False: no time is left to ask. Near the end, the model is made to answer."""
        if not self.forced and self.turn.left_s() <= self.kept_s():
            self.forced, self.reason = True, "deadline"
        return self.turn.left_s() > 0

    async def after(self, error: ModelError, shown: str) -> Output | None:
        """What stands in for an answer; None: ask again. Raises `error` if neither will do.

        `shown` is what has been passed on, which cannot be taken back.
        """
        if isinstance(error, ModelDeadline):
            if shown:
                return Output("User", shown, "deadline", "length")
            if self.forced:
                return best_so_far(self.turn, "deadline")
            self.forced, self.reason = True, "deadline"
        elif isinstance(error, ModelRefused) and not shown:
            return self._make_room(error)
        elif isinstance(error, ModelUnavailable) and not shown:
            left_s = self.turn.left_s() - self.kept_s()
            wait = self.turn.limits.model_retries.wait
            if not await wait(self.tries, left_s, error.retry_after_s):
                raise error
            self.tries += 1
        else:
            raise error
        return None

    def _make_room(self, error: ModelRefused) -> Output | None:
        if self.turn.drop_turns():
            return None
        if self.turn.drop_snippets():
            self.forced, self.reason = True, self.reason or "exhausted"
            return None
        if not self.turn.base:
            raise error
        return best_so_far(self.turn, "exhausted")


async def say(
    turn: TurnState, reason: StopReason | None = None
) -> AsyncGenerator[ResponseDelta | Output, None]:
    """Let the model write a query or the answer; near the end of the budget, the answer.

    The last item is the Output. What is too long for the model is cut until it fits: the oldest
    turns of the dialog go first, then the newest snippets, after which the model is made to answer.
    Raises ModelError.
    """
    plan = _Plan(turn, reason is not None, reason)
    while plan.in_time():
        shown = ""
        try:
            async with aclosing(_said(turn, plan)) as items:
                async for item in items:
                    if isinstance(item, ResponseDelta):
                        shown += item.text
                    yield item
            return
        except _ToUser:
            plan.forced = True
        except ModelError as error:
            output = await plan.after(error, shown)
            if output is not None:
                yield output
                return
    yield best_so_far(turn, "deadline")


async def _said(turn: TurnState, plan: _Plan) -> AsyncGenerator[ResponseDelta | Output, None]:
    """What one call of the model says; raises _ToUser as soon as it is known to be of no use."""
    line, to_user = RunningLine(turn.limits.max_response_chars), False
    async with aclosing(_events(turn, plan)) as events:
        async for event in events:
            if isinstance(event, RecipientChosen):
                to_user = _speaks_to_user(turn, plan, event)
                continue
            more = line.end() if isinstance(event, ResearchResponse) else line.feed(event.text)
            if more and to_user and turn.stream:
                yield ResponseDelta(more)
            if isinstance(event, ResearchResponse):
                yield _output(turn, plan, event, line)


async def _events(
    turn: TurnState, plan: _Plan
) -> AsyncGenerator[RecipientChosen | Delta | ResearchResponse, None]:
    """One call of the model; what is asked for as a whole comes as a stream would."""
    request = ResearchRequest(
        context=turn.context,
        role_turns=turn.role_turns,
        base=turn.base,
        steps=turn.steps,
        force_user=plan.forced,
        sampling=turn.sampling if plan.forced else turn.free_sampling(),
    )
    since, left_s = turn.clock(), turn.left_s()
    query_s = left_s - plan.kept_s()
    try:
        if turn.stream:
            asked = turn.model.stream_research(request, query_s, left_s)
            async with aclosing(asked) as events:
                async for event in events:
                    if isinstance(event, ResearchResponse):
                        turn.note_usage(event.usage)
                    yield event
        else:
            answer = await turn.model.research(request, query_s)
            turn.note_usage(answer.usage)
            yield RecipientChosen(recipient=answer.recipient)
            yield Delta(index=0, text=answer.text)
            yield answer
    finally:
        turn.note_time("rewrite" if turn.steps else "query", since)


def _speaks_to_user(turn: TurnState, plan: _Plan, chosen: RecipientChosen) -> bool:
    to_user = chosen.recipient == "User"
    if plan.forced and not to_user:
        raise ModelFailed("the model server wrote a query where an answer was demanded")
    if to_user and turn.bounded and not plan.forced:
        raise _ToUser
    return to_user


def _output(turn: TurnState, plan: _Plan, answer: ResearchResponse, line: RunningLine) -> Output:
    text = str(line)
    if answer.recipient == "User" and not text and not turn.bounded:
        raise ModelFailed("the model server wrote an empty answer")
    finish: FinishReason = "length" if line.cut else answer.finish_reason
    return Output(answer.recipient, text, plan.reason, finish)


def best_so_far(turn: TurnState, reason: StopReason) -> Output:
    """The draft as the answer, up to where the request wants an answer to stop."""
    if not turn.base:
        raise ModelDeadline("the turn's time ran out before anything was written")
    text, finish = turn.base, turn.base_finish
    found = [at for stop in turn.sampling.stop if (at := text.find(stop)) >= 0]
    if found:
        text, finish = text[: min(found)].rstrip(), "stop"
    return Output("User", text, reason, finish, said=False)
