"""A turn as lines of text, for pipes and files.

Covers: a line, or some, for each step once it is whole. Does not cover: text as it is written,
which a line-by-line reader has no use for (groundling.views.live).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from groundling.client import (
    BaseEvent,
    ChatResponse,
    QueryEvent,
    ResponseEvent,
    SnippetsEvent,
    TurnEvent,
    TurnStep,
)
from groundling.terminal import one_line
from groundling.views.shown import STOPPED, in_order, source_suffix, steps_of


def show_turn(message: str, answer: ChatResponse) -> None:
    """A whole turn, with what was asked."""
    print(f"> {one_line(message)}")
    with PlainView() as view:
        view.show(answer)


class PlainView:
    """Every step on lines of its own, flushed as it is whole; tools in toolset order."""

    def __init__(self, tools: Sequence[str] = (), stream: TextIO | None = None) -> None:
        self._tools = tools
        self._stream = stream if stream is not None else sys.stdout
        self._draft: list[str] = []
        self._reports: list[SnippetsEvent] = []
        self._any = False

    def __enter__(self) -> PlainView:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()

    def show(self, step: TurnStep) -> None:
        if isinstance(step, (QueryEvent, ResponseEvent, ChatResponse)):
            self._flush()
        match step:
            case BaseEvent():
                self._draft.append(step.delta)
            case QueryEvent():
                self._line(f"query {step.round}: {one_line(step.query)}")
            case SnippetsEvent():
                self._reports.append(step)
            case ChatResponse():
                self._end(step)
            case _:
                pass  # deltas of the answer: `done` has it whole
        self._any = self._any or not isinstance(step, TurnEvent)

    def _end(self, answer: ChatResponse) -> None:
        if not self._any:
            for step in steps_of(answer):
                self.show(step)
        self._line(f"answer: {one_line(answer.response)}")
        if answer.stop_reason in STOPPED:
            self._line(f"  ({STOPPED[answer.stop_reason]})")

    def _flush(self) -> None:
        """The draft and the tools' answers are whole: another step follows, or the end."""
        if self._draft:
            self._line(f"draft: {one_line(''.join(self._draft))}")
        for report in in_order(self._reports, self._tools):
            self._line(f"  {report.tool} {report.status}")
            for result, source in zip(report.results, report.sources, strict=True):
                self._line(f"    {one_line(result)}{source_suffix(source)}")
        self._draft, self._reports = [], []

    def _line(self, text: str) -> None:
        print(text, file=self._stream, flush=True)
