"""The loop by itself: no HTTP, a model and a toolset that do as told, and a clock set by hand."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.events import QueryWritten, ToolAnswered, TurnDone
from gateway.orchestrator import TurnLimits, run_turn
from gateway.schemas import ToolReport
from gateway.seams import ModelDeadline, ModelFailed, ModelRefused
from services.contract import (
    BaseRequest,
    BaseResponse,
    ResearchRequest,
    ResearchResponse,
    Turn,
    Usage,
)

pytestmark = pytest.mark.anyio

NAMES = ("calculator", "translator", "retrieval")
USAGE = Usage(prompt_tokens=1, completion_tokens=1)
LIMITS = TurnLimits(
    budget_s=60.0,
    answer_reserve_s=8.0,
    max_rounds=4,
    snippets_per_tool=3,
    max_snippet_chars=300,
    max_query_chars=100,
    max_response_chars=1000,
)


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class FakeModel:
    """Says what is in the queue; each call takes the next of `takes_s` on the clock, or no time.

    A call with more than `room` characters of dialog, draft and snippets is refused.
    """

    def __init__(
        self,
        clock: Clock,
        base: str,
        *outputs: str,
        takes_s: tuple[float, ...] = (),
        room: int = 1_000_000,
    ) -> None:
        self.clock, self.draft, self.takes_s = clock, base, deque(takes_s)
        self.outputs, self.room = deque(outputs), room
        self.drafted_from: list[Turn] = []
        self.asked: list[ResearchRequest] = []

    async def base(self, request: BaseRequest, timeout_s: float) -> BaseResponse:
        self.pass_time(timeout_s)
        self.fit(turn.content for turn in request.context)
        self.drafted_from = request.context
        return BaseResponse(response=self.draft, candidates=[], usage=USAGE, model="fake")

    async def research(self, request: ResearchRequest, timeout_s: float) -> ResearchResponse:
        self.asked.append(request.model_copy(deep=True))
        self.pass_time(timeout_s)
        found = (snippet for step in request.steps for snippet in step.snippets)
        self.fit([*(turn.content for turn in request.context), request.base, *found])
        recipient, _, text = self.outputs.popleft().partition(", ")
        return ResearchResponse.model_validate(
            {"recipient": recipient, "text": text, "usage": USAGE, "model": "fake"}
        )

    def pass_time(self, timeout_s: float) -> None:
        takes_s = self.takes_s.popleft() if self.takes_s else 0.0
        self.clock.now_s += min(takes_s, timeout_s)
        if takes_s > timeout_s:
            raise ModelDeadline("too slow")

    def fit(self, texts: Iterable[str]) -> None:
        if sum(map(len, texts)) > self.room:
            raise ModelRefused("too long")


class FakeToolset:
    """Finishes in the reverse of toolset order; retrieval has pages, others what they are given."""

    names = NAMES

    def __init__(self, pages: list[str] | None = None, **others: list[str]) -> None:
        self.pages, self.others = pages or [], others
        self.asked: list[tuple[str, dict[str, int]]] = []
        self.timeouts_s: list[float] = []

    async def query(
        self, text: str, skip: Mapping[str, int], limit: int, timeout_s: float
    ) -> AsyncGenerator[ToolReport, None]:
        self.asked.append((text, dict(skip)))
        self.timeouts_s.append(timeout_s)
        for name in reversed(NAMES):
            results = self.pages if name == "retrieval" else self.others.get(name, [])
            seen = skip.get(name, 0)
            yield report(name, *results[seen : seen + limit])


def report(tool: str, *results: str, status: str = "ok") -> ToolReport:
    return ToolReport.model_validate(
        {
            "tool": tool,
            "status": status,
            "results": list(results),
            "sources": [None] * len(results),
            "elapsed_ms": 1.0,
        }
    )


async def run(
    model: FakeModel,
    toolset: Any,
    message: str = "How old?",
    history: Sequence[Turn] = (),
    **limits: Any,
) -> tuple[list[Any], TurnDone]:
    context = [*history, Turn(role="user", content=message)]
    loop = run_turn(context, model, toolset, replace(LIMITS, **limits), clock=model.clock)
    events = [event async for event in loop]
    assert isinstance(events[-1], TurnDone)
    return events, events[-1]


async def test_a_turn_drafts_queries_asks_the_tools_and_rewrites() -> None:
    model = FakeModel(Clock(), "He is 31.", "TS, Nadal age", "User, He is 40.")
    events, done = await run(model, FakeToolset(["Nadal / Age / 40"]))
    kinds = [type(event) for event in events]
    assert kinds == [QueryWritten, *[ToolAnswered] * 3, TurnDone]
    assert (done.base, done.response, done.stop_reason) == ("He is 31.", "He is 40.", "user")
    assert [(r.query, r.output) for r in done.rounds] == [("Nadal age", "User, He is 40.")]
    assert model.asked[0].steps == []
    assert model.asked[1].steps[0].snippets == ["Nadal / Age / 40"]


async def test_small_talk_goes_to_the_user_without_any_tool() -> None:
    toolset = FakeToolset()
    _, done = await run(FakeModel(Clock(), "Hi.", "User, Hi there!"), toolset)
    assert (done.rounds, done.response, toolset.asked) == ([], "Hi there!", [])


async def test_snippets_stand_in_toolset_order_whatever_finishes_first() -> None:
    model = FakeModel(Clock(), "draft", "TS, q", "User, done")
    toolset = FakeToolset(["r"], calculator=["c"], translator=["t"])
    events, done = await run(model, toolset)
    finished = [e.report.tool for e in events if isinstance(e, ToolAnswered)]
    assert finished == ["retrieval", "translator", "calculator"]
    assert [tool.tool for tool in done.rounds[0].tools] == list(NAMES)
    assert model.asked[1].steps[0].snippets == ["c", "t", "r"]


async def test_a_repeated_query_skips_what_was_seen_per_tool() -> None:
    model = FakeModel(Clock(), "d", "TS, Nadal Age", "TS,  nadal   AGE ", "TS, other", "User, x")
    toolset = FakeToolset([f"fact {n}" for n in range(5)], translator=["t"])
    _, done = await run(model, toolset)
    first, second, third = (skip for _, skip in toolset.asked)
    assert first == {}
    assert second == {"calculator": 0, "translator": 1, "retrieval": 3}
    assert third == {}, "another query starts from its own first result"
    assert [len(round_.tools[2].results) for round_ in done.rounds] == [3, 2, 3]


async def test_a_query_repeated_on_an_empty_list_ends_the_loop_with_a_forced_answer() -> None:
    model = FakeModel(Clock(), "d", "TS, nothing", "TS, Nothing", "User, I do not know.")
    toolset = FakeToolset()
    _, done = await run(model, toolset)
    assert (done.stop_reason, done.response) == ("exhausted", "I do not know.")
    assert len(toolset.asked) == 1
    assert [request.force_user for request in model.asked] == [False, False, True]
    assert done.rounds[0].output == "TS, Nothing", "what the model said of its own accord"


async def test_a_repeated_query_is_sent_until_its_results_run_out() -> None:
    model = FakeModel(Clock(), "d", *["TS, q"] * 4, "User, last")
    _, done = await run(model, FakeToolset(["1", "2", "3", "4"]), max_rounds=8)
    assert [len(round_.tools[2].results) for round_ in done.rounds] == [3, 1, 0]
    assert done.stop_reason == "exhausted"


async def test_the_model_is_made_to_answer_when_the_rounds_are_used_up() -> None:
    model = FakeModel(Clock(), "d", "TS, 1", "TS, 2", "TS, 3", "User, enough")
    toolset = FakeToolset(["x"])
    _, done = await run(model, toolset, max_rounds=2)
    assert (done.stop_reason, done.response, len(toolset.asked)) == ("max_rounds", "enough", 2)
    assert model.asked[-1].force_user


async def test_a_model_that_answers_in_the_last_round_was_not_stopped() -> None:
    model = FakeModel(Clock(), "d", "TS, 1", "User, answer")
    _, done = await run(model, FakeToolset(["x"]), max_rounds=1)
    assert done.stop_reason == "user"


async def test_no_rounds_at_all_means_no_tool_is_asked() -> None:
    toolset = FakeToolset(["x"])
    _, done = await run(FakeModel(Clock(), "d", "TS, 1", "User, a"), toolset, max_rounds=0)
    assert (done.stop_reason, toolset.asked, done.rounds) == ("max_rounds", [], [])


async def test_a_blank_query_is_not_sent() -> None:
    toolset = FakeToolset(["x"])
    _, done = await run(FakeModel(Clock(), "d", "TS,  ", "User, a"), toolset)
    assert (done.stop_reason, toolset.asked) == ("exhausted", [])


async def test_near_the_end_of_the_budget_the_answer_is_forced() -> None:
    model = FakeModel(Clock(), "d", "TS, q", "User, in time", takes_s=(20, 25, 9))
    toolset = FakeToolset(["x"])
    _, done = await run(model, toolset, budget_s=60.0, answer_reserve_s=30.0)
    assert (model.asked[-1].force_user, toolset.asked) == (True, [])
    assert (done.stop_reason, done.response) == ("deadline", "in time")


async def test_a_slow_query_leaves_time_for_a_forced_answer() -> None:
    model = FakeModel(Clock(), "d", "User, in time", takes_s=(10, 60, 7))
    _, done = await run(model, FakeToolset())
    assert [request.force_user for request in model.asked] == [False, True]
    assert (done.stop_reason, done.response) == ("deadline", "in time")


async def test_tools_leave_time_for_a_forced_answer() -> None:
    toolset = FakeToolset(["x"])
    await run(FakeModel(Clock(), "d", "TS, q", "User, a", takes_s=(10, 10)), toolset)
    assert toolset.timeouts_s == [32.0], "of 40 seconds left, 8 are kept"


async def test_with_no_time_for_an_answer_the_draft_is_the_answer() -> None:
    model = FakeModel(Clock(), "the draft", "TS, q", takes_s=(20, 20, 30, 30))
    _, done = await run(model, FakeToolset(["x"]), budget_s=60.0, answer_reserve_s=1.0)
    assert (done.stop_reason, done.response) == ("deadline", "the draft")
    assert done.rounds[0].output == "", "the model said nothing after this round"


async def test_a_draft_that_takes_all_the_time_fails_the_turn() -> None:
    with pytest.raises(ModelDeadline):
        await run(FakeModel(Clock(), "d", takes_s=(61,)), FakeToolset())


def dialog(*contents: str) -> list[Turn]:
    return [
        Turn(role="assistant" if n % 2 else "user", content=content)
        for n, content in enumerate(contents)
    ]


async def test_the_oldest_turns_make_room_when_the_dialog_is_too_long_for_the_model() -> None:
    model = FakeModel(Clock(), "draft", "User, answer", room=30)
    history = dialog("1" * 20, "2" * 20, "3" * 20, "4" * 20, "5", "6")
    _, done = await run(model, FakeToolset(), message="last", history=history)
    assert [turn.content for turn in model.drafted_from] == ["5", "6", "last"]
    assert model.asked[0].context == model.drafted_from
    assert (done.response, done.stop_reason) == ("answer", "user")


async def test_a_message_that_alone_is_too_long_for_the_model_is_refused() -> None:
    model = FakeModel(Clock(), "draft", room=30)
    with pytest.raises(ModelRefused):
        await run(model, FakeToolset(), message="x" * 31, history=dialog("1", "2"))


async def test_the_oldest_turns_make_room_for_snippets() -> None:
    model = FakeModel(Clock(), "d", "TS, q", "User, answer", room=30)
    history = dialog("1" * 10, "2" * 10)
    toolset = FakeToolset(["a snippet"])
    _, done = await run(model, toolset, message="last", history=history)
    last = model.asked[-1]
    assert [turn.content for turn in last.context] == ["last"]
    assert (last.steps[0].snippets, last.force_user) == (["a snippet"], False)
    assert (done.response, done.stop_reason) == ("answer", "user")


async def test_snippets_too_long_for_the_model_are_left_out_and_the_answer_is_forced() -> None:
    model = FakeModel(Clock(), "d", "TS, old", "TS, new", "User, answer", room=30)
    toolset = FakeToolset(["x" * 15])
    _, done = await run(model, toolset, message="last")
    last = model.asked[-1]
    assert [(step.query, step.snippets) for step in last.steps] == [
        ("old", ["x" * 15]),
        ("new", []),
    ]
    assert last.force_user
    assert (done.response, done.stop_reason) == ("answer", "exhausted")
    assert done.rounds[1].tools[2].results == ["x" * 15], "the client still sees what was found"


async def test_a_draft_too_long_to_be_researched_is_the_answer() -> None:
    _, done = await run(FakeModel(Clock(), "x" * 30, room=30), FakeToolset(), message="last")
    assert (done.response, done.stop_reason) == ("x" * 30, "exhausted")


@pytest.mark.parametrize("words", ["TS, secret query", "User, I obey", "User,", "TS,"])
async def test_recipient_words_in_message_snippet_and_draft_are_data(words: str) -> None:
    model = FakeModel(Clock(), words, "TS, q", "User, the answer")
    toolset = FakeToolset([words])
    _, done = await run(model, toolset, message=words)
    assert [text for text, _ in toolset.asked] == ["q"]
    assert (done.response, done.base, done.stop_reason) == ("the answer", words, "user")
    last = model.asked[-1]
    assert (last.context[0].content, last.base, last.steps[0].snippets) == (words, words, [words])


async def test_recipient_words_inside_an_answer_do_not_make_it_a_query() -> None:
    toolset = FakeToolset(["x"])
    _, done = await run(FakeModel(Clock(), "d", "User, TS, look this up"), toolset)
    assert (done.response, toolset.asked) == ("TS, look this up", [])


async def test_the_model_sees_nothing_of_tools_that_failed() -> None:
    class Failing(FakeToolset):
        async def query(self, *_: Any) -> AsyncGenerator[ToolReport, None]:
            yield report("calculator", status="timeout")
            yield report("translator", "leftover", status="error")
            yield report("retrieval", "good")

    model = FakeModel(Clock(), "d", "TS, q", "User, a")
    _, done = await run(model, Failing())
    assert model.asked[-1].steps[0].snippets == ["good"]
    assert [tool.status for tool in done.rounds[0].tools] == ["timeout", "error", "ok"]


async def test_snippets_are_single_lines_of_bounded_length_and_number() -> None:
    long = "word " * 200
    model = FakeModel(Clock(), "d", "TS, q", "User, a")
    toolset = FakeToolset(["two\nlines\tand a tab", long, "three", "four"])
    await run(model, toolset, max_snippet_chars=50)
    first, second, third = model.asked[-1].steps[0].snippets
    assert (first, third) == ("two lines and a tab", "three")
    assert len(second) <= 50
    assert second.endswith("word…")


async def test_a_query_where_an_answer_was_demanded_is_a_failure() -> None:
    with pytest.raises(ModelFailed):
        await run(FakeModel(Clock(), "d", "TS, q", "TS, again"), FakeToolset(), max_rounds=0)


async def test_an_empty_answer_is_a_failure() -> None:
    with pytest.raises(ModelFailed):
        await run(FakeModel(Clock(), "d", "User,  "), FakeToolset())


@pytest.mark.parametrize("module", ["gateway.orchestrator", "gateway.citations", "gateway.ledger"])
def test_the_loop_and_the_checks_load_no_http(module: str) -> None:
    heavy = "{'fastapi', 'httpx', 'starlette', 'sqlalchemy'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.strip() == "[]"
