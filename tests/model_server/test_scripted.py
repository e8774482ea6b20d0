"""The stand-in for the model: deterministic, without facts, and it says what it is."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from fastapi import FastAPI

from model_server.scripted import MARK, NOTHING_FOUND, answer_from, build, query_for
from model_server.settings import Settings
from services.contract import BaseResponse, ResearchResponse

USER = [{"role": "user", "content": "How old is Rafael Nadal?"}]


@pytest.fixture
def app() -> FastAPI:
    return build(Settings(log_level="CRITICAL"))


@pytest.mark.parametrize(
    ("message", "query"),
    [
        ("How old is Rafael Nadal?", "How old is Rafael Nadal?"),
        ("what is the capital of Peru", "what is the capital of Peru"),
        ("What is 135+7721?", "135+7721"),
        ("Please compute (2 + 3) * 4.", "(2 + 3) * 4"),
        ("How do you say 'hello' in French?", "hello in French"),
        ("hello in French", "hello in French"),
        ("Translate good morning to Spanish", "Translate good morning to Spanish"),
        ("Hi there!", None),
        ("How are you?", None),
        ("I had a nice day.", None),
        ("TS, look this up", None),
    ],
)
def test_a_message_that_asks_becomes_a_query(message: str, query: str | None) -> None:
    assert query_for(message) == query


@pytest.mark.parametrize(
    ("snippets", "answer"),
    [
        (["Rafael Nadal / Age / 40", "x / y / z"], f"{MARK} 40"),
        (["7856"], f"{MARK} 7856"),
        (["a / b / c / d"], f"{MARK} c / d"),
        ([], NOTHING_FOUND),
    ],
)
def test_the_answer_is_the_first_snippets_value(snippets: list[str], answer: str) -> None:
    assert answer_from(snippets) == answer


@pytest.mark.anyio
async def test_every_draft_and_response_says_that_it_is_scripted(app: FastAPI, serve: Any) -> None:
    steps = [{"query": "q", "snippets": []}, {"query": "q", "snippets": ["a / b / 40"]}]
    bodies = [
        {"context": USER, "base": "b", "steps": steps},
        {"context": USER, "base": "b", "steps": steps[:1]},
        {"context": USER, "base": "b", "force_user": True},
        {"context": [{"role": "user", "content": "hi"}], "base": "b"},
    ]
    async with serve(app) as client:
        drafted = await client.post("/v1/base", json={"context": USER, "n": 3})
        said = [await client.post("/v1/research", json=body) for body in bodies]
        info = await client.get("/v1/info")
    draft = BaseResponse.model_validate_json(drafted.content)
    assert len(draft.candidates) == 3
    assert draft.response.startswith(MARK)
    for answer in said:
        response = ResearchResponse.model_validate_json(answer.content)
        assert (response.recipient, response.model) == ("User", "scripted")
        assert response.text.startswith(MARK)
    assert info.json()["model"] == "scripted"


@pytest.mark.anyio
async def test_a_stream_is_the_plain_answer_in_pieces(app: FastAPI, serve: Any) -> None:
    async with serve(app) as client:
        for path, body in [
            ("/v1/base", {"context": USER, "n": 2}),
            ("/v1/research", {"context": USER, "base": "b"}),
            ("/v1/research", {"context": USER, "base": "b", "force_user": True}),
        ]:
            plain = await client.post(path, json=body)
            streamed = await client.post(path, json={**body, "stream": True})
            frames = [frame.split("\n") for frame in streamed.text.split("\n\n") if frame]
            named = [(name.removeprefix("event: "), data[6:]) for name, data in frames]
            deltas = [json.loads(data) for name, data in named if name == "delta"]
            said = "".join(delta["text"] for delta in deltas if delta["index"] == 0)
            assert len(deltas) > 1
            assert named[-1] == ("done", plain.text)
            assert said == plain.json().get("text", plain.json().get("response"))
            chosen = [json.loads(data) for name, data in named if name == "recipient"]
            recipients = [{"recipient": plain.json()["recipient"]}] if "base" in body else []
            assert chosen == recipients


@pytest.mark.anyio
async def test_every_field_of_the_contract_is_accepted(app: FastAPI, serve: Any) -> None:
    body = {"context": USER, "adapter": "any", "sampling": {"stop": ["."], "seed": 1}}
    async with serve(app) as client:
        assert (await client.post("/v1/base", json=body)).status_code == 200
        answer = await client.post("/v1/research", json={**body, "base": "b"})
    assert answer.status_code == 200


@pytest.mark.anyio
async def test_a_question_goes_to_the_toolset_first(app: FastAPI, serve: Any) -> None:
    async with serve(app) as client:
        answer = await client.post("/v1/research", json={"context": USER, "base": "b"})
    assert (answer.json()["recipient"], answer.json()["text"]) == ("TS", USER[0]["content"])


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/v1/base", "/v1/research"])
async def test_a_dialog_that_does_not_end_with_the_user_is_refused(
    path: str, app: FastAPI, serve: Any
) -> None:
    context = [*USER, {"role": "assistant", "content": "40"}]
    body = {"context": context, **({"base": "b"} if path == "/v1/research" else {})}
    async with serve(app) as client:
        answer = await client.post(path, json=body)
    assert answer.status_code == 422
    assert "context" in answer.json()["error"]["message"]


def test_it_loads_no_torch() -> None:
    code = (
        "import sys, model_server.scripted as s; s.build(s.Settings()); "
        "print(sorted({'torch', 'numpy', 'tokenizers', 'gguf'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.strip() == "[]"
