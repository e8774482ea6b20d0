"""How a turn is shown as it happens: lines for pipes, a live display for terminals.

Covers: drawing each step of one turn. Does not cover: where steps come from (groundling.client) or
the dialog around them (groundling.chat).
"""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from gateway.schemas import (
    BaseEvent,
    ChatResponse,
    QueryEvent,
    ResponseEvent,
    SnippetsEvent,
    ToolReport,
)
from groundling.client import TurnStep
from groundling.terminal import one_line, printable
from services.contract import Source

STOPPED = {
    "max_rounds": "answered after the last toolset round allowed",
    "deadline": "answered because the turn's time was up",
    "exhausted": "answered because the toolset had nothing more",
}
LABEL_WIDTH = 7
STATUS_STYLE = {"ok": "green", "unparsed": "dim"}


class View(Protocol):
    def __enter__(self) -> View: ...
    def __exit__(self, *_: object) -> None: ...
    def show(self, step: TurnStep) -> None: ...


class PlainView:
    """Every step on lines of its own, flushed as it comes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout

    def __enter__(self) -> PlainView:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, step: TurnStep) -> None:
        match step:
            case BaseEvent():
                self._line(f"draft: {one_line(step.base)}")
            case QueryEvent():
                self._line(f"query {step.round}: {one_line(step.query)}")
            case SnippetsEvent():
                for tool in step.tools:
                    self._line(f"  {tool.tool} {tool.status}")
                    for result, source in zip(tool.results, tool.sources, strict=True):
                        self._line(f"    {one_line(result)}{_suffix(source)}")
            case ResponseEvent():
                self._line(f"answer: {one_line(step.response)}")
                if step.stop_reason in STOPPED:
                    self._line(f"  ({STOPPED[step.stop_reason]})")
            case _:
                pass

    def _line(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class LiveView:
    """The turn drawn in place: the draft first, struck through once the answer differs."""

    def __init__(self, console: Console) -> None:
        self._draft: str | None = None
        self._steps: list[RenderableType] = []
        self._answer: ResponseEvent | None = None
        self._waits = "drafting"
        self._ended = False
        self._spinner = Spinner("dots", style="dim")
        self._live = Live(console=console, refresh_per_second=10, get_renderable=self._draw)

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._live.stop()

    def show(self, step: TurnStep) -> None:
        match step:
            case BaseEvent():
                self._draft = step.base
                self._waits = "deciding what to look up"
            case QueryEvent():
                self._steps.append(_row("query", Text(printable(step.query), "cyan")))
                self._waits = "asking the tools"
            case SnippetsEvent():
                self._steps.extend(_tool_rows(tool) for tool in step.tools)
                self._waits = "rewriting"
            case ResponseEvent():
                self._answer = step
            case ChatResponse():
                self._ended = True
            case _:
                pass

    def _draw(self) -> RenderableType:
        rows: list[RenderableType] = []
        if self._draft is not None:
            corrected = self._answer is not None and self._answer.response != self._draft
            style = "dim strike" if corrected else "dim"
            rows.append(_row("draft", Text(printable(self._draft), style)))
        rows.extend(self._steps)
        if self._answer is not None:
            rows.append(_row("answer", Text(printable(self._answer.response), "bold")))
            if self._answer.stop_reason in STOPPED:
                rows.append(_row("", Text(STOPPED[self._answer.stop_reason], "dim italic")))
        elif not self._ended:
            self._spinner.update(text=Text(self._waits, "dim"))
            rows.append(self._spinner)
        return Group(*rows)


def view_for(console: Console, plain: bool) -> View:
    return PlainView() if plain else LiveView(console)


def _row(label: str, text: Text) -> RenderableType:
    """Label and text side by side; further lines of the text stay in its column."""
    row = Table.grid(padding=0)
    row.add_column(width=LABEL_WIDTH, style="dim")
    row.add_column(overflow="fold")
    row.add_row(label, text)
    return row


def _tool_rows(tool: ToolReport) -> RenderableType:
    style = STATUS_STYLE.get(tool.status, "yellow")
    head = Text.assemble((tool.tool, "dim"), " ", (tool.status, style))
    found = [
        Text.assemble("• ", printable(result), (_suffix(source), "dim"))
        for result, source in zip(tool.results, tool.sources, strict=True)
    ]
    return Padding(
        Group(head, *(Padding(line, (0, 0, 0, 2)) for line in found)), (0, 0, 0, LABEL_WIDTH)
    )


def _suffix(source: Source | None) -> str:
    if source is None:
        return ""
    return f"  [{one_line(source.url or source.title)}]"
