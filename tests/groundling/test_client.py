"""The client: typed steps of a turn, and one kind of error for each way it can fail.

Each claim is made of both clients: `run` drives the blocking one and the asynchronous one alike.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, Awaitable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import groundling.client
from gateway.schemas import BaseEvent, ChatResponse, SnippetsEvent
from groundling.client import (
    AsyncClient,
    BadAnswer,
    Client,
    GatewayError,
    NotRunning,
    QueryEvent,
    Retries,
    Sampling,
    Turn,
)

AT_ONCE = Retries(2, first_wait_s=0.0)


class Driver:
    """Calls a method of either client; what it iterates over comes as a list."""

    def __init__(self, gateway: Any, kind: str) -> None:
        self._gateway = gateway
        self._kind = kind

    def __call__(self, method: str, *arguments: Any, **options: Any) -> Any:
        if self._kind == "blocking":
            with self._gateway.client(AT_ONCE) as client:
                found = getattr(client, method)(*arguments, **options)
                return [*found] if isinstance(found, Iterator) else found
        return asyncio.run(self._asynchronously(method, arguments, options))

    async def _asynchronously(self, method: str, arguments: Any, options: Any) -> Any:
        async with self._gateway.async_client(AT_ONCE) as client:
            found = getattr(client, method)(*arguments, **options)
            if isinstance(found, AsyncIterable):
                return [one async for one in found]
            assert isinstance(found, Awaitable)
            return await found


@pytest.fixture(params=["blocking", "asynchronous"])
def run(gateway: Any, request: pytest.FixtureRequest) -> Driver:
    return Driver(gateway, request.param)


def test_a_streamed_turn_comes_step_by_step_and_ends_with_the_whole_answer(
    gateway: Any, run: Driver
) -> None:
    steps = run("stream", "How old is Rafael Nadal?", request_id="turn-7")
    assert [type(step).__name__ for step in steps] == [
        "TurnEvent",
        *["BaseEvent"] * 2,
        "QueryEvent",
        *["SnippetsEvent"] * 3,
        *["ResponseEvent"] * 2,
        "ChatResponse",
    ]
    assert isinstance(steps[4], SnippetsEvent)
    assert steps[4].sources[0] is None
    assert gateway.asked == [
        {"message": "How old is Rafael Nadal?", "request_id": "turn-7", "stream": True}
    ]


def test_every_option_of_a_turn_is_sent(gateway: Any, run: Driver) -> None:
    answer = run(
        "chat",
        "And now?",
        history=[Turn(role="user", content="Hi"), Turn(role="assistant", content="Hello")],
        role="everest",
        max_rounds=2,
        deadline_ms=5000,
        sampling=Sampling(temperature=0.5, seed=1),
    )
    assert isinstance(answer, ChatResponse)
    assert gateway.asked == [
        {
            "message": "And now?",
            "history": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"},
            ],
            "role": "everest",
            "max_rounds": 2,
            "deadline_ms": 5000,
            "sampling": {"temperature": 0.5, "seed": 1},
        }
    ]


def test_an_option_that_no_turn_has_is_a_type_error(run: Driver) -> None:
    with pytest.raises(TypeError, match="no option 'temperature'"):
        run("chat", "hello", temperature=1.0)


def test_a_turn_that_is_stored_is_named_and_each_one_differently(gateway: Any, run: Driver) -> None:
    run("chat", "one", session_id="session-1")
    run("chat", "two", session_id="session-1")
    first, second = (asked["request_id"] for asked in gateway.asked)
    assert first != second


def test_the_rest_of_the_gateway_is_typed(gateway: Any, run: Driver) -> None:
    assert [tool.name for tool in run("tools")] == ["calculator", "translator", "retrieval"]
    assert run("roles")[0].turns[0].content == "Hi, I'm Mount Everest."
    assert run("toolset", "135+7721", skip={"retrieval": 3}, limit=1).results == ["7856"]
    assert run("session", "session-2").turns[0].answer.response == "He is 40."
    assert run("export_session", "session-2").session.session_id == "session-2"
    assert run("delete_session", "session-2") is None
    assert gateway.calls[-1] == ("DELETE", "/v1/sessions/session-2")
    assert run("check") is None


def test_sessions_are_listed_over_all_pages(gateway: Any, run: Driver) -> None:
    found = [session.session_id for session in run("sessions")]
    assert found == ["session-1", "session-2", "session-3"]
    assert len(gateway.calls) == 2


@pytest.mark.parametrize("session_id", ["", "..", "."])
def test_a_session_id_that_would_be_another_path_is_refused(run: Driver, session_id: str) -> None:
    with pytest.raises(ValueError, match="no session's id"):
        run("delete_session", session_id)


def test_a_session_id_stays_one_part_of_the_path(gateway: Any, run: Driver) -> None:
    run("delete_session", "../tools?x=/")
    assert gateway.calls == [("DELETE", "/v1/sessions/..%2Ftools%3Fx%3D%2F")]


def test_line_separators_in_a_streamed_answer_are_text(gateway: Any, run: Driver) -> None:
    answer = "one\u2028two\u2029three\u0085four"
    gateway.events[1] = ("base", {"delta": answer, "draft": True})
    step = run("stream", "hello")[1]
    assert isinstance(step, BaseEvent)
    assert step.delta == answer


def test_of_a_gateway_elsewhere_it_says_why_it_cannot_be_reached(gateway: Any, run: Driver) -> None:
    gateway.failure = httpx.ConnectError("certificate verify failed")
    with pytest.raises(NotRunning) as told:
        run("check")
    assert (
        str(told.value) == "no gateway answers at http://gateway.test (certificate verify failed)"
    )


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_password_in_an_address_is_refused_and_not_repeated(
    kind: type[Client | AsyncClient],
) -> None:
    with pytest.raises(BadAnswer, match="a gateway takes an API key") as told:
        kind("https://me:hunter2@chat.example.org")
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("method", ["chat", "stream"])
def test_an_error_body_becomes_an_error_with_its_parts(
    gateway: Any, error_body: Any, run: Driver, method: str
) -> None:
    gateway.failure = error_body(409, "conflict", "it still runs", retry_after="3")
    with pytest.raises(GatewayError, match=r"still runs \(conflict, request request-1\)") as told:
        run(method, "hello")
    error = told.value
    assert (error.code, error.status, error.request_id) == ("conflict", 409, "request-1")
    assert error.retry_after_s == 3.0


def test_an_error_event_ends_the_turn(gateway: Any, run: Driver) -> None:
    detail = {"code": "deadline", "message": "too late", "request_id": "r"}
    gateway.events[2:] = [("error", {"error": detail})]
    with pytest.raises(GatewayError, match="too late") as told:
        run("stream", "hello")
    assert told.value.status == 504


def test_a_stream_that_breaks_off_is_an_error(gateway: Any, run: Driver) -> None:
    del gateway.events[-1]
    with pytest.raises(BadAnswer, match="broke off"):
        run("stream", "hello")


def test_an_event_of_an_unknown_name_is_passed_over(gateway: Any, run: Driver) -> None:
    gateway.events.insert(1, ("safety", {"ok": True}))
    assert isinstance(run("stream", "hello")[-1], ChatResponse)


@pytest.mark.parametrize("version", [2, None])
def test_events_of_another_version_are_refused(gateway: Any, run: Driver, version: Any) -> None:
    gateway.events[0] = ("turn", {**gateway.events[0][1], "version": version})
    with pytest.raises(BadAnswer, match=f"version {version}, and this client reads version 1"):
        run("stream", "hello")


@pytest.mark.parametrize(
    "answer",
    [
        (200, "<html>"),
        (502, "<html>"),
        (200, '{"response": "hi"}'),
    ],
)
def test_what_is_no_gateway_is_said_to_be_none(
    gateway: Any, run: Driver, answer: tuple[int, str]
) -> None:
    status, text = answer
    gateway.failure = httpx.Response(status, text=text)
    with pytest.raises(BadAnswer):
        run("chat", "hello")


@pytest.mark.parametrize("method", ["chat", "stream"])
def test_a_turn_is_asked_again_under_its_name_where_that_may_help(
    gateway: Any, error_body: Any, run: Driver, method: str
) -> None:
    busy = error_body(429, "overloaded", "a queue is full", retry_after="0")
    gateway.failures.extend([httpx.ConnectError("refused"), busy])
    run(method, "hello")
    assert len(gateway.asked) == 3
    assert len({asked["request_id"] for asked in gateway.asked}) == 1


def test_retries_end(gateway: Any, run: Driver) -> None:
    gateway.failure = httpx.ConnectError("refused")
    with pytest.raises(NotRunning):
        run("chat", "hello")
    assert len(gateway.asked) == 1 + AT_ONCE.limit


def test_what_would_fail_again_and_a_turn_that_has_begun_are_not_asked_again(
    gateway: Any, error_body: Any, run: Driver
) -> None:
    gateway.failure = error_body(503, "unavailable", "no Retry-After")
    with pytest.raises(GatewayError):
        run("chat", "hello")
    gateway.failure = error_body(503, "unavailable", "too long a wait", retry_after="3600")
    with pytest.raises(GatewayError):
        run("chat", "hello")
    gateway.failure = None
    del gateway.events[-1]
    with pytest.raises(BadAnswer):
        run("stream", "hello")
    assert len(gateway.asked) == 3


def test_waits_grow_at_most_to_the_doubled_bound() -> None:
    policy = Retries(8, first_wait_s=1.0, longest_wait_s=4.0)
    for attempt, bound_s in enumerate([1.0, 2.0, 4.0, 4.0]):
        drawn = [policy.wait_s(NotRunning("http://x"), attempt) for _ in range(50)]
        assert all(wait_s is not None and 0 <= wait_s <= bound_s for wait_s in drawn)
        assert len(set(drawn)) > 1


def test_an_api_key_goes_with_every_call(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(gateway)
    with Client("http://gateway.test", api_key="gl_1", transport=transport) as client:
        client.chat("hello")
    monkeypatch.setenv("GROUNDLING_API_KEY", "gl_2\n")
    with Client("http://gateway.test", transport=transport) as client:
        list(client.stream("hello"))
    assert gateway.keys == ["Bearer gl_1", "Bearer gl_2"]


@pytest.mark.parametrize("key", ["gl_\nx", "gl_ü", " "])
def test_what_cannot_be_a_key_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as told:
        Client(api_key=key)
    assert key.strip() not in str(told.value) or not key.strip()


class Watched(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A stream of the gateway's that remembers whether it was closed."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self.closed = False

    def __iter__(self) -> Any:
        yield from self._pieces

    async def __aiter__(self) -> Any:
        for piece in self._pieces:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def test_leaving_a_stream_closes_its_connection(gateway: Any) -> None:
    pieces = [gateway.stream_of(gateway.events[:4]), gateway.stream_of(gateway.events[4:])]
    gateway.failure = httpx.Response(200, stream=(watched := Watched(pieces)))
    with gateway.client() as client, client.stream("hello") as steps:
        for step in steps:
            if isinstance(step, QueryEvent):
                break
    assert watched.closed


def test_leaving_an_asynchronous_stream_closes_its_connection(gateway: Any) -> None:
    pieces = [gateway.stream_of(gateway.events[:4]), gateway.stream_of(gateway.events[4:])]
    gateway.failure = httpx.Response(200, stream=(watched := Watched(pieces)))

    async def leave() -> None:
        async with gateway.async_client() as client, client.stream("hello") as steps:
            async for step in steps:
                if isinstance(step, QueryEvent):
                    break
            assert not watched.closed
        assert watched.closed

    asyncio.run(leave())


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        return {
            name.removeprefix("a") if name == "aclose" else name: [
                *inspect.signature(one).parameters
            ]
            for name, one in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert methods(Client) == methods(AsyncClient)


def test_the_packages_say_that_they_are_typed() -> None:
    root = Path(groundling.client.__file__).parent.parent.parent
    assert all(
        (root / name / "py.typed").is_file() for name in ("groundling", "gateway", "services")
    )
