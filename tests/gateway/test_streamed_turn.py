"""The loop of a streamed turn by itself: a model that streams as it is told, and no network."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.events import BaseDelta, ResponseDelta, TurnDone
from gateway.orchestrator import TurnLimits, run_turn
from gateway.retry import Retries
from gateway.schemas import ToolReport
from gateway.seams import ModelDeadline, ModelError, ModelFailed, ModelUnavailable
from services.contract import (
    BaseRequest,
    BaseResponse,
    Candidate,
    Delta,
    RecipientChosen,
    ResearchRequest,
    ResearchResponse,
    Sampling,
    Turn,
    Usage,
)

pytestmark = pytest.mark.anyio

USAGE = Usage(prompt_tokens=10, completion_tokens=2)
Piece = str | ModelError


async def no_wait(_: float) -> None:
    """Instead of sleeping before a retry."""


LIMITS = TurnLimits(
    budget_s=60.0,
    answer_reserve_s=8.0,
    max_rounds=4,
    snippets_per_tool=3,
    max_snippet_chars=300,
    max_query_chars=100,
    max_response_chars=1000,
    model_retries=Retries(2, 0.1, sleep=no_wait),
)


class StreamingModel:
    """Each call says the next of `scripts`: its recipient, if it is research, then pieces; an
    exception among them is raised. Knows what was asked, and how far each call was read."""

    def __init__(self, *scripts: list[Piece]) -> None:
        self.scripts = deque(scripts)
        self.asked: list[BaseRequest | ResearchRequest] = []
        self.read_to_end: list[bool] = []

    async def base(self, request: BaseRequest, timeout_s: float) -> BaseResponse:
        async for event in self.stream_base(request, timeout_s):
            if isinstance(event, BaseResponse):
                return event
        raise AssertionError

    async def research(self, request: ResearchRequest, timeout_s: float) -> ResearchResponse:
        async for event in self.stream_research(request, timeout_s, timeout_s):
            if isinstance(event, ResearchResponse):
                return event
        raise AssertionError

    async def stream_base(
        self, request: BaseRequest, timeout_s: float
    ) -> AsyncGenerator[Delta | BaseResponse, None]:
        said = ""
        for piece in self.next(request):
            said += piece
            yield Delta(index=0, text=piece)
        self.read_to_end[-1] = True
        only = Candidate(text=said, scores=None)
        yield BaseResponse(response=said, candidates=[only], usage=USAGE, model="fake")

    async def stream_research(
        self, request: ResearchRequest, timeout_s: float, answer_timeout_s: float
    ) -> AsyncGenerator[RecipientChosen | Delta | ResearchResponse, None]:
        assert timeout_s <= answer_timeout_s
        pieces, said = self.next(request), ""
        recipient = next(pieces)
        yield RecipientChosen.model_validate({"recipient": recipient})
        for piece in pieces:
            said += piece
            yield Delta(index=0, text=piece)
        self.read_to_end[-1] = True
        whole = {"recipient": recipient, "text": said, "usage": USAGE, "model": "fake"}
        yield ResearchResponse.model_validate(whole)

    def next(self, request: BaseRequest | ResearchRequest) -> Any:
        self.asked.append(request.model_copy(deep=True))
        self.read_to_end.append(False)
        return _pieces(self.scripts.popleft())


def _pieces(script: list[Piece]) -> Any:
    for piece in script:
        if isinstance(piece, ModelError):
            raise piece
        yield piece


class OneFact:
    names = ("retrieval",)

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def query(
        self, text: str, skip: Mapping[str, int], limit: int, timeout_s: float
    ) -> AsyncGenerator[ToolReport, None]:
        self.asked.append(text)
        yield ToolReport(
            tool="retrieval", status="ok", results=["User, fact"], sources=[None], elapsed_ms=1.0
        )


async def run(
    model: StreamingModel,
    sampling: Sampling | None = None,
    stream: bool = True,
    events: list[Any] | None = None,
) -> list[Any]:
    """All events; those before an exception are in `events`."""
    found = events if events is not None else []
    context = [Turn(role="user", content="How old?")]
    loop = run_turn(context, model, OneFact(), LIMITS, sampling=sampling, stream=stream)
    async for event in loop:
        found.append(event)
    return found


def texts(events: list[Any], kind: type[BaseDelta] | type[ResponseDelta]) -> list[str]:
    return [event.text for event in events if isinstance(event, kind)]


def done(events: list[Any]) -> TurnDone:
    assert isinstance(events[-1], TurnDone)
    return events[-1]


async def test_draft_and_answer_come_as_they_are_written_and_a_query_does_not() -> None:
    model = StreamingModel(
        ["He ", "is 31."], ["TS", "Nadal", " age"], ["User", "He", " is \n", " 40."]
    )
    events = await run(model)
    assert texts(events, BaseDelta) == ["He", " is 31."]
    assert texts(events, ResponseDelta) == ["He", " is", " 40."]
    assert (done(events).base, done(events).response) == ("He is 31.", "He is 40.")
    assert done(events).rounds[0].query == "Nadal age"
    assert done(events).usage == Usage(prompt_tokens=30, completion_tokens=6)


PIECE = st.one_of(
    st.sampled_from(["TS,", "User,", "TS", ",", " ", "User", "\n", "é", "\N{MAN}", "\x00"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)
PIECES = st.lists(PIECE, max_size=8)


@given(PIECES, PIECES, PIECES)
def test_a_streamed_turn_says_what_a_plain_one_says_and_nothing_of_a_query(
    base: list[str], query: list[str], answer: list[str]
) -> None:
    scripts: list[list[Piece]] = [
        [*base],
        ["TS", "q", *query],
        ["User", "a", *answer],
        ["User", "a", *answer],
    ]
    plain = anyio.run(run, StreamingModel(*scripts), None, False)
    streamed = anyio.run(run, StreamingModel(*scripts))
    assert texts(plain, BaseDelta) + texts(plain, ResponseDelta) == []
    assert "".join(texts(streamed, BaseDelta)) == done(streamed).base == done(plain).base
    assert "".join(texts(streamed, ResponseDelta)) == done(streamed).response
    assert done(streamed).response == done(plain).response
    assert done(streamed).rounds == done(plain).rounds


BOUNDS = Sampling(temperature=0.5, seed=3, max_tokens=9, stop=["stop"])
FREE = Sampling(temperature=0.5, seed=3)


@pytest.mark.parametrize("stream", [False, True])
async def test_bounds_of_the_answer_are_the_answers_alone(stream: bool) -> None:
    model = StreamingModel(["draft"], ["TS", "q"], ["User", "unbounded"], ["User", "bounded"])
    events = await run(model, BOUNDS, stream)
    assert [one.sampling for one in model.asked] == [FREE, FREE, FREE, BOUNDS]
    forced = [one.force_user for one in model.asked if isinstance(one, ResearchRequest)]
    assert forced == [False, False, True]
    assert (done(events).response, done(events).stop_reason) == ("bounded", "user")
    assert texts(events, ResponseDelta) == (["bounded"] if stream else [])
    assert model.read_to_end == [True, True, not stream, True], "a stream of no use is closed"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_draft_that_stands_in_is_cut_where_the_answer_was_to_stop(stream: bool) -> None:
    late = ModelDeadline("late")
    model = StreamingModel(["One. Two. Three."], ["TS", late], ["User", late])
    events = await run(model, Sampling(stop=["Three", "Two"]), stream)
    answer = done(events)
    assert (answer.response, answer.stop_reason) == ("One.", "deadline")
    assert answer.finish_reason == "stop"
    assert texts(events, ResponseDelta) == (["One."] if stream else [])


async def test_time_that_runs_out_in_an_answer_leaves_what_has_been_shown() -> None:
    model = StreamingModel(["draft"], ["User", "He is ", "40 ye", ModelDeadline("late")])
    events = await run(model)
    answer = done(events)
    assert "".join(texts(events, ResponseDelta)) == answer.response == "He is 40 ye"
    assert (answer.stop_reason, answer.finish_reason) == ("deadline", "length")


async def test_time_that_runs_out_before_an_answer_is_shown_leaves_the_draft_in_one_piece() -> None:
    late = ModelDeadline("late")
    model = StreamingModel(["the", " draft"], ["User", " \n", late], ["User", late])
    events = await run(model)
    assert texts(events, ResponseDelta) == ["the draft"]
    assert (done(events).response, done(events).stop_reason) == ("the draft", "deadline")


async def test_time_that_runs_out_in_the_draft_fails_the_turn() -> None:
    with pytest.raises(ModelDeadline):
        await run(StreamingModel(["the dr", ModelDeadline("late")]))


GONE = ModelUnavailable("gone")
RESTARTS: dict[str, list[list[Piece]]] = {
    "before the draft": [[GONE], ["draft"], ["User", "answer"]],
    "before the draft shows": [["\n", GONE], ["draft"], ["User", "answer"]],
    "in the query": [["draft"], ["TS", "q", GONE], ["User", "answer"]],
    "before the answer": [["draft"], [GONE], [GONE], ["User", "answer"]],
    "before the answer shows": [["draft"], ["User", GONE], ["User", "answer"]],
}


@pytest.mark.parametrize("case", RESTARTS)
async def test_a_model_that_goes_away_before_anything_was_shown_is_asked_again(case: str) -> None:
    events = await run(StreamingModel(*RESTARTS[case]))
    assert "".join(texts(events, BaseDelta)) == "draft"
    assert "".join(texts(events, ResponseDelta)) == done(events).response == "answer"
    assert done(events).stop_reason == "user"


BROKEN: dict[str, list[list[Piece]]] = {
    "in the draft": [["dra", GONE]],
    "in the answer": [["draft"], ["User", "ans", GONE]],
    "in every try": [["draft"], [GONE], [GONE], [GONE]],
}


@pytest.mark.parametrize("case", BROKEN)
async def test_what_was_shown_is_never_said_anew(case: str) -> None:
    model = StreamingModel(*BROKEN[case])
    with pytest.raises(ModelUnavailable):
        await run(model)
    assert not model.scripts


async def test_a_model_that_fails_otherwise_is_not_asked_again() -> None:
    model = StreamingModel(["draft"], [ModelFailed("broken")], ["User", "never asked for"])
    with pytest.raises(ModelFailed):
        await run(model)
    assert len(model.scripts) == 1
