"""The draft of a turn: what the model says before anything is looked up.

Covers: writing it, in deltas where the turn is streamed, what is left out of a dialog that is too
long, and asking again. Does not cover: what becomes of it (gateway.research).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from gateway.events import BaseDelta
from gateway.running_line import RunningLine
from gateway.seams import ModelRefused, ModelUnavailable
from gateway.turn_state import TurnState
from services.contract import BaseRequest, BaseResponse, Delta


async def draft(turn: TurnState) -> AsyncGenerator[BaseDelta, None]:
    """Have the draft written, which is then the turn's `base`.

    It may take all of the budget, for nothing stands in for it.
    Raises ModelError. Once a delta has been given out, nothing is asked again.
    """
    since, tries = turn.clock(), 0
    while True:
        line = RunningLine(turn.limits.max_response_chars)
        try:
            async with aclosing(_written(turn, line)) as deltas:
                async for delta in deltas:
                    yield delta
            break
        except ModelRefused:
            if not turn.drop_turns():
                raise
        except ModelUnavailable as error:
            wait = turn.limits.model_retries.wait
            if str(line) or not await wait(tries, turn.left_s(), error.retry_after_s):
                raise
            tries += 1
    turn.base = str(line)
    if line.cut:
        turn.base_finish = "length"
    turn.note_time("base", since)


async def _written(turn: TurnState, line: RunningLine) -> AsyncGenerator[BaseDelta, None]:
    """One call of the model; what it says is fed to `line`."""
    request = BaseRequest(
        context=turn.context, role_turns=turn.role_turns, sampling=turn.free_sampling()
    )
    if not turn.stream:
        answer = await turn.model.base(request, turn.left_s())
        line.feed(answer.response)
        line.end()
        _note(turn, answer)
        return
    async with aclosing(turn.model.stream_base(request, turn.left_s())) as events:
        async for event in events:
            more = line.feed(event.text) if isinstance(event, Delta) else line.end()
            if more:
                yield BaseDelta(more)
            if isinstance(event, BaseResponse):
                _note(turn, event)


def _note(turn: TurnState, answer: BaseResponse) -> None:
    turn.note_usage(answer.usage)
    if answer.candidates:
        turn.base_finish = answer.candidates[0].finish_reason
