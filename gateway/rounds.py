"""One round of a turn: the model's query goes to all tools at once.

Covers: whether a query is sent, paging of repeated queries (design: a repeated query yields the
next results), and what the model is given of the answers. Does not cover: how tools are reached
(gateway.toolset), or what the model says to it (gateway.research).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from gateway.events import ToolAnswered
from gateway.schemas import Round, StopReason, ToolReport
from gateway.snippets import clean_report
from gateway.turn_state import TurnState
from services.contract import Step


def why_not(turn: TurnState, query: str) -> StopReason | None:
    """Why this query is not sent to the toolset; None: it is."""
    key = _normalised(query)
    emptied = key in turn.seen and not _last_snippets(turn, key)
    if not query or emptied:
        return "exhausted"
    if len(turn.rounds) >= turn.limits.max_rounds:
        return "max_rounds"
    return "deadline" if turn.left_s() <= turn.reserve_s() else None


async def look_up(turn: TurnState, query: str) -> AsyncGenerator[ToolAnswered, None]:
    """Each tool as it finishes; when all have, the round is one of the turn's."""
    number, limits = len(turn.rounds) + 1, turn.limits
    seen = turn.seen.setdefault(_normalised(query), {})
    since = turn.clock()
    reports: dict[str, ToolReport] = {}
    timeout_s = turn.left_s() - turn.reserve_s()
    asked = turn.toolset.query(query, dict(seen), limits.snippets_per_tool, timeout_s)
    async with aclosing(asked) as answers:
        async for answer in answers:
            shown = min(len(answer.results), limits.snippets_per_tool)
            seen[answer.tool] = seen.get(answer.tool, 0) + shown
            report = clean_report(answer, limits.snippets_per_tool, limits.max_snippet_chars)
            reports[answer.tool] = report
            yield ToolAnswered(number, report)
    tools = [reports[name] for name in turn.toolset.names]
    snippets = [text for tool in tools if tool.status == "ok" for text in tool.results]
    turn.note_time("tools", since)
    turn.steps.append(Step(query=query, snippets=snippets))
    turn.rounds.append(Round(query=query, tools=tools, output=""))


def _last_snippets(turn: TurnState, key: str) -> list[str]:
    return next(s.snippets for s in reversed(turn.steps) if _normalised(s.query) == key)


def _normalised(query: str) -> str:
    return " ".join(query.casefold().split())
