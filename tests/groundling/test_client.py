"""The client: typed steps of a turn, and one kind of error for each way it can fail."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gateway.schemas import BaseEvent, ChatResponse, SnippetsEvent
from groundling.client import BadAnswer, GatewayError, NotRunning


def test_a_streamed_turn_comes_step_by_step_and_ends_with_the_whole_answer(gateway: Any) -> None:
    with gateway.client() as client:
        steps = list(client.stream("How old is Rafael Nadal?"))
    assert isinstance(steps[1], BaseEvent)
    assert isinstance(steps[3], SnippetsEvent)
    assert steps[3].tools[2].sources[0] is None
    assert isinstance(steps[-1], ChatResponse)
    assert gateway.asked == [{"message": "How old is Rafael Nadal?", "stream": True}]


def test_line_separators_in_a_streamed_answer_are_text(gateway: Any) -> None:
    answer = "one\u2028two\u2029three\u0085four"
    gateway.events[1] = ("base", {"base": answer, "elapsed_ms": 1.0})
    with gateway.client() as client:
        step = list(client.stream("hello"))[1]
    assert isinstance(step, BaseEvent)
    assert step.base == answer


def test_a_session_is_continued(gateway: Any) -> None:
    with gateway.client() as client:
        client.chat("And now?", session_id="session-1")
    assert gateway.asked == [{"message": "And now?", "session_id": "session-1"}]


def test_nothing_at_the_address_says_how_to_start_it(gateway: Any) -> None:
    gateway.failure = httpx.ConnectError("refused")
    with gateway.client() as client, pytest.raises(NotRunning, match="start it with: make run"):
        client.check()


def test_an_error_body_becomes_an_error_with_code_and_request_id(
    gateway: Any, error_body: Any
) -> None:
    gateway.failure = error_body(503, "unavailable", "the model server is down")
    with gateway.client() as client:
        for call in (client.chat, lambda text: list(client.stream(text))):
            with pytest.raises(GatewayError, match=r"is down \(unavailable, request request-1\)"):
                call("hello")


def test_an_error_event_ends_the_turn(gateway: Any) -> None:
    detail = {"code": "deadline", "message": "too late", "request_id": "r"}
    gateway.events[2:] = [("error", {"error": detail})]
    with gateway.client() as client, pytest.raises(GatewayError, match="too late"):
        list(client.stream("hello"))


def test_a_stream_that_breaks_off_is_an_error(gateway: Any) -> None:
    del gateway.events[-1]
    with gateway.client() as client, pytest.raises(BadAnswer, match="broke off"):
        list(client.stream("hello"))


def test_an_event_of_a_later_version_is_passed_over(gateway: Any) -> None:
    gateway.events.insert(1, ("safety", {"ok": True}))
    with gateway.client() as client:
        assert isinstance(list(client.stream("hello"))[-1], ChatResponse)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(502, text="<html>"),
        httpx.Response(200, json={"response": "hi"}),
    ],
)
def test_what_is_no_gateway_is_said_to_be_none(gateway: Any, answer: httpx.Response) -> None:
    gateway.failure = answer
    with gateway.client() as client, pytest.raises(BadAnswer):
        client.chat("hello")
