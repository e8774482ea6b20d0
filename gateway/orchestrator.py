"""The loop of one turn: draft, query, tools, rewrite (LaMDA, arXiv 2201.08239, section 6.2).

Covers: who is asked what and when, and when the model is made to answer. Does not cover: the steps
themselves (gateway.drafting, gateway.research, gateway.rounds), HTTP, sessions, citations. The
words "TS," and "User," in a message, a snippet or a draft are text like any other.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from gateway.drafting import draft
from gateway.events import LoopEvent, QueryWritten, ResponseDelta, TurnDone
from gateway.research import Output, say
from gateway.rounds import look_up, why_not
from gateway.seams import LanguageModel, Toolset
from gateway.turn_state import TurnLimits, TurnState
from services.contract import Sampling, Turn

__all__ = ["TurnLimits", "run_turn"]


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

    With `stream` the draft and the answer also come in deltas, as the model writes them.
    Raises ModelError when the model fails. The generator is to be closed (aclosing) by its user.
    """
    turn = TurnState(
        context, model, toolset, limits, sampling or Sampling(), stream, clock, clock()
    )
    turn.role_turns = list(role_turns)
    async with aclosing(draft(turn)) as drafted:
        async for part in drafted:
            yield part
    async with aclosing(_research(turn)) as events:
        async for event in events:
            yield event


async def _research(turn: TurnState) -> AsyncGenerator[LoopEvent, None]:
    """Rounds of query and tools, until there is an answer."""
    shown, reason = False, None
    while True:
        async with aclosing(say(turn, reason)) as said:
            async for item in said:
                if isinstance(item, Output):
                    output = item
                else:
                    shown = True
                    yield item
        if reason is None:
            _note_output(turn, output)
        if output.recipient == "User":
            break
        query = output.text[: turn.limits.max_query_chars].strip()
        reason = why_not(turn, query)
        if reason is None:
            yield QueryWritten(len(turn.rounds) + 1, query)
            async with aclosing(look_up(turn, query)) as events:
                async for event in events:
                    yield event
    if turn.stream and output.text and not shown:
        yield ResponseDelta(output.text)
    yield _done(turn, output)


def _note_output(turn: TurnState, output: Output) -> None:
    """Write down what the model said of its own accord after the latest round."""
    if output.said and turn.rounds:
        said = f"{output.recipient}, {output.text}"
        turn.rounds[-1] = turn.rounds[-1].model_copy(update={"output": said})


def _done(turn: TurnState, output: Output) -> TurnDone:
    return TurnDone(
        response=output.text,
        base=turn.base,
        rounds=turn.rounds,
        stop_reason=output.forced or "user",
        times=turn.times(),
        finish_reason=output.finish_reason,
        usage=turn.usage,
    )
