"""What every view shows of a turn, whatever it looks like.

Covers: the words for how a turn ended, a source's name, the toolset's order, and a whole answer
taken apart again. Does not cover: drawing (groundling.views.plain, groundling.views.live).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from gateway.schemas import ToolReport
from groundling.client import (
    BaseEvent,
    ChatResponse,
    QueryEvent,
    ResponseEvent,
    SnippetsEvent,
    TurnStep,
)
from groundling.terminal import one_line
from services.contract import Source

R = TypeVar("R", bound=ToolReport)

STOPPED = {
    "max_rounds": "answered after the last toolset round allowed",
    "deadline": "answered because the turn's time was up",
    "exhausted": "answered because the toolset had nothing more",
}


class View(Protocol):
    """Shows one turn. Leaving it shows what has come of a turn that did not end."""

    def __enter__(self) -> View: ...
    def __exit__(self, *_: object) -> None: ...
    def show(self, step: TurnStep) -> None: ...


def steps_of(answer: ChatResponse) -> Iterator[TurnStep]:
    """The steps of a whole turn: a stored one that is asked for again is sent without them."""
    yield BaseEvent(delta=answer.base)
    for number, one in enumerate(answer.rounds, start=1):
        yield QueryEvent(round=number, query=one.query)
        for tool in one.tools:
            yield SnippetsEvent(round=number, **dict(tool))
    yield ResponseEvent(delta=answer.response)


def in_order(reports: Iterable[R], names: Sequence[str]) -> list[R]:
    """In toolset order, whatever finished first; tools without a name there come last."""
    places = {name: place for place, name in enumerate(names)}
    return sorted(reports, key=lambda report: places.get(report.tool, len(places)))


def source_suffix(source: Source | None) -> str:
    return "" if source is None else f"  [{one_line(source.url or source.title)}]"
