"""`groundling chat` and `groundling ask`: what is printed, what is asked, how they end."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from rich.console import Console

from groundling.ask import run_ask
from groundling.chat import Chat
from groundling.client import BaseEvent, ResponseEvent, Retries
from groundling.dialog import Dialog
from groundling.views import LiveView, PlainView

SHOWN = """\
draft: He is 31.
query 1: Rafael Nadal's age
  calculator unparsed
  translator timeout
  retrieval ok
    Rafael Nadal / Age / 40
    Rafael Nadal / Born / 1986  [https://example.org/p]
answer: He is 40.
"""

TOOLS = ("calculator", "translator", "retrieval")


def chat(
    gateway: Any,
    *messages: str | type[BaseException],
    interactive: bool = False,
    role: str | None = None,
) -> int:
    """A plain chat in which these messages are typed."""
    typed: Iterator[str | type[BaseException]] = iter(messages)

    def read() -> str:
        message = next(typed, EOFError)
        if isinstance(message, str):
            return message
        raise message

    with gateway.client(Retries(0)) as client:
        dialog = Dialog(role=role)
        return Chat(
            client, read, lambda: PlainView(TOOLS), interactive=interactive, dialog=dialog
        ).run()


def test_a_plain_chat_shows_each_step_on_lines(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chat(gateway, "How old is Rafael Nadal?") == 0
    assert capsys.readouterr().out == SHOWN


def test_turns_share_a_session_until_a_new_dialog_begins(gateway: Any) -> None:
    chat(gateway, "one", "two", "/new", "three")
    assert [asked.get("session_id") for asked in gateway.asked] == [None, "session-1", None]


def test_empty_lines_and_commands_are_not_sent(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chat(gateway, "", "  ", "/help", "/nonsense", "/quit", "never read") == 0
    assert gateway.asked == []
    assert "/nonsense is no command" in capsys.readouterr().out


def test_ctrl_c_at_the_prompt_does_not_leave(gateway: Any) -> None:
    chat(gateway, KeyboardInterrupt, "hello")
    assert len(gateway.asked) == 1


def test_ctrl_c_in_a_turn_cancels_it_and_the_chat_goes_on(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.failure = KeyboardInterrupt()
    assert chat(gateway, "hello") == 0
    assert "the turn was cancelled" in capsys.readouterr().out


@pytest.mark.parametrize(("interactive", "status"), [(False, 1), (True, 0)])
def test_a_failed_turn_is_said_and_fails_a_script_but_not_a_dialog(
    gateway: Any,
    error_body: Any,
    capsys: pytest.CaptureFixture[str],
    interactive: bool,
    status: int,
) -> None:
    gateway.failure = error_body(503, "unavailable", "the model server is down")
    assert chat(gateway, "hello", interactive=interactive) == status
    assert "error: the model server is down" in capsys.readouterr().err


def test_no_text_reaches_the_terminal_as_an_escape_sequence(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.events[1] = ("base", {"delta": "red \x1b[31m \x9b1m", "draft": True})
    chat(gateway, "hello")
    out = capsys.readouterr().out
    assert "red" in out
    assert "\x1b" not in out
    assert "\x9b" not in out


def test_the_live_view_strikes_the_draft_that_was_corrected(gateway: Any) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system="truecolor", width=100)
    with gateway.client() as client, LiveView(console) as view:
        for step in client.stream("How old is Rafael Nadal?"):
            view.show(step)
    last = screen.getvalue().rpartition("draft")[2]
    assert "\x1b[2;9mHe is 31." in last
    assert "Rafael Nadal / Age / 40" in last
    assert "\x1b[1mHe is 40." in last


def test_the_live_view_strikes_the_draft_once_the_answer_being_written_departs_from_it() -> None:
    screen = io.StringIO()
    view = LiveView(Console(file=screen, force_terminal=True, color_system="truecolor", width=100))
    view.show(BaseEvent(delta="He is 31."))
    with view:
        view.show(ResponseEvent(delta="He is"))
    assert "\x1b[2mHe is 31." in screen.getvalue().rpartition("draft")[2]
    with view:
        view.show(ResponseEvent(delta=" 40."))
    assert "\x1b[2;9mHe is 31." in screen.getvalue().rpartition("draft")[2]


def test_a_turn_that_is_given_again_whole_is_shown_whole(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    turn, *_, (_, answer) = gateway.events
    rounds = [{"query": "Rafael Nadal's age", "tools": gateway.tools, "output": "User, He is 40."}]
    gateway.events = [turn, ("done", {**answer, "rounds": rounds})]
    chat(gateway, "How old is Rafael Nadal?")
    assert capsys.readouterr().out == SHOWN


def test_what_came_of_a_turn_that_failed_is_shown_before_the_error(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    detail = {"code": "upstream", "message": "the model broke", "request_id": "r"}
    gateway.events[3:] = [("error", {"error": detail})]
    assert chat(gateway, "How old?") == 1
    captured = capsys.readouterr()
    assert captured.out == "draft: He is 31.\n"
    assert captured.err == "error: the model broke (upstream, request r)\n"


@pytest.mark.parametrize(
    ("refusal", "remedy"),
    [
        ({"status": 401, "code": "unauthorized"}, "--api-key or GROUNDLING_API_KEY"),
        ({"status": 403, "code": "forbidden"}, "this API key may not do that"),
        ({"status": 429, "code": "rate_limited", "retry_after": "7"}, "try again in 7 s"),
        ({"status": 503, "code": "unavailable"}, "try again later"),
    ],
)
def test_a_refusal_says_what_can_be_done(
    gateway: Any, error_body: Any, capsys: pytest.CaptureFixture[str], refusal: Any, remedy: str
) -> None:
    gateway.failure = error_body(message="no", **refusal)
    chat(gateway, "hello")
    assert remedy in capsys.readouterr().err


def test_ask_prints_the_answer_alone(gateway: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway.client() as client:
        assert run_ask(client, "How old is Rafael Nadal?", role=None, as_json=False) == 0
    assert capsys.readouterr().out == "He is 40.\n"


def test_ask_json_prints_the_whole_turn(gateway: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway.client() as client:
        assert run_ask(client, "How old is Rafael Nadal?", role=None, as_json=True) == 0
    turn = json.loads(capsys.readouterr().out)
    assert (turn["base"], turn["response"]) == ("He is 31.", "He is 40.")


def test_ask_fails_with_a_word_on_where_no_gateway_answers(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.failure = httpx.ConnectError("refused")
    with gateway.client(Retries(0)) as client:
        assert run_ask(client, "hello", role=None, as_json=True) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no gateway answers at http://gateway.test (refused)" in captured.err
