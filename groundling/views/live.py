"""A turn drawn in place, for terminals.

Covers: text as it is written, the draft struck through once the answer departs from it, each tool
as it finishes. Does not cover: output that is no terminal (groundling.views.plain).
"""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from gateway.schemas import ToolReport
from groundling.client import (
    BaseEvent,
    ChatResponse,
    QueryEvent,
    ResponseEvent,
    SnippetsEvent,
    TurnStep,
)
from groundling.terminal import printable
from groundling.views.shown import STOPPED, source_suffix, steps_of

LABEL_WIDTH = 7
STATUS_STYLE = {"ok": "green", "unparsed": "dim"}


class LiveView:
    def __init__(self, console: Console) -> None:
        self._draft = ""
        self._steps: list[RenderableType] = []
        self._answer = ""
        self._done: ChatResponse | None = None
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
                self._draft += step.delta
            case QueryEvent():
                self._steps.append(_row("query", Text(printable(step.query), "cyan")))
                self._waits = "asking the tools"
            case SnippetsEvent():
                self._steps.append(_tool_rows(step))
                self._waits = "reading what the tools found"
            case ResponseEvent():
                self._answer += step.delta
            case ChatResponse():
                if not self._draft and not self._answer:
                    for one in steps_of(step):
                        self.show(one)
                self._done, self._ended = step, True
            case _:
                pass

    def _draw(self) -> RenderableType:
        rows: list[RenderableType] = []
        if self._draft:
            style = "dim strike" if self._corrected() else "dim"
            rows.append(_row("draft", Text(printable(self._draft), style)))
        rows.extend(self._steps)
        if self._answer:
            rows.append(_row("answer", Text(printable(self._answer), "bold")))
        if self._done is not None and self._done.stop_reason in STOPPED:
            rows.append(_row("", Text(STOPPED[self._done.stop_reason], "dim italic")))
        if not self._ended:
            self._spinner.update(text=Text("" if self._answer else self._waits, "dim"))
            rows.append(self._spinner)
        return Group(*rows)

    def _corrected(self) -> bool:
        """The answer says something else; one still being written, as far as it goes."""
        if self._done is not None:
            return self._answer != self._draft
        return not self._draft.startswith(self._answer)


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
        Text.assemble("• ", printable(result), (source_suffix(source), "dim"))
        for result, source in zip(tool.results, tool.sources, strict=True)
    ]
    return Padding(
        Group(head, *(Padding(line, (0, 0, 0, 2)) for line in found)), (0, 0, 0, LABEL_WIDTH)
    )
