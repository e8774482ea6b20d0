"""Every process on real sockets, the scripted stand-in for the language model.

The tools are the real ones; what the stand-in writes is fixed, so what is tested here is the way of
a turn through the processes, not the model's words.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import groupby
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from groundling.cli import main
from services.chassis.sse import EventParser
from services.contract import discover_tools

TOOLS = [tool.name for tool in discover_tools()]


@pytest.fixture
def chat(scripted_url: str) -> Any:
    """`chat("message", field=…)` is one turn's answer."""

    def ask(message: str, **fields: Any) -> Any:
        answer = httpx.post(f"{scripted_url}/v1/chat", json={"message": message, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def reports(turn: Any) -> dict[str, Any]:
    return {report["tool"]: report for report in turn["rounds"][0]["tools"]}


@pytest.mark.parametrize(
    ("message", "tool", "found"),
    [
        ("What is 135+7721?", "calculator", r"7856"),
        ("How do you say hello in French?", "translator", r"Bonjour"),
        ("How old is Rafael Nadal?", "retrieval", r"Rafael Nadal / Age / \d{2}"),
    ],
)
def test_a_question_is_asked_of_every_tool_and_answered_with_what_the_right_one_found(
    chat: Any, message: str, tool: str, found: str
) -> None:
    turn = chat(message)
    assert [report["tool"] for report in turn["rounds"][0]["tools"]] == TOOLS
    assert reports(turn)[tool]["status"] == "ok"
    assert re.fullmatch(found, reports(turn)[tool]["results"][0])
    assert turn["response"].endswith(reports(turn)[tool]["results"][0].rpartition(" / ")[2])
    assert turn["base"].startswith("[scripted]")
    assert turn["stop_reason"] == "user"


def test_small_talk_asks_no_tool(chat: Any) -> None:
    turn = chat("Good morning to you.")
    assert turn["rounds"] == []
    assert turn["response"].startswith("[scripted]")


def test_a_streamed_turn_shows_its_steps_in_order_and_ends_with_the_same_answer(
    scripted_url: str,
) -> None:
    body = {"message": "What is 2^10?", "stream": True}
    with httpx.stream("POST", f"{scripted_url}/v1/chat", json=body) as answer:
        found = EventParser(1_000_000).feed(answer.read())
    events = [(name, json.loads(data)) for name, data in found]
    steps = [name for name, _ in groupby(name for name, _ in events)]
    assert steps == ["turn", "base", "query", "snippets", "response", "done"]
    asked = {data["tool"] for name, data in events if name == "snippets"}
    assert asked == set(TOOLS)
    done = events[-1][1]
    for step in ("base", "response"):
        written = [data["delta"] for name, data in events if name == step]
        assert "".join(written) == done[step] != ""
    assert "1024" in done["response"]


def test_the_toolset_alone_answers_in_toolset_order(scripted_url: str) -> None:
    answer = httpx.post(f"{scripted_url}/v1/toolset", json={"input": "135+7721"}).json()
    assert answer["results"][0] == "7856"
    assert [report["tool"] for report in answer["tools"]] == TOOLS


def test_a_session_keeps_its_turns_until_it_is_deleted(scripted_url: str, chat: Any) -> None:
    session_id = chat("What is 1+1?")["session_id"]
    assert chat("And what is 2+2?", session_id=session_id)["session_id"] == session_id
    address = f"{scripted_url}/v1/sessions/{session_id}"
    assert len(httpx.get(address).json()["turns"]) == 2
    assert httpx.delete(address).is_success
    assert httpx.get(address).status_code == 404


def test_a_wrong_body_is_refused_with_the_request_id_and_the_stack_stays_up(
    scripted_url: str, chat: Any
) -> None:
    headers = {"X-Request-ID": "bad-one"}
    answer = httpx.post(f"{scripted_url}/v1/chat", json={"massage": "hi"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["request_id"] == "bad-one"
    assert chat("What is 1+1?")["stop_reason"] == "user"


def test_the_page_loads_everything_from_its_own_host(scripted_url: str) -> None:
    page = httpx.get(f"{scripted_url}/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    named = re.findall(r'(?:src|href)="([^"#][^"]*)"', page.text)
    assert {name.rpartition(".")[2] for name in named} >= {"js", "css", "svg"}
    waiting, seen = [f"{scripted_url}/{name}" for name in named], set[str]()
    while waiting:
        if (url := waiting.pop()) in seen:
            continue
        seen.add(url)
        answer = httpx.get(url)
        assert (answer.status_code, url.startswith(f"{scripted_url}/")) == (200, True), url
        if url.endswith(".js"):
            assert "innerHTML" not in answer.text, url
            waiting += [urljoin(url, name) for name in re.findall(r'from "([^"]+)"', answer.text)]
    assert len([url for url in seen if url.endswith(".js")]) > 10
    assert "<script>" not in page.text


def test_ask_prints_the_answer_of_the_running_stack(
    scripted_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "What is 135+7721?", "--url", scripted_url]) == 0
    assert capsys.readouterr().out == "[scripted] 7856\n"


def test_chat_in_a_pipe_prints_a_line_per_step(scripted_url: str) -> None:
    command = [sys.executable, "-m", "groundling.cli", "chat", "--url", scripted_url]
    done = subprocess.run(
        command,
        input="What is 135+7721?\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("draft: [scripted]")
    assert lines[1] == "query 1: 135+7721"
    assert lines[-1] == "answer: [scripted] 7856"


def test_chat_in_a_pipe_reads_on_past_bytes_that_are_not_utf_8(scripted_url: str) -> None:
    command = [sys.executable, "-m", "groundling.cli", "chat", "--url", scripted_url]
    said = b"caf\xe9\nWhat is 135+7721?\n"
    done = subprocess.run(command, input=said, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == b"answer: [scripted] 7856"
